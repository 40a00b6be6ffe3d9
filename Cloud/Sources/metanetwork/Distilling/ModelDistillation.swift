import Foundation
import MetaNetwork
import MetaNetworkBundles
import MetaNetworkCollaboration
import MetaNetworkData
import MetaNetworkExperiments
import MetaNetworkModels
import MetaNetworkPublishing
import MetaNetworkServer
import MetaNetworkSettings
import MetaNetworkTraining

/// A published model that learns what its devices learned: base and basis are distilled of the codes that they shared (MoMoDistill of
/// DCCL, arXiv 2104.06624), and the result is the next version.
struct ModelDistillation {
    /// The version that devices get.
    let bundle: ModelBundle
    private let registry: any BundleStore
    private let model: String
    /// The code of each device by its id.
    private let codes: [String: [Float]]
    /// Devices whose codes are of other versions.
    private let others: Int

    /// What was learned.
    struct Learned {
        let model: TrainedModel
        let weight: Double
        /// Users of the data who shared a code.
        let codes: Int
    }

    /// - Parameters:
    ///   - registry: Has the model.
    ///   - model: Its name.
    ///   - store: The codes.
    ///   - purpose: For what codes must have been shared, by the version that devices get; `nil` for all.
    /// - Throws: ``ConfigurationError``, `RegistryError` or `BundleError` where the model has no codes, or no device has shared one.
    init(
        registry: any BundleStore,
        model: String,
        codes store: any EventSource,
        purpose: (ModelBundle) throws -> String?
    ) async throws {
        let version = try await registry.releases(of: model).current
        let contents = try await registry.withFolder(of: BundleID(model: model, version: version)) {
            try BundleContents(contentsOf: $0)
        }
        bundle = try ModelBundle(files: contents.files)
        (self.registry, self.model) = (registry, model)
        guard bundle.manifest.outputs == nil else {
            throw ConfigurationError(
                "'\(model)' reads vectors: the labels that its devices learned from never leave them, so there are no rows to distil "
                    + "what they learned with; distil a model that ranks items"
            )
        }
        guard bundle.basis != nil else {
            throw ConfigurationError(
                "'\(model)' has no basis, so its devices learn no codes; publish a version that was trained with --generator meta-patch"
            )
        }
        let shared = try store.codes(of: model, version: version, purpose: purpose(bundle))
        let devices = try store.codeDevices(of: model)
        others = devices.filter { $0.key != version }.values.reduce(0, +)
        guard !shared.isEmpty else {
            throw ConfigurationError(
                "no device has shared a code of '\(model)' in its version \(version.prefix(16))"
                    + (others > 0 ? ", and \(others) have of other versions" : "")
                    + ": devices share them where the app sets sharesCode, with its user's consent"
            )
        }
        codes = Dictionary(uniqueKeysWithValues: shared.map { ($0.device, $0.values) })
    }

    /// The choices to learn from, of the items that the version ranks.
    ///
    /// - Parameter settings: What to read. The vocabulary is the version's, so no item becomes known by being read.
    func task(_ settings: DataSettings, _ progress: ProgressReporter) throws -> RankingTask {
        var settings = settings
        (settings.eventsModel, settings.fewestDevices) = (model, 1)
        let dataset = try settings.dataset(progress, itemNames: bundle.itemNames)
        return try RankingTask(settings.withContexts(dataset, for: bundle.manifest.architecture, progress))
    }

