import Foundation
import MetaNetworkClient
import MetaNetworkData

/// One held-out device of a model over vectors, lived through by the SDK as an app uses it.
struct EpisodeReplay: Sendable {
    /// What the device meets, one block after the other.
    let episodes: [Episode]
    let settings: SimulationSettings
    /// Where the device keeps its files.
    let folder: URL
    /// Chooses what is lost, and when it is offline.
    let random: SeededGenerator

    /// What the device gave for the inputs of an episode.
    struct Outcome: Sendable {
        /// Outputs before anything was personal, one input after the other.
        let base: [Float]
        let personal: [Float]
        /// What went over the network meanwhile.
        var traffic = Traffic()
    }

    func run() async throws -> [Outcome] {
        let network = SimulatedNetwork(settings.transport, settings.conditions, random)
        // The replay itself says when to ask.
        let model = try await settings.open(
            folder,
            network,
            SimulatedTime(start: Int(Date().timeIntervalSince1970)),
            AnyOf([])
        )
        var base: [[Float]] = []
        for episode in episodes { base.append(try await Self.outputs(model, episode.inputs)) }
        var outcomes: [Outcome] = []
        for (episode, base) in zip(episodes, base) {
            try Task.checkCancellation()
            network.goOn()
            for sample in episode.samples { await model.record(sample) }
            // Offline, or where the answer is lost, the weights before stay in use.
            try? await model.refresh()
            outcomes.append(Outcome(base: base, personal: try await Self.outputs(model, episode.inputs)))
        }
        if !outcomes.isEmpty { outcomes[0].traffic = network.traffic }
        return outcomes
    }

    private static func outputs(_ model: PersonalModel, _ inputs: [[Float]]) async throws -> [Float] {
        var outputs: [Float] = []
        for input in inputs { outputs += try await model.outputs(of: input) }
        return outputs
    }
}
