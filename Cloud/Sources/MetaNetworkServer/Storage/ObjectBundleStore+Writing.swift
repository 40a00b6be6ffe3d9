import Foundation
import MetaNetwork

extension ObjectBundleStore {
    /// How often what services say is written again because another service did so meanwhile.
    private static let noteTries = 5
    /// Seconds after which what lacks a manifest was left by a publisher that was ended: none takes as long.
    private static let leftoverAge = 86_400.0

    /// Replaces the releases of a model, unless somebody else has done so in the meantime.
    func replace(_ old: Releases?, with new: Releases, of model: String) async throws -> Bool {
        let seen = try await seenReleases(of: model)
        guard seen?.value == old else { return false }
        let data = try RegistryFile.data(of: new)
        do {
            guard let tag = try await objects.put(key(.releases, of: model), data, if: condition(seen)) else {
                return false
            }
            remember(Seen(value: new, tag: tag), of: model)
            return true
        } catch let error as ObjectStoreError where error.isOutage {
            // It may have been done though no answer said so.
            guard let found = try? await seenReleases(of: model), found.value == new else { throw error }
            return true
        }
    }

    /// Adds to what publishers have said, unless somebody else has done so in the meantime.
    func extend(_ old: ReleaseLog, to new: ReleaseLog, of model: String) async throws -> Bool {
        let seen = try await seenLog(of: model)
        guard seen?.value ?? ReleaseLog() == old else { return false }
        do {
            if try await objects.put(key(.log, of: model), new.data, if: condition(seen)) != nil { return true }
            // What is in the way may be what an earlier try wrote without an answer, and others have gone on from.
            return try await log(of: model).begins(with: new)
        } catch let error as ObjectStoreError where error.isOutage {
            guard let found = try? await log(of: model), found.begins(with: new) else { throw error }
            return true
        }
    }

    /// Adds to what services say of a version.
    func note(_ health: VersionHealth, of bundle: BundleID) async throws {
        if health.served != nil { cache.noteUse(of: bundle) }
        let key = try key(.served, of: bundle.model)
        for _ in 0..<Self.noteTries {
            let (condition, data): (ObjectCondition, Data) =
                if case .contents(let data, let tag) = try await objects.get(key, unless: nil, upTo: ObjectBytes.record)
                {
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
    ///
    /// - Throws: ``RegistryError``, also where the store ignores the conditions of writes; nothing was stored then.
    func put(_ bundle: BundleContents) async throws {
        let key = try key(BundleLayout.manifest, of: bundle.id)
        guard let manifest = bundle.files[BundleLayout.manifest] else {
            throw RegistryError("the bundle has no \(BundleLayout.manifest); train or copy it again")
        }
        for (name, data) in bundle.files.sorted(by: { $0.key < $1.key }) {
            if let error = Self.sizeError(name, data.count) { throw error }
        }
        try await checkConditions(for: bundle.id.model)
        try await removeLeftovers(of: bundle.id.model)
        if try await isStored(bundle, at: key) { return try await complete(bundle) }
        for (name, data) in bundle.files.sorted(by: { $0.key < $1.key }) where name != BundleLayout.manifest {
            try await write(data, to: self.key(name, of: bundle.id))
        }
        // Otherwise another publisher of the same version was faster.
        if try await objects.put(key, manifest, if: .absent) == nil {
            guard try await isStored(bundle, at: key) else {
                throw RegistryError(
                    "version \(bundle.id.version) was stored and removed by others at this moment; try again"
                )
            }
        }
        // Whoever removed it may have seen the files before the manifest, and have taken them away since.
        try await complete(bundle)
    }

    /// Why a file of so many bytes is not stored; `nil` where it is: whoever fetches it holds it in one buffer.
    static func sizeError(_ name: String, _ bytes: Int) -> RegistryError? {
        let limit = name == BundleLayout.manifest ? ObjectBytes.record : ObjectBytes.file
        guard bytes > limit else { return nil }
        return RegistryError(
            "the file \(name) of the bundle has \(bytes) bytes, and a registry in S3 takes \(limit); store it in less precision "
                + "(--base-precision), or keep the registry in a folder"
        )
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

    /// Removes what publishers left that were ended: files of versions without a manifest, and objects with which the store was tried.
    private func removeLeftovers(of model: String) async throws {
        let end = Date(timeIntervalSinceNow: -Self.leftoverAge)
        let probes = try await objects.list(key("", of: model), isDeep: false).objects
        for probe in probes where try probe.key.hasPrefix(key(".conditions-", of: model)) && probe.modified < end {
            try await objects.delete(probe.key)
        }
        let prefix = try key("versions/", of: model)
        let files = try await objects.list(prefix, isDeep: true).objects
        for (version, files) in Dictionary(grouping: files, by: { $0.key.dropFirst(prefix.count).prefix { $0 != "/" } })
        {
            let manifest = "\(prefix)\(version)/\(BundleLayout.manifest)"
            guard files.allSatisfy({ $0.key != manifest && $0.modified < end }) else { continue }
            // Somebody may just be publishing it.
            guard case .absent = try await objects.get(manifest, unless: nil, upTo: ObjectBytes.record) else {
                continue
            }
            for file in files { try await objects.delete(file.key) }
        }
    }

    private func condition<Value>(_ seen: Seen<Value>?) -> ObjectCondition { seen.map { .matches($0.tag) } ?? .absent }

    /// Whether a version is there, as the bundle has it; it then counts among the newest again.
    private func isStored(_ bundle: BundleContents, at key: String) async throws -> Bool {
        guard case .contents(let stored, let tag) = try await objects.get(key, unless: nil, upTo: ObjectBytes.record)
        else { return false }
        try RegistryFile.check(bundle, against: stored, at: objects.place(of: key))
        _ = try await objects.put(key, stored, if: .matches(tag))
        return true
    }

    /// Writes what a stored version lacks, the manifest last: its files were lost, or are being removed with an older copy of it.
    private func complete(_ bundle: BundleContents) async throws {
        let stored = Set(try await objects.list(key("", of: bundle.id), isDeep: true).objects.map(\.key))
        let manifest = BundleLayout.manifest
        for name in bundle.files.keys.filter({ $0 != manifest }).sorted() + [manifest] {
            let key = try key(name, of: bundle.id)
            guard let data = bundle.files[name], !stored.contains(key) else { continue }
            try await write(data, to: key)
        }
    }

    /// Writes a file of a version that lacks it, or whose manifest is not there. What lies there was left by a publisher that was ended, or
    /// is just being written by another one of the same version.
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
    ///
    /// It is tried with an object of its own before anything is stored, for what was refused once must not pass the next time.
    private func checkConditions(for model: String) async throws {
        let key = try key(".conditions-\(UUID().uuidString)", of: model)
        let honoured: Bool
        do { honoured = try await objects.honoursConditions(key) } catch {
            // That it is left there harms nobody; why it could not be tried says more.
            try? await objects.delete(key)
            throw error
        }
        try await objects.delete(key)
        guard honoured else {
            throw RegistryError(
                "\(objects.place(of: "")): this store ignores the conditions of writes (If-None-Match and If-Match), so publishers would lose "
                    + "each other's changes; use one that honours them"
            )
        }
    }
}
