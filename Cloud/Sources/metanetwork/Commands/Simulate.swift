import ArgumentParser
import Foundation
import MetaNetwork
import MetaNetworkBundles
import MetaNetworkClient
import MetaNetworkCollaboration
import MetaNetworkData
import MetaNetworkExperiments
import MetaNetworkServer
import MetaNetworkSettings
import MetaNetworkTraining

/// `metanetwork simulate`: held-out users as devices, over real HTTP.
struct Simulate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Replay held-out users as devices with the real SDK against a service.",
        discussion: """
            A device has its user's past, ranks before each held-out interaction and refreshes as its policy says: every-N \
            samples, drift-X (cosine distance), interval-SECONDS, never. Under fine-tune, or fine-tune-STEPS, it never asks: as often as \
            every-5 would, it learns from its own past, 20 steps unless told otherwise. Under meta-patch it learns a code within the basis of --basis-model, and \
            with --registry it sends the code. The lists are those of `metanetwork evaluate`. With --registry \
            a service is started for the purpose, and killed and started again --restarts times; with --server it is yours, and \
            METANETWORK_APP_KEY is the key that it takes.

            Of a model over vectors or images, held-out devices record their unlabelled samples, refresh before each block of inputs, \
            and classify them; of --policies, fine-tune and meta-patch alone have a meaning then, with the labels of the samples, and --upload and --no-guard \
            have none.

            With --stream a device meets images that are spoiled in one way after the other, once by itself and once with the cloud's \
            help: it shares the images that it is least sure of, the registry's cloud model labels them, and what `metanetwork adapt` \
            learns comes back. The registry stays as it is: the service has a copy.

            With --candidate the service offers that bundle to a share of the devices, beside the current version and a hold-out, and devices share \
            what they choose: the report says when the service stopped it by itself (`serve --candidate-stops`), and how many devices had it. \
            The registry stays as it is.

            Examples:
              metanetwork simulate --registry registry --data ml-100k --devices 200 --out runs/simulation
              metanetwork simulate --registry registry --data ml-100k --candidate runs/next --share 30% --policies every-5
              metanetwork simulate --registry registry --data ml-100k --packet-loss 5% --offline 20% --restarts 3
              metanetwork simulate --registry registry --task images --data mnist-5k --out runs/digits-simulation
              metanetwork simulate --registry registry --task images --data mnist-5k --stream 400
              metanetwork simulate --registry registry --data ml-100k --policies fine-tune,every-5,never --concurrency 1
              metanetwork simulate --registry registry --data ml-100k --model movies --basis-model patched \
                --policies meta-patch,fine-tune,every-5
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
        if own.candidate != nil {
            let result = try await trial(task, simulation, own.trial(of: simulation, work))
            try output.show(result, files)
            if !output.json { print(CandidateTrial.outcome(result)) }
            return
        }
        guard let images = own.stream else {
            return try output.show(try await simulate(task, simulation, base), files)
        }
        let adaptation = try await own.adaptation(of: simulation.published.manifest.name, work)
        simulation.settings.sharesInputs = PersonalModel.InputSharing(
            share: own.shareInputs.value,
            batch: CorruptedStream.batchSize
        )
        try output.show(try await simulate(task, simulation, stream: images, adaptation), files)
    }

    private func simulate(
        _ task: some SimulatedTask,
        _ simulation: Simulation,
        _ base: ModelBundle?
    ) async throws -> ExperimentResult {
        try await watched(simulation, of: "devices") { try await task.simulate($0, base: base) }
    }

    private func trial(
        _ task: any SimulatedTask,
        _ simulation: Simulation,
        _ trial: CandidateTrial
    ) async throws -> ExperimentResult {
        guard let task = task as? RankingTask else {
            throw ConfigurationError("--candidate is for models that rank items; leave it out")
        }
        return try await watched(simulation, of: "devices") { try await trial.result(of: task, $0) }
    }

    private func simulate(
        _ task: any SimulatedTask,
        _ simulation: Simulation,
        stream images: Int,
        _ adaptation: ModelAdaptation
    ) async throws -> ExperimentResult {
        guard let task = task as? EpisodicTask else {
            throw ConfigurationError("--stream is for models over images; leave it out")
        }
        return try await watched(simulation, of: "batches") {
            try await task.simulate($0, stream: images) { try await adaptation.passAndServe() }
        }
    }

    /// Runs a simulation that shows how far it is, and can be interrupted.
    private func watched(
        _ simulation: Simulation,
        of what: String,
        _ run: (Simulation) async throws -> ExperimentResult
    ) async throws -> ExperimentResult {
        let progress = output.progress
        return try await withInterrupt(progress) { flag in
            var simulation = simulation
            simulation.progress = { label, done, total in
                if flag.isSet { throw TrainingError.interrupted(checkpoint: nil) }
                progress.update(label: label, done: done, total: total, detail: "\(done) of \(total) \(what)")
            }
            return try await run(simulation)
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
        if let name = own.basisModel {
            simulation.patched = try await PublishedModel(server, name: name, appKey: appKey, transport)
        }
        // Made-up codes are none of somebody else's service.
        simulation.sharesCodes = own.registry != nil
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
        guard registry != nil || (restarts == 0 && events == nil && stream == nil && candidate == nil) else {
            throw ValidationError(
                "--restarts, --events, --stream and --candidate need --registry: a service at a --server is not ours"
            )
        }
        try checkTrial()
    }

    /// Where the service keeps what devices share.
    func eventsFile(_ folder: URL) -> String? {
        let isShared =
            stream != nil || candidate != nil
            || policies.contains { (try? SimulatedPolicy(named: $0))?.needsBasis == true }
        return events ?? (isShared ? folder.appendingPathComponent("events.sqlite").path : nil)
    }

    /// The cloud's part of a stream; the service has started.
    func adaptation(of model: String, _ folder: URL) async throws -> ModelAdaptation {
        guard let events = eventsFile(folder) else { preconditionFailure("a stream has a file of events") }
        let file = URL(fileURLWithPath: events)
        let sources = ModelAdaptation.Sources(
            registry: ownRegistry(folder),
            model: model,
            events: try SQLiteEventStore(reading: file),
            address: try EventAddress(file.path),
            signing: OwnPublisher.signing,
            state: folder.appendingPathComponent("adaptation.safetensors")
        )
        let batch = CorruptedStream.uploads(share: shareInputs.value)
        return try await ModelAdaptation(sources, ModelAdaptation.Plan(lag: lag, batch: batch))
    }

    /// Starts a service where there is a registry.
    func start(_ folder: URL) async throws -> ServiceProcess? {
        guard let registry else { return nil }
        let isCopied = try await isCopied
        if isCopied { try await copyReleases(to: ownRegistry(folder)) }
        try await publishCandidate(in: ownRegistry(folder))
        return try await ServiceProcess(
            executable: Tool.executable(),
            registry: isCopied ? ownRegistry(folder).directory.path : registry,
            events: eventsFile(folder),
            folder: folder,
            further: trialArguments
        )
    }

    /// Whether the service serves a copy of the registry: where versions are added, or some that nobody has signed.
    private var isCopied: Bool {
        get async throws {
            if stream != nil || candidate != nil { return true }
            guard let registry else { return false }
            let own = try RegistryAddress(registry).open()
            for model in try await own.models() where try await own.releases(of: model).isUnsigned { return true }
            return false
        }
    }

    /// What the service of a stream or of a candidate serves.
    func ownRegistry(_ folder: URL) -> FolderBundleStore {
        FolderBundleStore(folder.appendingPathComponent("registry"))
    }

    /// Publishes the current version of each model, and its larger one, in another registry.
    private func copyReleases(to copy: FolderBundleStore) async throws {
        guard let registry else { preconditionFailure("a stream has a registry") }
        let own = try RegistryAddress(registry).open()
        func contents(_ model: String, _ version: String) async throws -> BundleContents {
            try await own.withFolder(of: BundleID(model: model, version: version)) {
                try BundleContents(contentsOf: $0)
            }
        }
        for model in try await own.models() {
            let releases = try await own.releases(of: model)
            try await copy.publish(contents(model, releases.current), signing: OwnPublisher.signing)
            if let larger = releases.cloudModel { try await copy.publishCloudModel(contents(model, larger)) }
        }
    }

    /// Where the model comes from; empty where a service of somebody else's serves a bundle of format 2, which says it in a
    /// file that is not served.
    func provenance(of manifest: BundleManifest) async throws -> BundleProvenance {
        guard let registry else { return manifest.provenance ?? BundleProvenance() }
        let bundle = BundleID(model: manifest.name, version: manifest.version)
        return try await RegistryAddress(registry).open().withFolder(of: bundle) {
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
        if let process {
            // Devices live in the past, in which nobody had signed anything yet.
            return (process.server, .keys([process.key], publishers: []), process.appKey)
        }
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
        let pinned = try PinnedKey(id: String(parts[0]), base64: String(parts[1]))
        // Who publishes there is not what is simulated.
        return (url, .keys([pinned], publishers: []), appKey)
    }
}
