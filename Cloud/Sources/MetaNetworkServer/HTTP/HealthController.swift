import Hummingbird

/// `GET /healthz` and `GET /readyz`: whether the process lives, and whether devices should be sent here.
struct HealthController {
    let readiness: Readiness

    func addRoutes(to router: Router<ServerContext>) {
        router.get("/healthz") { _, _ in Response(status: .ok) }
        router.get("/readyz") { _, _ in ready() }
    }

    private func ready() -> Response {
        let isReady = readiness.isReady
        let state = readiness.isDraining ? "draining" : isReady ? "ready" : "not ready"
        let lines = [state] + readiness.problems + [""]
        return .text(
            lines.joined(separator: "\n"),
            "text/plain",
            status: isReady ? .ok : .serviceUnavailable
        )
    }
}
