import Foundation
import MetaNetwork
import MetaNetworkClient
import MetaNetworkData
import MetaNetworkTraining

/// One simulation from its options to its report.
struct SimulationRun {
    private let options: Simulate
    private let policies: [SimulatedPolicy]
    private let process: ServiceProcess?
    private let work: URL
    private let progress: ProgressReporter

    private let connection: SimulationConnection

    init(
        _ options: Simulate,
        _ policies: [SimulatedPolicy],
        _ connection: SimulationConnection,
        _ process: ServiceProcess?,
        _ work: URL
    ) {
        (self.options, self.policies, self.process, self.work) = (options, policies, process, work)
        self.connection = connection
        progress = options.output.progress
    }

    func report() async throws -> SimulationReport {
        let start = ContinuousClock.now
        let (served, settings) = (connection.served, connection.settings)
        let run = try RunSettings(
            flags: [["k-core": served.manifest.training["k-core"]], options.data.flags]
        )
        let dataset = try run.dataset(progress, itemNames: served.itemNames)
        let candidates = try EvaluationCandidates(dataset, .test)
        let simulator = Simulator(
            dataset: dataset,
            candidates: candidates,
            settings: settings,
            users: users(of: candidates),
            concurrency: options.concurrency,
            seed: options.seed,
            folder: work
        )
        // What cannot be read should not come to light after all the devices.
        let base = try options.base.map { path in
            let bundle = try ModelBundle(contentsOf: URL(fileURLWithPath: path))
            guard bundle.itemNames == served.itemNames else {
                throw ConfigurationError(
                    "\(path) has other items than the model that is served; give one of the same data"
                )
            }
            return bundle
        }
        var results = try await results(simulator)
        if let base { results.append(try simulator.scores(of: base)) }
        guard let base = results.popLast() else { throw CancellationError() }
        let devices = simulator.users.count
        return SimulationReport(
            data: try run.required("data", ""),
            model: served.manifest.name,
            version: served.manifest.version,
            base: options.base.map { "the model of \($0)" } ?? "devices that never refresh",
            devices: devices,
            rankings: base.rankings.count,
            seconds: (ContinuousClock.now - start) / .seconds(1),
            command: Invocation.text,
            configuration: run.description.merging(description) { $1 },
            policies: try results.map { try .init($0, base: base, candidates, devices: devices) }
        )
    }

    /// The users that are replayed, chosen by the seed.
    private func users(of candidates: EvaluationCandidates) -> [Int] {
        let all = Array(Set(candidates.users.map(Int.init))).sorted()
        guard let count = options.devices, count < all.count else {
            if let count = options.devices, count > all.count {
                progress.message(
                    "the data have \(all.count) users with held-out interactions; all of them are replayed"
                )
            }
            return all
        }
        var random = SeededGenerator(seed: options.seed)
        return Array(all.shuffled(using: &random).prefix(count)).sorted()
    }

    /// What happened under each policy, and last where there is no other base, under none.
    private func results(_ simulator: Simulator) async throws -> [Simulator.Result] {
        let flag = InterruptFlag()
        let sources = flag.listen()
        defer {
            sources.forEach { $0.cancel() }
            progress.finish()
        }
        var results: [Simulator.Result] = []
        let (devices, restarts) = (simulator.users.count, options.service.restarts)
        var restarted = 0
        for (place, policy) in (policies + (options.base == nil ? [.never] : [])).enumerated() {
            let result = try await simulator.run(policy) { done in
                if flag.isSet { throw TrainingError.interrupted(checkpoint: nil) }
                progress.update(
                    label: "policy \(policy.name)",
                    done: done,
                    total: devices,
                    detail: "\(done) of \(devices) devices"
                )
                // Spread over the policies: the device that never refreshes has nothing to lose.
                let all = Double(place * devices + done) / Double(policies.count * devices)
                if restarted < restarts, all > Double(restarted + 1) / Double(restarts + 1), place < policies.count {
                    restarted += 1
                    try await process?.restart(work)
                }
            }
            results.append(result)
        }
        return results
    }

    private var description: [String: String] {
        [
            "policies": policies.map(\.name).joined(separator: ","), "interval": "\(options.interval) s",
            "upload": options.upload.rawValue, "payload": options.payload.rawValue,
            "packet-loss": "\(options.packetLoss.value)", "offline": "\(options.offline.value)",
            "restarts": "\(options.service.restarts)", "seed": "\(options.seed)",
            "share-samples": "\(options.shareSamples)",
        ]
    }
}
