import Foundation
import MetaNetworkClient
import MetaNetworkData

/// One held-out device of a model over vectors, lived through by the SDK as an app uses it.
struct EpisodeReplay: Replay {
    /// What the device meets, one block after the other.
    let episodes: [Episode]
    let settings: SimulationSettings
    let folder: URL
    /// Chooses what is lost, and when it is offline.
    let random: SeededGenerator

    /// What the device gave for the inputs of an episode.
    struct Answers: Sendable {
        /// Outputs before anything was personal, one input after the other.
        let base: [Float]
        let personal: [Float]
        /// What went over the network meanwhile.
        var traffic = Traffic()
    }

    func run() async throws -> [Answers] {
        let network = SimulatedNetwork(settings.transport, settings.conditions, random)
        // The replay itself says when to ask.
        let model = try await settings.open(
            folder,
            network,
            SimulatedTime(start: Int(Date().timeIntervalSince1970)),
            AnyOf([])
        )
        var base: [[Float]] = []
        for episode in episodes { base.append(try await Self.outputs(model, episode.query)) }
        var outcomes: [Answers] = []
        for (episode, base) in zip(episodes, base) {
            try Task.checkCancellation()
            network.advance()
            for sample in episode.support { await model.record(sample) }
            // Offline, or where the answer is lost, the weights before stay in use.
            try? await model.refresh()
            outcomes.append(Answers(base: base, personal: try await Self.outputs(model, episode.query)))
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