    /// Has base and basis learn what the models of devices say.
    ///
    /// - Parameters:
    ///   - task: The choices; who chose is called as a device is.
    ///   - training: Epochs, batch, step size and seed.
    ///   - generator: The weight of what devices say.
    ///   - shouldStop: Asked after each step.
    /// - Throws: ``ConfigurationError`` where no user of the data has a code.
    func learn(
        _ task: RankingTask,
        _ training: TrainingConfiguration,
        _ generator: GeneratorConfiguration,
        shouldStop: () -> Bool
    ) throws -> Learned {
        let weight = generator.patches.distillation
        guard weight > 0 else {
            throw ConfigurationError(
                "distill-weight is \(weight), so that nothing of what devices say is learned; give more than 0"
            )
        }
        let users = task.dataset.userNames
        let own = (0..<users.count).map { codes[users[$0]] }
        let count = own.count { $0 != nil }
        guard count > 0 else {
            throw ConfigurationError(
                "none of the \(codes.count) devices that shared a code is a user of the data, whose users are such as '\(users[0])'; "
                    + "give --data events:FILE, or data whose users are called as devices are"
            )
        }
        var configuration = training
        configuration.generator = generator
        let devices = try bundle.trainedModel(codes: own, configuration)
        let distill = MoMoDistill(devices, task, devices.configuration, weight: weight)
        let base = try distill.base(shouldStop: shouldStop)
        return Learned(
            model: try distill.proxies(over: base, shouldStop: shouldStop).model,
            weight: weight,
            codes: count
        )
    }

    /// Publishes what was learned as the next version.
    ///
    /// - Parameters:
    ///   - learned: What was learned.
    ///   - task: What from.
    ///   - share: Share of the devices that get it first; `nil` for all.
    ///   - signing: Who vouches for it; `nil` where no publisher has for the model.
    /// - Throws: ``ConfigurationError`` where somebody published another version meanwhile.
    func publish(
        _ learned: Learned,
        _ task: RankingTask,
        share: Double?,
        signing: ReleaseSigning? = nil
    ) async throws -> DistilledVersion {
        let scores = try learned.model.scores(task)
        let run = try Run(learned.model, ComparisonVariant.metaPatch.method, scores)
        var settings = bundle.provenance.training
        settings[ModelBundle.distilledFrom] = bundle.manifest.version
        settings[GeneratorConfiguration.Settings.distillWeight.key] = learned.weight.settingText
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("metanetwork-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let place = folder.appendingPathComponent(model)
        let manifest = try ModelBundle.write(
            learned.model,
            name: model,
            task: task,
            metrics: run.metrics,
            settings: settings,
            others: bundle.others.reduce(into: [:]) { others, file in
                others[file.key] = bundle.manifest.files[file.key]?.role.map { ($0, file.value) }
            },
            to: place
        )
        guard try await registry.releases(of: model).current == bundle.manifest.version else {
            throw ConfigurationError(
                "somebody published another version of '\(model)' meanwhile, and nothing was published here; distil that one"
            )
        }
        try await registry.publish(BundleContents(contentsOf: place), share: share, signing: signing)
        return DistilledVersion(
            version: manifest.version,
            from: bundle.manifest.version,
            users: task.userCount,
            codes: learned.codes,
            strangers: codes.count - learned.codes,
            others: others,
            metrics: run.metrics
        )
    }
}

/// What `metanetwork distill` published, and of what.
struct DistilledVersion: Encodable, Sendable {
    let version: String
    /// The version whose codes were distilled.
    let from: String
    /// Users of the data.
    let users: Int
    /// Those of them who shared a code.
    let codes: Int
    /// Devices that shared a code and are no users of the data.
    let strangers: Int
    /// Devices whose codes are of other versions, and were left out.
    let others: Int
    /// What users score with the codes that the cloud has for them, by set and metric.
    let metrics: [String: [String: Double]]
    /// What is wrong with the data or the codes; `nil` where nothing is.
    var warnings: [String]?

    /// Lines for people.
    var text: String {
        var lines = ["\(codes) codes of \(users) users were distilled into \(version.prefix(16)), which is published"]
        if strangers > 0 { lines.append("\(strangers) devices shared a code and are no users of the data") }
        if others > 0 { lines.append("\(others) devices shared codes of other versions, which were left out") }
        return lines.joined(separator: "\n")
    }
}
