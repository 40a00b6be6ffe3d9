import Foundation
import Synchronization

/// Published bundles in memory: the twin of ``FolderBundleStore`` for tests and for trying a service out.
public final class MemoryBundleStore: BundleStore {
    private struct Model {
        var releases: Releases?
        /// In order of arrival.
        var bundles: [BundleContents] = []
        /// By version.
        var health: [String: VersionHealth] = [:]
        var log = ReleaseLog()
    }

    private let state = Mutex<[String: Model]>([:])

    /// Creates an empty store.
    public init() {}

    /// The names of the models that have releases, in order.
    public func models() -> [String] {
        state.withLock { $0.filter { $0.value.releases != nil }.keys.sorted() }
    }

    /// The versions of a model that are stored, the newest first.
    public func versions(of model: String) throws -> [String] {
        try state.withLock { models in
            guard let model = models[model] else { throw RegistryError.noModel(model) }
            return model.bundles.reversed().map(\.id.version)
        }
    }

    /// The releases of a model; `nil` where it has none.
    public func findReleases(of model: String) -> Releases? { state.withLock { $0[model]?.releases } }

    /// The releases of a model.
    public func releases(of model: String) throws -> Releases {
        guard let releases = findReleases(of: model) else { throw RegistryError.noModel(model) }
        return releases
    }

    /// What services say of a model's versions, by version.
    public func health(of model: String) -> [String: VersionHealth] { state.withLock { $0[model]?.health ?? [:] } }

    /// Adds to what services say of a version.
    public func note(_ health: VersionHealth, of bundle: BundleID) {
        state.withLock { models in
            let known = models[bundle.model]?.health[bundle.version]
            models[bundle.model]?.health[bundle.version] = known.map { $0.adding(health) } ?? health
        }
    }

    /// Removes a stored bundle that the releases do not name.
    public func remove(_ bundle: BundleID) -> Bool {
        state.withLock { models in
            guard models[bundle.model]?.releases?.versions.contains(bundle.version) == false else { return false }
            models[bundle.model]?.bundles.removeAll { $0.id == bundle }
            return true
        }
    }

    /// Replaces the releases of a model, unless somebody else has done so in the meantime.
    public func replace(_ old: Releases?, with new: Releases, of model: String) -> Bool {
        state.withLock { models in
            guard models[model]?.releases == old else { return false }
            models[model, default: Model()].releases = new
            return true
        }
    }

    /// What publishers have said of a model's versions.
    public func log(of model: String) -> ReleaseLog { state.withLock { $0[model]?.log ?? ReleaseLog() } }

    /// Adds to what publishers have said, unless somebody else has done so in the meantime.
    public func extend(_ old: ReleaseLog, to new: ReleaseLog, of model: String) -> Bool {
        state.withLock { models in
            guard models[model, default: Model()].log == old else { return false }
            models[model, default: Model()].log = new
            return true
        }
    }

    /// Stores a bundle whole or not at all.
    public func put(_ bundle: BundleContents) {
        state.withLock { models in
            let isThere = models[bundle.id.model]?.bundles.contains { $0.id == bundle.id }
            if isThere != true { models[bundle.id.model, default: Model()].bundles.append(bundle) }
        }
    }

    /// Reads a file of a stored bundle, or a part of it.
    public func read(_ file: String, of bundle: BundleID, range: Range<Int>?) throws -> Data {
        let stored = state.withLock { $0[bundle.model]?.bundles.first { $0.id == bundle } }
        guard let data = stored?.files[file] else {
            throw RegistryError("version '\(bundle.version)' of '\(bundle.model)' has no file '\(file)'")
        }
        guard let range else { return data }
        return data.dropFirst(range.lowerBound).prefix(range.count)
    }
}
