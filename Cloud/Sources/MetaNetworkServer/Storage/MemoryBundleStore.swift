import Foundation
import Synchronization

/// Published bundles in memory: the twin of ``FolderBundleStore`` for tests and for trying a service out.
public final class MemoryBundleStore: BundleStore {
    private struct Model {
        var releases: Releases?
        /// In order of arrival.
        var bundles: [BundleContents] = []
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
            guard let model = models[model] else { throw Self.noModel(model) }
            return model.bundles.reversed().map(\.id.version)
        }
    }

    /// The releases of a model.
    public func releases(of model: String) throws -> Releases {
        try state.withLock { models in
            guard let releases = models[model]?.releases else { throw Self.noModel(model) }
            return releases
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

    private static func noModel(_ model: String) -> RegistryError {
        RegistryError("the registry has no model '\(model)'; publish a bundle of it first")
    }
}
