import ServiceLifecycle
import Synchronization

/// Whether devices should be sent to this service: a model is served, and the service is not about to stop.
final class Readiness: Sendable {
    private let models: ServedModels
    private let draining = Mutex(false)

    init(_ models: ServedModels) { self.models = models }

    /// Whether the service is about to stop.
    var isDraining: Bool { draining.withLock { $0 } }

    /// Whether devices should be sent here.
    var isReady: Bool { models.isReady && !isDraining }

    /// Whether devices should be sent here for a model.
    func isReady(for model: String) -> Bool { models.model(model) != nil && !isDraining }

    /// Why the service cannot answer, or answers with an older version than it should; empty where all is well.
    var problems: [String] { models.problems }

    /// Tells load balancers to send devices elsewhere.
    func beginDraining() { draining.withLock { $0 = true } }
}

/// Delays a shutdown until load balancers have seen that the service is not ready any more.
struct DrainDelay: Service {
    let readiness: Readiness
    let delay: Duration

    func run() async throws {
        try await gracefulShutdown()
        readiness.beginDraining()
        try? await Task.sleep(for: delay)
    }
}
