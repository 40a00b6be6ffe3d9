import Foundation
import MetaNetwork
import MetaNetworkBundles
import MetaNetworkCollaboration
import MetaNetworkExperiments
import MetaNetworkPublishing
import MetaNetworkServer
import MetaNetworkSettings
import MetaNetworkWire

/// A published model that learns from the inputs that its devices share, batch by batch (U-VPA, arXiv 2212.00972): a prompt is published
/// after each pass, and weights now and then.
///
/// All devices of a model get the same prompt and weights. One process at a time adapts a model.
actor ModelAdaptation {
    let plan: Plan
    private let sources: Sources
    private let teacher: InputClassifier
    private var files: [String: Data]
    private var teaching: CloudTeaching
    private var progress: AdaptationState.Progress

    /// What is learned, and when it is published.
    struct Plan: Sendable {
        /// `full`, `weights` or `prompt`.
        var policy = AdaptingPolicy.full
        /// Batches from one publication of weights to the next.
        var lag = 10
        /// Inputs of a batch.
        var batch = 8
        /// Versions of its own that stay in the registry.
        var kept = 20
    }

    /// What it reads and writes.
    struct Sources: Sendable {
        let registry: any BundleStore
        let model: String
        /// What devices shared with the service.
        let events: any EventSource
        /// Where that is.
        let address: EventAddress
        /// For what inputs must have been shared; `nil` for all.
        var purpose: String?
        /// The bundle that teaches; `nil` for the cloud's model of the registry.
        var teacher: URL?
        /// Who vouches for what is published; `nil` where no publisher has for the model.
        var signing: ReleaseSigning?
        /// Where the next run goes on from.
        let state: URL
    }

    /// Inputs that are read at a time.
    private static let page = 4096
    /// Longest wait for a service.
    private static let patience = Duration.seconds(60)

    /// - Throws: `ConfigurationError`, `RegistryError`, `BundleError` or `ModelError` where model and teacher cannot do.
    init(_ sources: Sources, _ plan: Plan) async throws {
        (self.sources, self.plan) = (sources, plan)
        let current = try await Self.current(sources)
        let adapted = try Self.model(current)
        let other = try await Self.teacher(sources, of: current.manifest)
        teacher = try InputClassifier(other.trainedModel())
        files = current.files
        teaching = try CloudTeaching(teacher: teacher, device: adapted.classifier, plan.policy)
        progress = AdaptationState.Progress(model: sources.model, version: current.manifest.version)
        guard let left = try AdaptationState.read(sources.state, model: sources.model) else { return }
        let version = current.manifest.version
        progress = left.progress
        progress.version = version
        // One that was published when the last run was ended, before it could note it, is its own too.
        guard version == left.progress.version || adapted.madeFrom == left.progress.version else { return }
        try teaching.restore(left.teaching)
        for batch in try replayed() { try teaching.remember(batch) }
    }

    /// The files of the bundle that devices get, by name.
    var bundle: [String: Data] { files }

    /// Learns from the whole batches that have come, and publishes what was learned.
    ///
    /// - Returns: What was learned; `nil` where no whole batch has come.
    func pass() async throws -> AdaptingPass? {
        var result = AdaptingPass()
        try await followRegistry(&result)
        let waiting = try waiting()
        let inputs = waiting.compactMap { input in values(input).map { (input, $0) } }
        let batches = inputs.count / plan.batch
        guard batches > 0 else { return nil }
        // Inputs for another purpose may have come since the last pass.
        try SharedEvents.check(sources.purpose, in: sources.events, of: sources.model, sources.address, isAwaited: true)
        var weights: InputClassifier?
        for number in 0..<batches {
            let batch = inputs[number * plan.batch..<(number + 1) * plan.batch]
            let uncertainty = batch.reduce(Float(0)) { $0 + $1.0.uncertainty } / Float(batch.count)
            result.learned(uncertainty, corrected: try teaching.disagreements(batch.map(\.1)), of: batch.count)
            try teaching.learn(batch.map(\.1), uncertainty: uncertainty)
            progress.replayed = progress.replayed.suffix(CloudTeaching.replayed.student) + [batch.map(\.0.number)]
            progress.last = batch[batch.endIndex - 1].0.number
            if plan.policy.sendsWeights, teaching.batches % plan.lag == 0 { weights = try teaching.sendWeights() }
        }
        result.skipped = waiting.count { $0.number <= progress.last } - batches * plan.batch
        try await publish(weights, &result)
        try AdaptationState(progress: progress, teaching: teaching.state()).write(to: sources.state)
        return result
    }

    /// Lets the cloud learn from what has come, and waits until a service has what was published.
    ///
    /// - Throws: `ConfigurationError` where no service takes it.
    func passAndServe() async throws {
        guard let version = try await pass()?.version else { return }
        let end = ContinuousClock.now + Self.patience
        while ContinuousClock.now < end {
            if let health = try await sources.registry.health(of: sources.model)[version] {
                guard health.isGood else { break }
                return
            }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw ConfigurationError("no service took the version \(version) that was learned; see its log")
    }

    /// Where somebody else has changed what devices get, starts anew from that.
    private func followRegistry(_ result: inout AdaptingPass) async throws {
        guard try await sources.registry.releases(of: sources.model).current != progress.version else { return }
        let current = try await Self.current(sources)
        files = current.files
        teaching = try CloudTeaching(teacher: teacher, device: Self.model(current).classifier, plan.policy)
        (progress.version, progress.replayed) = (current.manifest.version, [])
        result.startedFrom = current.manifest.version
    }

    private func publish(_ weights: InputClassifier?, _ result: inout AdaptingPass) async throws {
        let prompt = teaching.prompt.contains { $0 != 0 } ? teaching.prompt : nil
        let (manifest, contents) = try ModelBundle.adapted(files, weights: weights?.weights(), prompt: prompt)
        let isNew = weights != nil || prompt != nil || contents[BundleLayout.prompt] != files[BundleLayout.prompt]
        guard isNew else { return }
        try await sources.registry.publish(
            BundleContents(manifest: manifest, files: contents),
            signing: sources.signing
        )
        (files, progress.version) = (contents, manifest.version)
        progress.published.append(manifest.version)
        result.published(manifest, hasWeights: weights != nil)
        try await removeOld()
    }

    /// Removes versions that were published here: with one an upload, they would fill the disk. A device that is just fetching one
    /// begins again with the current one.
    private func removeOld() async throws {
        let stored = Set(try await sources.registry.versions(of: sources.model))
        progress.published.removeAll { !stored.contains($0) }
        for version in progress.published.dropLast(plan.kept) {
            let bundle = BundleID(model: sources.model, version: version)
            if try await sources.registry.remove(bundle) { progress.published.removeAll { $0 == version } }
        }
    }

    /// Inputs that have come, the first one of the size that the model reads.
    private func waiting() throws -> ArraySlice<SharedInput> {
        // A file that was restored from a backup goes on from the backup's last number.
        progress.last = min(progress.last, try sources.events.lastNumber())
        while true {
            let page = try sources.events.inputs(
                of: sources.model,
                after: progress.last,
                limit: Self.page,
                purpose: sources.purpose
            )
            let fitting = page.drop { values($0) == nil }
            if let last = page[..<fitting.startIndex].last { progress.last = last.number }
            if !fitting.isEmpty || page.isEmpty { return fitting }
        }
    }

    /// An input as the model reads it; `nil` where an earlier version read inputs of another size.
    private func values(_ input: SharedInput) -> [Float]? {
        InputText.values(of: input.text).flatMap { $0.count == teacher.inputCount ? $0 : nil }
    }

    /// The last batches, as far as devices have not deleted them.
    private func replayed() throws -> [[[Float]]] {
        guard let first = progress.replayed.first?.first else { return [] }
        let stored = try sources.events.inputs(
            of: sources.model,
            after: first - 1,
            limit: Self.page,
            purpose: sources.purpose
        )
        let byNumber = Dictionary(uniqueKeysWithValues: stored.map { ($0.number, $0) })
        return progress.replayed.map { $0.compactMap { byNumber[$0].flatMap(values) } }.filter { !$0.isEmpty }
    }
}

extension ModelAdaptation {
    /// The version that devices get.
    private static func current(_ sources: Sources) async throws -> BundleContents {
        try await contents(of: sources.registry.releases(of: sources.model).current, sources)
    }

    private static func contents(of version: String, _ sources: Sources) async throws -> BundleContents {
        try await sources.registry.withFolder(of: BundleID(model: sources.model, version: version)) {
            try BundleContents(contentsOf: $0)
        }
    }

    /// The version's model, and the version that it was made from where it was adapted.
    private static func model(
        _ contents: BundleContents
    ) throws -> (classifier: InputClassifier, madeFrom: String?) {
        let bundle = try ModelBundle(files: contents.files)
        let name = bundle.manifest.name
        guard bundle.manifest.outputs?.kind == .classification else {
            throw ConfigurationError(
                "'\(name)' tells no classes, so no teacher can label its inputs; adapt one that does"
            )
        }
        guard bundle.manifest.generator == nil else {
            throw ConfigurationError(
                "'\(name)' has a generator, which was trained for its weights; publish a version that was trained with --generator none"
            )
        }
        let classifier = try InputClassifier(bundle.trainedModel())
        return (classifier, bundle.provenance.training[ModelBundle.adaptedFrom])
    }

    private static func teacher(_ sources: Sources, of device: BundleManifest) async throws -> ModelBundle {
        let teacher: ModelBundle
        if let folder = sources.teacher {
            teacher = try ModelBundle(contentsOf: folder)
        } else {
            guard let version = try await sources.registry.releases(of: sources.model).cloudModel else {
                throw ConfigurationError(
                    "the registry has no larger model that could teach '\(sources.model)'; publish one with --cloud-model, or give "
                        + "--teacher BUNDLE"
                )
            }
            teacher = try ModelBundle(files: await contents(of: version, sources).files)
        }
        guard teacher.manifest.outputs == device.outputs else {
            throw ConfigurationError(
                "the teacher '\(teacher.manifest.name)' tells other classes than '\(sources.model)'; train both on the same data"
            )
        }
        return teacher
    }
}
