import ArgumentParser
import Foundation
import MetaNetwork
import MetaNetworkBundles
import MetaNetworkClient
import MetaNetworkData
import MetaNetworkExperiments
import MetaNetworkServer
import MetaNetworkTraining

/// `metanetwork simulate`: held-out users as devices, over real HTTP.
struct Simulate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Replay held-out users as devices with the real SDK against a service.",
        discussion: """
            A device has its user's past, ranks before each held-out interaction and refreshes as its policy says: every-N \
            samples, drift-X (cosine distance), interval-SECONDS, never. The lists are those of `metanetwork evaluate`. With --registry \
            a service is started for the purpose, and killed and started again --restarts times; with --server it is yours, and \
            METANETWORK_APP_KEY is the key that it takes.

            Of a model over vectors or images, held-out devices record their unlabelled samples, refresh before each block of inputs, \
            and classify them; --policies, --upload and --no-guard have no meaning then.

            Examples:
              metanetwork simulate --registry registry --data ml-100k --devices 200 --out runs/simulation
              metanetwork simulate --registry registry --data ml-100k --packet-loss 5% --offline 20% --restarts 3
              metanetwork simulate --registry registry --task images --data mnist-5k --out runs/digits-simulation
              metanetwork simulate --server http://localhost:8080 --data ml-100k --policies every-1,every-20
            """
    )

    @OptionGroup var output: OutputOptions
    @OptionGroup var options: SimulateOptions

    func run() async throws {
        let own: SimulateSettings = try options.merged().values()
        try own.check()
        // What cannot be read or written should not come to light after all the devices.
        let files = try own.out.map { try ReportFiles(in: URL(fileURLWithPath: $0)) }
        let base = try own.base.map { try ModelBundle(contentsOf: URL(fileURLWithPath: $0)) }
        let policies = try own.policies.map { try SimulatedPolicy(named: $0) }
        let work = FileManager.default.temporaryDirectory.appendingPathComponent("metanetwork-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: work, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: work) }
        let process = try await own.start(work)
        defer { process?.stop() }
        var (simulation, task) = try await prepared(own, process, work)
        simulation.policies = policies
        try output.show(try await simulate(task, simulation, base), files)
    }

    private func simulate(
        _ task: some SimulatedTask,
        _ simulation: Simulation,
        _ base: ModelBundle?
    ) async throws -> ExperimentResult {
        let progress = output.progress
        return try await withInterrupt(progress) { flag in
            var simulation = simulation
            simulation.progress = { label, done, total in
                if flag.isSet { throw TrainingError.interrupted(checkpoint: nil) }
                progress.update(label: label, done: done, total: total, detail: "\(done) of \(total) devices")
            }
            return try await task.simulate(simulation, base: base)
        }
    }

    /// The service's model with the data that it was trained on, and how devices live.
    private func prepared(
        _ own: SimulateSettings,
        _ process: ServiceProcess?,
        _ work: URL
    ) async throws -> (simulation: Simulation, task: any SimulatedTask) {
        let (server, trust, appKey) = try own.address(process)
        let transport = URLSessionTransport()
        let published = try await PublishedModel(server, name: own.model, appKey: appKey, transport)
        if case .unsigned = trust {
            output.progress.message("signatures are not checked; give --key as `metanetwork serve` prints it")
        }
        let (manifest, provenance) = (published.manifest, try await own.provenance(of: published.manifest))
        let merged = try options.merged(bundle: DataSettings.trained(provenance))
        let data: DataSettings = merged.values()
        let task = try data.learningTask(of: manifest, provenance, itemNames: published.itemNames, output.progress)
        var simulation = Simulation(
            published,
            settings: own.devices(server, manifest.name, trust, appKey, transport),
            folder: work,
            data: try data.source("give --data")
        )
        (simulation.deviceLimit, simulation.concurrency, simulation.seed) = (own.devices, own.concurrency, own.seed)
        simulation.restarts = own.restarts
        simulation.restart = { try await process?.restart(work) }
        simulation.described = merged.record(without: DataSettings.unread(by: data.task))
        simulation.command = Invocation.text
        return (simulation, task)
    }
}

extension SimulateSettings {
    /// Checks what no single setting says.
    func check() throws {
        guard (server == nil) != (registry == nil) else { throw ValidationError("give --server URL or --registry DIR") }
        guard registry != nil || (restarts == 0 && events == nil) else {
            throw ValidationError(
                "--restarts and --events need --registry: a service at a --server is not ours to kill"
            )
        }
    }

    /// Starts a service where there is a registry.
    func start(_ folder: URL) async throws -> ServiceProcess? {
        guard let registry else { return nil }
        return try await ServiceProcess(
            executable: Tool.executable(),
            registry: registry,
            events: events,
            folder: folder
        )
    }

    /// Where the model comes from; empty where a service of somebody else's serves a bundle of format 2, which says it in a
    /// file that is not served.
    func provenance(of manifest: BundleManifest) async throws -> BundleProvenance {
        guard let registry else { return manifest.provenance ?? BundleProvenance() }
        let bundle = BundleID(model: manifest.name, version: manifest.version)
        return try await FolderBundleStore(URL(fileURLWithPath: registry)).withFolder(of: bundle) {
            try ModelBundle.provenance(of: manifest, in: $0)
        }
    }

    /// What all devices have in common.
    func devices(
        _ server: URL,
        _ model: String,
        _ trust: Trust,
        _ appKey: String?,
        _ transport: some Transport
    ) -> SimulationSettings {
        var settings = SimulationSettings(
            server: server,
            model: model,
            trust: trust,
            credentials: appKey.map { .appKey($0) } ?? .none,
            transport: transport
        )
        settings.upload = upload == .ids ? .ids : .embeddings
        (settings.payload, settings.sharesSamples) = (payload, shareSamples)
        (settings.guardsQuality, settings.retireAfter) = (!noGuard, noRetirement ? .never : .measured)
        settings.interval = .seconds(interval)
        settings.conditions = NetworkConditions(loss: packetLoss.value, offline: offline.value)
        return settings
    }

    /// Where the service is, whose answers to believe, and the key that it takes.
    func address(_ process: ServiceProcess?) throws -> (server: URL, trust: Trust, appKey: String?) {
        if let process { return (process.server, .keys([process.key]), process.appKey) }
        guard let server else { preconditionFailure("a simulation has a server or a registry") }
        guard let url = URL(string: server), let host = url.host else {
            throw ConfigurationError("--server is '\(server)'; give http://HOST:PORT or https://HOST")
        }
        let appKey = ProcessInfo.processInfo.environment["METANETWORK_APP_KEY"]
        guard appKey == nil || url.scheme == "https" || ServerConfiguration.Address(host: host, port: 0).isLoopback
        else {
            throw ConfigurationError(
                "--server is '\(server)': others could read METANETWORK_APP_KEY; give https://HOST"
            )
        }
        guard let key else { return (url, .unsigned, appKey) }
        let parts = key.split(separator: "=", maxSplits: 1)
        guard parts.count == 2 else {
            throw ConfigurationError("--key is '\(key)'; give ID=BASE64 as `metanetwork serve` prints them")
        }
        return (url, .keys([try PinnedKey(id: String(parts[0]), base64: String(parts[1]))]), appKey)
    }
}
