import Foundation
import Logging
import MetaNetwork
import Metrics
import ServiceLifecycle
import Synchronization

/// The models that are served, kept in step with the registry.
///
/// A new version is loaded and warmed up beside the old one and then switched to at once. One that fails is named, never switched
/// to, and tried again after a pause. Nothing that is served is dropped because the registry cannot be read, is empty or says
/// nothing of the model: that takes releases that name other versions, or a restart.
public final class ServedModels: Sendable {
    /// A model with its loaded versions.
    struct Model: Sendable {
        let releases: Releases
        let versions: [String: LoadedVersion]
        /// The larger model that answers inputs.
        let answerer: LoadedAnswerer?
        /// The devices that stay on the base weights.
        let holdOut: HoldOut
        /// What publishers say of the versions.
        let statements: ServedStatements

        /// The version that a device gets: of those that are held out none gets a candidate.
        ///
        /// - Parameters:
        ///   - device: The device.
        ///   - held: The versions that it says it has. While a version is rolled out, those that have the one before and whose turn has not
        ///     come keep it; whoever has another one, or none, must fetch something anyway.
        ///   - time: Now, in seconds since 1970.
        func version(
            for device: String,
            having held: [String] = [],
            at time: Double = Date().timeIntervalSince1970
        ) -> LoadedVersion? {
            if let candidate = releases.candidate, !holdOut.includes(device), candidate.includes(device: device),
                let version = versions[candidate.version]
            {
                return version
            }
            if let previous = releases.previous, held.contains(previous), let version = versions[previous],
                let rollout = releases.rollout,
                !Releases.Candidate(version: releases.current, share: rollout.share(at: time)).includes(device: device)
            {
                return version
            }
            return main
        }

        /// Where choices of a device are counted; `nil` where it cannot be told from others.
        func assignment(of device: String) -> ChoiceAssignment? {
            guard !device.isEmpty, let version = version(for: device)?.id.version else { return nil }
            return ChoiceAssignment(
                version: version,
                isHeldOut: holdOut.includes(device),
                trial: releases.trial,
                released: Set(versions.keys)
            )
        }

        /// All versions that are loaded.
        var served: [String] { versions.keys + [answerer?.id.version].compactMap(\.self) }

        /// Values of a code, for each version that has a basis.
        var codeCounts: [String: Int] { versions.compactMapValues(\.provider.codeCount) }

        /// The version that most devices get: the current one. The one before, where a service began without the current one.
        var main: LoadedVersion? { versions[releases.current] ?? releases.previous.flatMap { versions[$0] } }
    }

    private struct State {
        var models: [String: Model] = [:]
        var failures: [BundleID: VersionFailure] = [:]
        /// What else is wrong, by model; that of the whole registry under no name.
        var troubles: [String: String] = [:]
        var hasLooked = false
        /// What was let go because it took too much memory, and is not loaded again while it stays what it is.
        var unloaded: Set<BundleID> = []
        /// Whether what cannot be let go takes too much.
        var isFull = false
    }

    private let state = Mutex(State())
    private let bundles: any BundleStore
    private let loader: VersionLoader
    private let notes: HealthNotes
    private let logger: Logger
    /// `nil` lets nothing go that is released.
    private let memory: LoadedMemory?
    private let now: @Sendable () -> ContinuousClock.Instant
    /// Reads the registry for requests.
    let look: ReleaseLook
    /// How long a request waits for a version that is being loaded.
    var patience: Duration { loader.batching.waitingLimit }

    /// - Parameters:
    ///   - interval: Shortest time between two reads of a model's releases for requests.
    ///   - memory: What versions may take together; `nil` for any.
    init(
        _ bundles: any BundleStore,
        _ loader: VersionLoader,
        _ logger: Logger,
        lookingEvery interval: Duration = .seconds(1),
        memory: LoadedMemory? = nil,
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
    ) {
        self.bundles = bundles
        self.loader = loader
        self.logger = logger
        self.memory = memory
        self.now = now
        notes = HealthNotes(bundles, logger)
        look = ReleaseLook(every: interval) { try? await bundles.findReleases(of: $0) }
    }

    /// A model by name.
    func model(_ name: String) -> Model? { state.withLock { $0.models[name] } }

    /// All models by name.
    var all: [String: Model] { state.withLock { $0.models } }

    /// Why the service cannot answer, or answers otherwise than it should; empty where all is well.
    var problems: [String] {
        state.withLock { state in
            var lines = state.troubles.map { $0.key.isEmpty ? $0.value : "\($0.key): \($0.value)" }
            lines += state.failures.map { "\($0.key.model): version \($0.key.version): \($0.value.reason)" }
            if !state.hasLooked, lines.isEmpty { lines = ["the registry has not been read yet"] }
            let now = Int(Date().timeIntervalSince1970)
            for (name, model) in state.models {
                let trouble = model.statements.trouble(
                    of: model.releases.current,
                    needsSignature: loader.needsSignature,
                    at: now
                )
                if let trouble { lines.append("\(name): \(trouble)") }
            }
            if loader.allToBase { lines.append("all devices get the base weights, as --all-to-base says") }
            return lines.sorted()
        }
    }

