import Foundation
import MetaNetwork
import MetaNetworkBundles
import MetaNetworkClient
import MetaNetworkExperiments
import MetaNetworkServer
import MetaNetworkTraining

/// Serves a trained model to test users who live as devices: the methods of experiments that have `devices`.
struct ServedDevices {
    let task: RankingTask
    /// What the user calls the data.
    let data: String
    /// Receives progress: devices done and in all; throws to end it.
    let progress: (_ done: Int, _ total: Int) throws -> Void

    /// Publishes the model, starts a service, and lets the devices live.
    func lived(_ trained: TrainedModel, _ life: DeviceLife) async throws -> LivedDevices {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("metanetwork-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let (bundle, registry) = (folder.appendingPathComponent("model"), folder.appendingPathComponent("registry"))
        let gate = try SimulatedPolicy(named: life.policy).needsGate ? task.gate(of: trained) : nil
        try ModelBundle.write(trained, name: "model", task: task, metrics: [:], settings: [:], gate: gate, to: bundle)
        try await FolderBundleStore(registry).publish(BundleContents(contentsOf: bundle))
        let process = try await ServiceProcess(
            executable: Tool.executable(),
            registry: registry.path,
            events: nil,
            folder: folder
        )
        defer { process.stop() }
        return try await task.lived(simulation(process, life, folder))
    }

    private func simulation(_ process: ServiceProcess, _ life: DeviceLife, _ folder: URL) async throws -> Simulation {
        let transport = URLSessionTransport()
        let published = try await PublishedModel(process.server, name: nil, appKey: process.appKey, transport)
        var settings = SimulationSettings(
            server: process.server,
            model: published.manifest.name,
            trust: .keys([process.key]),
            credentials: .appKey(process.appKey),
            transport: transport
        )
        (settings.guardsQuality, settings.retireAfter) = (life.isGuarded, life.retires ? .measured : .never)
        settings.conditions = NetworkConditions(loss: life.packetLoss, offline: life.offline)
        var simulation = Simulation(published, settings: settings, folder: folder, data: data)
        simulation.policies = [try SimulatedPolicy(named: life.policy)]
        simulation.deviceLimit = life.count
        simulation.progress = { _, done, total in try progress(done, total) }
        return simulation
    }
}
