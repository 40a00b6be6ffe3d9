import Foundation
import MetaNetwork
import MetaNetworkClient

/// The service that simulated devices talk to, and what they have in common.
struct SimulationConnection {
    let served: ServedModel
    let settings: SimulationSettings

    /// - Parameters:
    ///   - options: What the user asked for.
    ///   - process: The service that was started for the purpose; `nil` where it is the user's own.
    init(_ options: Simulate, _ process: ServiceProcess?) async throws {
        let (server, trust, appKey) = try options.service.address(process)
        let transport = URLSessionTransport()
        served = try await ServedModel(server, name: options.service.model, appKey: appKey, transport)
        if case .unsigned = trust {
            options.output.progress.message(
                "signatures are not checked; give --key as `metanetwork serve` prints it"
            )
        }
        var settings = SimulationSettings(
            server: server,
            model: served.manifest.name,
            trust: trust,
            credentials: appKey.map { .appKey($0) } ?? .none
        )
        settings.upload = options.upload == .ids ? .ids : .embeddings
        settings.payload = options.payload
        settings.sharesSamples = options.shareSamples
        settings.interval = .seconds(options.interval)
        settings.conditions = NetworkConditions(loss: options.packetLoss.value, offline: options.offline.value)
        settings.transport = transport
        self.settings = settings
    }
}