    /// A file that devices fetch, by the SHA-256 of its contents: the version that has it, and what it is called there.
    func file(ofDigest sha256: String) -> (version: LoadedVersion, name: String)? {
        for model in all.values {
            for version in model.versions.values {
                if let name = version.fileNames[sha256] { return (version, name) }
            }
        }
        return nil
    }

    /// Whether a version could not be loaded when it was tried last.
    func hasFailed(_ bundle: BundleID) -> Bool { state.withLock { $0.failures[bundle] != nil } }

    /// Whether a version that is released was let go for what it took.
    func isUnloaded(_ bundle: BundleID) -> Bool { state.withLock { $0.unloaded.contains(bundle) } }

    /// Takes note that a device asks for a version.
    func noteUse(of version: LoadedVersion) { version.use(at: now()) }

    /// Whether any model is served, once all were looked at. ``model(_:)`` tells of each.
    var isReady: Bool { state.withLock { $0.hasLooked && !$0.models.isEmpty } }

    /// Reads the registry and loads what is new.
    func refresh() async {
        let names: [String]
        do {
            names = try await bundles.models()
        } catch is CancellationError {
            return
        } catch {
            return note("the registry cannot be read, what is loaded stays served: \(error)", of: "")
        }
        let gone = Set(all.keys).subtracting(names).sorted()
        let isEmpty = names.isEmpty && !gone.isEmpty
        note(isEmpty ? "the registry is empty, what is loaded stays served" : nil, of: "")
        for name in gone where !isEmpty {
            note("it is no longer in the registry, and stays served until the service is started again", of: name)
        }
        for name in names {
            do {
                try await refresh(name)
                // After each model, so that no more than one new version is loaded beside what fits.
                unload()
                note(nil, of: name)
            } catch is CancellationError {
                return
            } catch {
                note("its releases cannot be read, what is loaded stays served: \(error)", of: name)
            }
            if let model = model(name) { await notes.served(name, model.served, at: now()) }
        }
        state.withLock { $0.hasLooked = true }
    }

    /// Keeps what is wrong with a model, or the registry, and logs it once.
    private func note(_ trouble: String?, of name: String) {
        let isNew = state.withLock { state in
            defer { state.troubles[name] = trouble }
            return state.troubles[name] != trouble
        }
        guard let trouble, isNew else { return }
        logger.error("registry cannot be followed", metadata: ["model": "\(name)", "error": "\(trouble)"])
    }

    private func refresh(_ name: String) async throws {
        let releases = try await bundles.releases(of: name)
        let old = model(name)
        // Whoever signs anew says so in the releases, so a log is read no more often than they change.
        let statements: ServedStatements
        if let old, old.releases == releases {
            statements = old.statements
        } else {
            statements = try ServedStatements(releases, await bundles.log(of: name))
        }
        var versions: [String: LoadedVersion] = [:]
        // The current one first: without it the model stays as it was, and the others need not be loaded.
        for version in [releases.current, releases.previous, releases.candidate?.version].compactMap(\.self) {
            let known = versions[version] ?? old?.versions[version]
            let id = BundleID(model: name, version: version)
            let isGiven = version == releases.current || version == releases.candidate?.version
            if let known, old?.statements != statements {
                try check(known, statements, isCurrent: version == releases.current)
            }
            versions[version] =
                if let known { known } else if !isGiven, isUnloaded(id) { nil } else {
                    await tried(id) { [loader] in try await loader.load($0, from: $1, statements) }
                }
            if version == releases.current, versions[version] == nil, old != nil { return }
        }
        let answerer = await answerer(releases.cloudModel.map { BundleID(model: name, version: $0) }, old?.answerer)
        forgetFailures(of: name, except: releases.versions)
        let model = Model(
            releases: releases,
            versions: Self.keeping(old, versions, releases),
            answerer: answerer,
            holdOut: loader.holdOut,
            statements: statements
        )
        if model.main != nil,
            old?.releases != releases || old?.versions.count != model.versions.count || old?.answerer !== answerer
        {
            switchTo(model, from: old, name)
        }
    }

    /// Holds what publishers say anew against a version that is loaded: nothing that was changed reaches a device.
    ///
    /// - Parameter isCurrent: A version before may have no statement, as those of a release up to 0.1.
    private func check(_ known: LoadedVersion, _ statements: ServedStatements, isCurrent: Bool) throws {
        guard isCurrent || statements[known.id.version] != nil else { return }
        try statements.check(
            known.id.version,
            manifest: Data(known.manifestBody),
            key: loader.key,
            needsSignature: loader.needsSignature
        )
    }

