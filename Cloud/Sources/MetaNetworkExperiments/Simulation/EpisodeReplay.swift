import Foundation
import MetaNetwork
import MetaNetworkClient
import MetaNetworkData

/// One held-out device of a model over vectors, lived through by the SDK as an app uses it.
struct EpisodeReplay: Replay {
    /// What the device meets, one block after the other.
    let episodes: [Episode]
    let settings: SimulationSettings
    /// How the device makes its weights itself; `nil` where it asks the service for them.
    let learning: (any DeviceLearning)?
    /// Names of the model's outputs.
    let outputs: BundleManifest.Outputs
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
        /// What the device did itself.
        var work = DeviceWork()
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
        var (outcomes, work, known): ([Answers], DeviceWork, [LabelledInput]) = ([], DeviceWork(), [])
        for (episode, base) in zip(episodes, base) {
            try Task.checkCancellation()
            network.advance()
            for sample in episode.support { await model.record(sample) }
            if let learning {
                known += labelled(episode)
                try await work.learn(learning, model, known)
                // A code that was learned is shared in the background.
                await model.waitUntilIdle()
            } else {
                let (clock, before) = (ContinuousClock(), network.traffic.refreshes)
                let began = clock.now
                // Offline, or where the answer is lost, the weights before stay in use.
                try? await model.refresh()
                if network.traffic.refreshes > before { work.waited(seconds: (clock.now - began) / .seconds(1)) }
            }
            outcomes.append(Answers(base: base, personal: try await Self.outputs(model, episode.query)))
        }
        if !outcomes.isEmpty { (outcomes[0].traffic, outcomes[0].work) = (network.traffic, work) }
        return outcomes
    }

    /// The samples of an episode with what is right for them; nothing where nobody knows.
    private func labelled(_ episode: Episode) -> [LabelledInput] {
        let width = outputs.kind == .classification ? 1 : outputs.names.count
        guard episode.supportTargets.count == width * episode.support.count else { return [] }
        return episode.support.enumerated().map { place, input in
            let targets = Array(episode.supportTargets[place * width..<(place + 1) * width])
            return outputs.kind == .classification
                ? LabelledInput(input, label: outputs.names[Int(targets[0])]) : LabelledInput(input, values: targets)
        }
    }

    private static func outputs(_ model: PersonalModel, _ inputs: [[Float]]) async throws -> [Float] {
        var outputs: [Float] = []
        for input in inputs { outputs += try await model.outputs(of: input) }
        return outputs
    }
}
