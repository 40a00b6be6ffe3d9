import Foundation
import MetaNetwork
import MetaNetworkClient
import MetaNetworkData
import MetaNetworkDevice
import MetaNetworkTraining

/// Held-out devices of a model over vectors, over real HTTP with the SDK that apps use: each records its unlabelled samples,
/// refreshes, and tells classes or numbers.
struct EpisodeSimulation {
    private let options: Simulate
    private let connection: SimulationConnection
    private let process: ServiceProcess?
    private let work: URL

    init(_ options: Simulate, _ connection: SimulationConnection, _ process: ServiceProcess?, _ work: URL) {
        (self.options, self.connection, self.process, self.work) = (options, connection, process, work)
    }

    func report() async throws -> EpisodeSimulationReport {
        let start = ContinuousClock.now
        let manifest = connection.served.manifest
        let trained = RunSettings.dataSettings(of: manifest)
        let run = try RunSettings(flags: [trained, options.data.flags])
        let base = try options.base.map { try ModelBundle(contentsOf: URL(fileURLWithPath: $0)) }
        if let base, base.manifest.outputs != manifest.outputs {
            throw ConfigurationError("\(options.base ?? "") gives other outputs than the model that is served")
        }
        let workload = try run.workload(
            options.output.progress,
            reading: manifest.architecture,
            classes: manifest.outputs?.names
        )
        guard let source = (workload as? EpisodicWorkload)?.source else {
            throw ConfigurationError("'\(manifest.name)' reads vectors; give --task as it was trained with")
        }
        let episodes = chosen(source.episodes(.test))
        let outcomes = try await replayed(episodes)
        var own = outcomes.map(\.base)
        if let base { own = try Self.outputs(of: base, episodes) }
        let flat = outcomes.flatMap(\.personal)
        return EpisodeSimulationReport(
            data: try run.required("data", ""),
            manifest: manifest,
            base: options.base.map { "the model of \($0)" } ?? "the same devices before they refresh",
            seconds: (ContinuousClock.now - start) / .seconds(1),
            configuration: run.description,
            personal: EpisodeScores(episodes: episodes, outputs: flat, description: source.outputs),
            baseScores: EpisodeScores(episodes: episodes, outputs: own.flatMap { $0 }, description: source.outputs),
            traffic: outcomes.reduce(into: Traffic()) { $0.add($1.traffic) }
        )
    }

    /// All episodes of the first so many devices.
    private func chosen(_ episodes: [Episode]) -> [Episode] {
        guard let count = options.devices else { return episodes }
        var names = Array(Set(episodes.map(\.device))).sorted()
        var random = SeededGenerator(seed: options.seed)
        names.shuffle(using: &random)
        let kept = Set(names.prefix(count))
        return episodes.filter { kept.contains($0.device) }
    }

    /// What the devices gave, one entry an episode.
    private func replayed(_ episodes: [Episode]) async throws -> [EpisodeReplay.Outcome] {
        let flag = InterruptFlag()
        let sources = flag.listen()
        let progress = options.output.progress
        defer {
            sources.forEach { $0.cancel() }
            progress.finish()
        }
        let byDevice = Dictionary(grouping: episodes.indices) { episodes[$0].device }
        let devices = byDevice.sorted { $0.value[0] < $1.value[0] }
        var waiting = devices.enumerated().makeIterator()
        var outcomes = [EpisodeReplay.Outcome?](repeating: nil, count: episodes.count)
        try await withThrowingTaskGroup(of: [(Int, EpisodeReplay.Outcome)].self) { group in
            func start() {
                guard let (number, device) = waiting.next() else { return }
                let replay = EpisodeReplay(
                    episodes: device.value.map { episodes[$0] },
                    settings: connection.settings,
                    folder: work.appendingPathComponent("device-\(number)"),
                    random: SeededGenerator(seed: options.seed, streams: [UInt64(number)])
                )
                group.addTask {
                    defer { try? FileManager.default.removeItem(at: replay.folder) }
                    return Array(zip(device.value, try await replay.run()))
                }
            }
            for _ in 0..<options.concurrency { start() }
            var (done, restarted) = (0, 0)
            while let finished = try await group.next() {
                start()
                done += 1
                for (place, outcome) in finished { outcomes[place] = outcome }
                if flag.isSet { throw TrainingError.interrupted(checkpoint: nil) }
                let detail = "\(done) of \(devices.count) devices"
                progress.update(label: "devices", done: done, total: devices.count, detail: detail)
                if restarted < options.service.restarts,
                    done * (options.service.restarts + 1) > devices.count * (restarted + 1)
                {
                    restarted += 1
                    try await process?.restart(work)
                }
            }
        }
        return outcomes.compactMap(\.self)
    }

    /// What a bundle's own model makes of the inputs, one entry an episode.
    private static func outputs(of bundle: ModelBundle, _ episodes: [Episode]) throws -> [[Float]] {
        var model = try DeviceModel(bundle.manifest.architecture, weights: bundle.deviceWeights)
        return try episodes.map { episode in try episode.inputs.flatMap { try model.outputs(of: $0) } }
    }
}