    /// The larger model to answer with: the one before while a new one cannot be loaded.
    private func answerer(_ bundle: BundleID?, _ old: LoadedAnswerer?) async -> LoadedAnswerer? {
        guard let bundle else { return nil }
        if let old, old.id == bundle { return old }
        return await tried(bundle, loader.loadAnswerer) ?? old
    }

    /// The versions to serve, with those that stay for devices that have not noticed the last switch yet.
    private static func keeping(
        _ old: Model?,
        _ versions: [String: LoadedVersion],
        _ releases: Releases
    ) -> [String: LoadedVersion] {
        guard let old else { return versions }
        if old.releases == releases { return versions.merging(old.versions) { new, _ in new } }
        guard let main = old.main else { return versions }
        return versions.merging([main.id.version: main]) { new, _ in new }
    }

    private func switchTo(_ model: Model, from old: Model?, _ name: String) {
        for (version, loaded) in model.versions {
            loaded.record.begin(version == model.releases.candidate?.version ? model.releases.trial : nil)
        }
        state.withLock { state in
            state.models[name] = model
            state.unloaded = state.unloaded.filter { id in
                id.model != name || model.versions[id.version] == nil && model.releases.versions.contains(id.version)
            }
        }
        for (version, dropped) in old?.versions ?? [:] where model.versions[version] == nil { dropped.retire() }
        if let answerer = old?.answerer, answerer !== model.answerer { answerer.retire() }
        guard let main = model.main, old?.main?.id != main.id else { return }
        var metadata: Logger.Metadata = ["model": "\(name)", "version": "\(main.id.version)"]
        if let engine = main.provider.engine { metadata["engine"] = "\(engine)" }
        logger.info("version is served", metadata: metadata)
    }

    /// Lets go of versions that devices are not given any more where what is loaded takes too much.
    private func unload() {
        guard let memory else { return }
        let time = Date().timeIntervalSince1970
        let (dropped, isNewlyFull) = state.withLock { state in
            var gone: [LoadedVersion] = []
            for id in memory.excess(of: state.models, at: time) {
                guard let model = state.models[id.model], let version = model.versions[id.version] else { continue }
                state.models[id.model] = model.without(id.version)
                state.unloaded.insert(id)
                gone.append(version)
            }
            let wasFull = state.isFull
            state.isFull = memory.isExceeded(by: state.models)
            return (gone, state.isFull && !wasFull)
        }
        for version in dropped {
            version.retire()
            let metadata: Logger.Metadata = ["model": "\(version.id.model)", "version": "\(version.id.version)"]
            logger.info("version is unloaded, as all take too much memory", metadata: metadata)
        }
        if isNewlyFull {
            logger.warning(
                "what devices are given takes more memory than versions may",
                metadata: ["bytes": "\(memory.limit)"]
            )
        }
    }

    /// Loads a version, unless it failed a moment ago.
    private func tried<Version: Sendable>(
        _ bundle: BundleID,
        _ load: (BundleID, any BundleStore) async throws -> Version
    ) async -> Version? {
        let before = state.withLock { $0.failures[bundle] }
        if let before, now() < before.next { return nil }
        do {
            let version = try await load(bundle, bundles)
            state.withLock { $0.failures[bundle] = nil }
            return version
        } catch is CancellationError {
            // The service stops: that is no failure of the version.
            return nil
        } catch let error as ObjectStoreError where error.isOutage {
            let failure = VersionFailure("\(error)", isOutage: true, after: before, at: now())
            state.withLock { $0.failures[bundle] = failure }
            guard before?.reason != failure.reason else { return nil }
            logger.error(
                "version cannot be fetched, and is tried again",
                metadata: ["model": "\(bundle.model)", "version": "\(bundle.version)", "error": "\(error)"]
            )
            return nil
        } catch {
            Counter(.versionFailures).increment()
            logger.error(
                "version cannot be served",
                metadata: ["model": "\(bundle.model)", "version": "\(bundle.version)", "error": "\(error)"]
            )
            state.withLock { $0.failures[bundle] = VersionFailure("\(error)", after: before, at: now()) }
            await notes.failed(bundle, "\(error)")
            return nil
        }
    }

    /// What is no longer released need not work.
    private func forgetFailures(of name: String, except versions: Set<String>) {
        state.withLock { state in
            state.failures = state.failures.filter { $0.key.model != name || versions.contains($0.key.version) }
        }
    }
}

/// Reads the registry again and again.
struct RegistryWatcher: Service {
    let models: ServedModels
    let interval: Duration

    func run() async throws {
        try? await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                await models.refresh()
                try await Task.sleep(for: interval)
            }
        }
    }
}
