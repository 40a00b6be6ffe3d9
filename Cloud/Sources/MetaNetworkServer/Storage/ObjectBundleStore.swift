import Foundation
import MetaNetwork
import Synchronization

/// Published bundles in a store of objects, under the names that a folder has: `MODEL/versions/VERSION/…`, `MODEL/releases.json`,
/// `MODEL/log.jsonl` and `MODEL/served.json`.
///
/// A version is there once its manifest is, which is written last. The other files are changed by whoever saw what they were before: of two
/// writers one is told that it was late, and looks again. Versions are read through a folder of this machine.
final class ObjectBundleStore: BundleStore {
    /// What a file held, and the tag that it had then.
    struct Seen<Value: Sendable>: Sendable {
        let value: Value
        let tag: ObjectTag
    }

    private struct State {
        var releases: [String: Seen<Releases>] = [:]
        var models: (names: [String], time: ContinuousClock.Instant)?
    }

    let objects: any ObjectStore
    let cache: BundleCache
    private let state = Mutex(State())
    private let interval: Duration
    private let now: @Sendable () -> ContinuousClock.Instant

    /// - Parameters:
    ///   - objects: The store.
    ///   - cache: Where versions are kept that were read.
    ///   - interval: Time in which the names of the models are not listed again, which costs as much as ten looks at releases.
    init(
        _ objects: any ObjectStore,
        cache: BundleCache,
        listingEvery interval: Duration = .seconds(10),
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
    ) {
        (self.objects, self.cache, self.interval, self.now) = (objects, cache, interval, now)
    }

    /// The names of the models that have releases, in order; those of other writers' new models some seconds late.
    func models() async throws -> [String] {
        let time = now()
        if let known = state.withLock({ $0.models }), time - known.time < interval { return known.names }
        let folders = try await objects.list("", isDeep: false).folders.map { String($0.dropLast()) }
            .filter(BundleLayout.isModelName)
        guard !folders.isEmpty else {
            throw RegistryError(
                "\(objects.place(of: "")) has no models; publish a bundle with `metanetwork publish BUNDLE --registry s3://BUCKET/PREFIX`"
            )
        }
        var names: [String] = []
        for name in folders.sorted() {
            if try await findReleases(of: name) != nil { names.append(name) }
        }
        state.withLock { [names] in $0.models = (names, time) }
        return names
    }

    /// The versions of a model that are stored, the newest first.
    ///
    /// Times of objects are whole seconds, so among those of one second the releases' history says which came last.
    func versions(of model: String) async throws -> [String] {
        let prefix = try "\(folder(of: model))versions/"
        let manifests: [(String, Date)] = try await objects.list(prefix, isDeep: true).objects.compactMap { object in
            let parts = object.key.dropFirst(prefix.count).split(separator: "/", omittingEmptySubsequences: false)
            guard parts.count == 2, parts[1] == BundleLayout.manifest else { return nil }
            let version = String(parts[0])
            return BundleLayout.isModelName(version) ? (version, object.modified) : nil
        }
        let releases = try await findReleases(of: model)
        guard !manifests.isEmpty || releases != nil else { throw RegistryError.noModel(model) }
        var published: [String: Int] = [:]
        for (place, change) in (releases?.history ?? []).enumerated()
        where [.publish, .share, .cloudModel].contains(change.action) { published[change.version] = place }
        func age(_ version: String) -> Int { published[version] ?? -1 }
        return manifests.sorted { ($0.1, age($0.0), $0.0) > ($1.1, age($1.0), $1.0) }.map(\.0)
    }

    /// The releases of a model; `nil` where it has none. What is unchanged is not sent again.
    func findReleases(of model: String) async throws -> Releases? { try await seenReleases(of: model)?.value }

    func seenReleases(of model: String) async throws -> Seen<Releases>? {
        let key = try key(.releases, of: model)
        let before = state.withLock { $0.releases[model] }
        switch try await objects.get(key, unless: before?.tag, upTo: ObjectBytes.record) {
        case .unchanged: return before
        case .absent:
            remember(nil, of: model)
            return nil
        case .contents(let data, let tag):
            let seen = Seen(value: try RegistryFile.releases(data, at: objects.place(of: key)), tag: tag)
            remember(seen, of: model)
            return seen
        }
    }

    func remember(_ seen: Seen<Releases>?, of model: String) {
        state.withLock { state in
            if (state.releases[model] == nil) != (seen == nil) { state.models = nil }
            state.releases[model] = seen
        }
    }

    /// The releases of a model.
    func releases(of model: String) async throws -> Releases {
        guard let releases = try await findReleases(of: model) else { throw RegistryError.noModel(model) }
        return releases
    }

    /// What publishers have said of a model's versions.
    func log(of model: String) async throws -> ReleaseLog { try await seenLog(of: model)?.value ?? ReleaseLog() }

    func seenLog(of model: String) async throws -> Seen<ReleaseLog>? {
        let key = try key(.log, of: model)
        guard case .contents(let data, let tag) = try await objects.get(key, unless: nil, upTo: ObjectBytes.record)
        else { return nil }
        return Seen(value: try RegistryFile.log(data, of: model, at: objects.place(of: key)), tag: tag)
    }

    /// What services say of a model's versions, by version.
    func health(of model: String) async throws -> [String: VersionHealth] {
        let key = try key(.served, of: model)
        guard case .contents(let data, _) = try await objects.get(key, unless: nil, upTo: ObjectBytes.record) else {
            return [:]
        }
        return try RegistryFile.health(data, at: objects.place(of: key))
    }

    /// The key of a model's file.
    func key(_ name: RegistryFile.Name, of model: String) throws -> String { try key(name.rawValue, of: model) }

    /// The key of an object beside a model's files.
    func key(_ name: String, of model: String) throws -> String { try folder(of: model) + name }

    /// The key of a file of a version.
    func key(_ file: String, of bundle: BundleID) throws -> String {
        guard BundleLayout.isModelName(bundle.version) else {
            throw RegistryError(
                "the registry has no version '\(bundle.version.prefix(80))' of '\(bundle.model.prefix(80))'"
            )
        }
        return "\(try folder(of: bundle.model))versions/\(bundle.version)/\(file)"
    }

    /// What the keys of a model begin with. A name that none can have must not reach another's objects.
    private func folder(of model: String) throws -> String {
        guard BundleLayout.isModelName(model) else { throw RegistryError.noModel(String(model.prefix(80))) }
        return "\(model)/"
    }
}
