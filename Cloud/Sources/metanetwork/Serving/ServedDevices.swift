import Foundation
import MetaNetwork
import MetaNetworkBundles
import MetaNetworkClient
import MetaNetworkCollaboration
import MetaNetworkExperiments
import MetaNetworkPublishing
import MetaNetworkServer
import MetaNetworkTraining

/// Serves trained models to devices with the SDK: for the methods of experiments that have `devices`, or defer over HTTP.
struct ServedDevices: LivingDevices {
    let task: any LearningTask
    /// What the user calls the data.
    let data: String
    /// Receives progress: devices done and in all; throws to end it.
    let progress: (_ done: Int, _ total: Int) throws -> Void

    private static let model = "model"

    /// Publishes the model, starts a service, and lets the devices live.
    func lived(_ trained: TrainedModel, _ life: DeviceLife) async throws -> LivedDevices {
        guard let task = task as? RankingTask else { preconditionFailure("only rankings have devices in files") }
        let gate = try SimulatedPolicy(named: life.policy).needsGate ? task.gate(of: trained) : nil
        return try await served { bundle, registry in
            try Self.write(trained, of: task, gate: gate, to: bundle)
            try await registry.publish(BundleContents(contentsOf: bundle), signing: OwnPublisher.signing)
        } devices: { settings, published, folder in
            var settings = settings
            (settings.guardsQuality, settings.retireAfter) = (life.isGuarded, life.retires ? .measured : .never)
            settings.conditions = NetworkConditions(loss: life.packetLoss, offline: life.offline)
            var simulation = Simulation(published, settings: settings, folder: folder, data: data)
            simulation.policies = [try SimulatedPolicy(named: life.policy)]
            simulation.deviceLimit = life.count
            simulation.progress = { _, done, total in try progress(done, total) }
            return try await task.lived(simulation)
        }
    }

    /// Publishes both models, starts a service, and has devices classify with a budget for the larger one's answers.
    func answered(_ pair: ServedPair) async throws -> LivedDevices {
        let switcher = try TrainedSwitcher(edge: pair.edge, cloud: pair.cloud, seed: pair.seed).weights
        return try await served { bundle, registry in
            let (edge, cloud) = (bundle, bundle.appendingPathExtension("cloud"))
            try Self.write(pair.edge.model, of: pair.edge.task, switcher: switcher, to: edge)
            try Self.write(pair.cloud.model, of: pair.cloud.task, to: cloud)
            try await registry.publish(BundleContents(contentsOf: edge), signing: OwnPublisher.signing)
            try await registry.publishCloudModel(BundleContents(contentsOf: cloud))
        } devices: { settings, _, folder in
            try await DeferringDevices(pair: pair, settings: settings, folder: folder, progress: progress).lived()
        }
    }

    /// Publishes both models, starts a service, and has a device live through the stream while the cloud adapts its model.
    func adapted(_ world: ServedWorld) async throws -> LivedDevices {
        let (plan, policy) = (world.adapting, world.adapting.policy)
        return try await served(events: "events.sqlite") { bundle, registry in
            let teacher = bundle.appendingPathExtension("cloud")
            try Self.write(world.device, of: world.task, to: bundle)
            try Self.write(world.teacher, of: world.task, to: teacher)
            try await registry.publish(BundleContents(contentsOf: bundle), signing: OwnPublisher.signing)
            try await registry.publishCloudModel(BundleContents(contentsOf: teacher))
        } devices: { settings, _, folder in
            var settings = settings
            if policy.uploads {
                settings.sharesInputs = PersonalModel.InputSharing(share: plan.share, batch: CorruptedStream.batchSize)
            }
            let adaptation = try await adaptation(in: folder, plan)
            return try await StreamingDevices(
                streams: [world.stream],
                settings: settings,
                folder: folder,
                seed: world.seed,
                adapt: { if policy.uploads { try await adaptation.passAndServe() } },
                progress: progress
            ).livedDevices()
        }
    }

    private func adaptation(in folder: URL, _ plan: Adapting) async throws -> ModelAdaptation {
        let file = folder.appendingPathComponent("events.sqlite")
        let sources = ModelAdaptation.Sources(
            registry: FolderBundleStore(folder.appendingPathComponent("registry")),
            model: Self.model,
            events: try SQLiteEventStore(reading: file),
            address: try EventAddress(file.path),
            signing: OwnPublisher.signing,
            state: folder.appendingPathComponent("adaptation.safetensors")
        )
        let batch = CorruptedStream.uploads(share: plan.share)
        return try await ModelAdaptation(
            sources,
            ModelAdaptation.Plan(policy: plan.policy, lag: plan.lag, batch: batch)
        )
    }

    private static func write(
        _ model: TrainedModel,
        of task: some LearningTask,
        gate: Weights? = nil,
        switcher: Weights? = nil,
        to bundle: URL
    ) throws {
        try ModelBundle.write(
            model,
            name: Self.model,
            task: task,
            metrics: [:],
            settings: [:],
            gate: gate,
            switcher: switcher,
            to: bundle
        )
    }

    /// Serves what is published until the devices have lived.
    private func served(
        events: String? = nil,
        _ publish: (_ bundle: URL, _ registry: FolderBundleStore) async throws -> Void,
        devices: (SimulationSettings, PublishedModel, _ folder: URL) async throws -> LivedDevices
    ) async throws -> LivedDevices {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("metanetwork-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let registry = folder.appendingPathComponent("registry")
        try await publish(folder.appendingPathComponent(Self.model), FolderBundleStore(registry))
        let process = try await ServiceProcess(
            executable: Tool.executable(),
            registry: registry.path,
            events: events.map { folder.appendingPathComponent($0).path },
            folder: folder
        )
        defer { process.stop() }
        let transport = URLSessionTransport()
        let published = try await PublishedModel(process.server, name: nil, appKey: process.appKey, transport)
        let settings = SimulationSettings(
            server: process.server,
            model: published.manifest.name,
            // Devices live in the past, in which nobody had signed anything yet.
            trust: .keys([process.key], publishers: []),
            credentials: .appKey(process.appKey),
            transport: transport
        )
        return try await devices(settings, published, folder)
    }
}
