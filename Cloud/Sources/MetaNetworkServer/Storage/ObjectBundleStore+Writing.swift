import Foundation
import MetaNetwork

extension ObjectBundleStore {
    /// How often what services say is written again because another service did so meanwhile.
    private static let noteTries = 5

    /// Replaces the releases of a model, unless somebody else has done so in the meantime.
    func replace(_ old: Releases?, with new: Releases, of model: String) async throws -> Bool {
        let seen = try await seenReleases(of: model)
        guard seen?.value == old else { return false }
        let data = try RegistryFile.data(of: new)
        guard let tag = try await objects.put(key(.releases, of: model), data, if: condition(seen)) else {
            return false
        }
        remember(Seen(value: new, tag: tag), of: model)
        return true
    }

    /// Adds to what publishers have said, unless somebody else has done so in the meantime.
    func extend(_ old: ReleaseLog, to new: ReleaseLog, of model: String) async throws -> Bool {
        let seen = try await seenLog(of: model)
        guard seen?.value ?? ReleaseLog() == old else { return false }
        return try await objects.put(key(.log, of: model), new.data, if: condition(seen)) != nil
    }

    /// Adds to what services say of a version.
    func note(_ health: VersionHealth, of bundle: BundleID) async throws {
        if health.served != nil { cache.noteUse(of: bundle) }
        let key = try key(.served, of: bundle.model)
        for _ in 0..<Self.noteTries {
            let (condition, data): (ObjectCondition, Data) =
                if case .contents(let data, let tag) = try await objects.get(key, unless: nil) {
                    (.matches(tag), data)
                } else {
                    (.absent, Data("{}".utf8))
                }
            // What is damaged is written anew: it is notes, and all of them come again.
            var known = (try? RegistryFile.health(data, at: key)) ?? [:]
            known[bundle.version] = known[bundle.version].map { $0.adding(health) } ?? health
            let stored = Set(try await versions(of: bundle.model))
            let notes = try RegistryFile.data(of: known.filter { stored.contains($0.key) })
            if try await objects.put(key, notes, if: condition) != nil { return }
        }
        throw RegistryBusy()
    }

    /// Stores a bundle: its files, and then its manifest, with which it is there.
    func put(_ bundle: BundleContents) async throws {
        let key = try key(BundleLayout.manifest, of: bundle.id)
        guard let manifest = bundle.files[BundleLayout.manifest] else {
            throw RegistryError("the bundle has no \(BundleLayout.manifest); train or copy it again")
        }
        if try await isStored(bundle, at: key) { return }
        for (name, data) in bundle.files.sorted(by: { $0.key < $1.key }) where name != BundleLayout.manifest {
            try await write(data, to: self.key(name, of: bundle.id))
        }
        guard let tag = try await objects.put(key, manifest, if: .absent) else {
            // Another publisher of the same version was faster.
            guard try await isStored(bundle, at: key) else {
                throw RegistryError(
                    "version \(bundle.id.version) was stored and removed by others at this moment; try again"
                )
            }
            return
        }
        try await checkConditions(key, manifest, tag)
    }

    /// Removes a stored bundle that the releases do not name.
    func remove(_ bundle: BundleID) async throws -> Bool {
        guard try await !releases(of: bundle.model).versions.contains(bundle.version) else { return false }
        // Out of sight at once.
        try await objects.delete(key(BundleLayout.manifest, of: bundle))
        for object in try await objects.list(key("", of: bundle), isDeep: true).objects {
            try await objects.delete(object.key)
        }
        return true
    }

    private func condition<Value>(_ seen: Seen<Value>?) -> ObjectCondition { seen.map { .matches($0.tag) } ?? .absent }

    /// Whether a version is there, as the bundle has it; it then counts among the newest again.
    private func isStored(_ bundle: BundleContents, at key: String) async throws -> Bool {
        guard case .contents(let stored, let tag) = try await objects.get(key, unless: nil) else { return false }
        try RegistryFile.check(bundle, against: stored, at: objects.place(of: key))
        _ = try await objects.put(key, stored, if: .matches(tag))
        return true
    }

    /// Writes a file of a version whose manifest is not there. What lies there was left by a publisher that was ended, or is just being
    /// written by another one of the same version.
    private func write(_ data: Data, to key: String) async throws {
        var condition = ObjectCondition.absent
        while try await objects.put(key, data, if: condition) == nil {
            switch try await objects.get(key, unless: nil) {
            case .contents(data, _): return
            case .contents(_, let tag): condition = .matches(tag)
            case .absent, .unchanged: condition = .absent
            }
        }
    }

    /// Refuses a store that takes writes whose condition does not hold: two publishers would lose each other's changes there.
    private func checkConditions(_ key: String, _ data: Data, _ tag: ObjectTag) async throws {
        let other = ObjectTag(text: "\"\(String(repeating: "0", count: 32))\"")
        for condition in [ObjectCondition.absent, .matches(other)]
        where try await objects.put(key, data, if: condition) != nil {
            throw RegistryError(
                "\(objects.place(of: key)): this store ignores the conditions of writes (If-None-Match and If-Match), so publishers would lose "
                    + "each other's changes; use one that honours them"
            )
        }
    }
}
