import Hummingbird

/// `GET /healthz` and `GET /readyz`: whether the process lives, and whether devices should be sent here, for any model or for one.
struct HealthController {
    let readiness: Readiness

    func addRoutes(to router: Router<ServerContext>) {
        router.get("/healthz") { _, _ in Response(status: .ok) }
        router.get("/readyz") { _, _ in ready() }
        router.get("/readyz/:model") { _, context in ready(for: context.parameter("model")) }
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

    private func ready(for model: String) -> Response {
        let isReady = readiness.isReady(for: model)
        let state = readiness.isDraining ? "draining" : isReady ? "ready" : "not ready"
        return .text(state + "\n", "text/plain", status: isReady ? .ok : .serviceUnavailable)
    }
}
