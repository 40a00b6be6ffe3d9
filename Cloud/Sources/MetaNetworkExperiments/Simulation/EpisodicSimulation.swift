import Foundation
import MetaNetwork
import MetaNetworkBundles
import MetaNetworkData
import MetaNetworkDevice
import MetaNetworkTraining

extension EpisodicTask: SimulatedTask {
    /// Devices record their support samples, refresh before each block of inputs, and tell classes or values. Under each policy by which
    /// devices learn by themselves they learn from the labels of all samples so far in place of that.
    public func simulate(_ simulation: Simulation, base: ModelBundle?) async throws -> ExperimentResult {
        if let base, base.manifest.outputs != simulation.published.manifest.outputs {
            throw ExperimentError(
                "the bundle '\(base.manifest.name)' gives other outputs than the model that is served"
            )
        }
        try simulation.checkBases()
        let episodes = chosen(source.episodes(.test), simulation)
        let outcomes = try await replayed(episodes, simulation, by: nil)
        let own = try base.map { try Self.outputs(of: $0, episodes) } ?? outcomes.map(\.base)
        func scores(_ outputs: [[Float]]) -> Scores {
            Scores(
                EpisodeScores(episodes: episodes, outputs: outputs.flatMap { $0 }, description: source.outputs)
            )
        }
        let (personal, other) = (scores(outcomes.map(\.personal)), scores(own))
        let devices = personal.indices.count
        var result = SimulationResult(
            simulation,
            facts: [("Devices", devices), ("Inputs", episodes.reduce(0) { $0 + $1.query.count })],
            sets: personal.measuredSets
        )
        if base == nil { result.result.settings["base"] = "the same devices before they refresh" }
        result.add(Method(name: "base", label: "base", role: .base), other, cost: [:])
        result.add(
            Method(name: "personal", label: "personal", role: .method),
            personal,
            cost: Self.cost(outcomes, devices),
            against: ("base", other)
        )
        for policy in simulation.policies where policy.learning != nil {
            let outcomes = try await replayed(episodes, simulation, by: policy)
            result.add(
                Method(name: policy.name, label: policy.name, role: .method),
                scores(outcomes.map(\.personal)),
                cost: Self.cost(outcomes, devices).merging(simulation.basisCost(under: policy)) { first, _ in first },
                against: ("base", other)
            )
        }
        return result.result
    }

    private static func cost(_ outcomes: [EpisodeReplay.Answers], _ devices: Int) -> [String: Double] {
        let traffic = outcomes.reduce(into: Traffic()) { $0.add($1.traffic) }
        let work = outcomes.reduce(into: DeviceWork()) { $0.add($1.work) }
        return traffic.cost(devices: devices).merging(work.cost(devices: devices)) { first, _ in first }
    }

    /// All episodes of the chosen devices.
    private func chosen(_ episodes: [Episode], _ simulation: Simulation) -> [Episode] {
        let kept = Set(simulation.chosen(Set(episodes.map(\.device)).sorted()))
        return episodes.filter { kept.contains($0.device) }
    }

    /// What the devices gave, one entry an episode.
    ///
    /// - Parameter policy: How devices learn by themselves; `nil` where they refresh.
    private func replayed(
        _ episodes: [Episode],
        _ simulation: Simulation,
        by policy: SimulatedPolicy?
    ) async throws -> [EpisodeReplay.Answers] {
        let byDevice = Dictionary(grouping: episodes.indices) { episodes[$0].device }
        let devices = byDevice.values.sorted { $0[0] < $1[0] }
        let replays = devices.enumerated().map { number, places in
            EpisodeReplay(
                episodes: places.map { episodes[$0] },
                settings: simulation.settings(under: policy),
                learning: policy?.learning,
                outputs: source.outputs,
                folder: simulation.folder.appendingPathComponent("device-\(number)"),
                random: SeededGenerator(seed: simulation.seed, streams: [UInt64(number)])
            )
        }
        let label = policy.map { "policy \($0.name)" } ?? "devices"
        let outcomes = try await simulation.outcomes(of: replays, label: label)
        let byEpisode = zip(devices, outcomes).flatMap { places, outcomes in zip(places, outcomes) }
        return byEpisode.sorted { $0.0 < $1.0 }.map(\.1)
    }

    /// What a bundle's own model makes of the queries, one entry an episode.
    private static func outputs(of bundle: ModelBundle, _ episodes: [Episode]) throws -> [[Float]] {
        var model = try bundle.deviceModel()
        return try episodes.map { episode in try episode.query.flatMap { try model.outputs(of: $0) } }
    }
}
