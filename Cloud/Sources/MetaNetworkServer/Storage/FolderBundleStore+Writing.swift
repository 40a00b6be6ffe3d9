import Foundation
import MetaNetwork

extension FolderBundleStore {
    /// Replaces the releases of a model, unless somebody else has done so in the meantime.
    public func replace(_ old: Releases?, with new: Releases, of model: String) throws -> Bool {
        try withLock(on: model) {
            guard try findReleases(of: model) == old else { return false }
            try write(new, to: releasesFile(model))
            return true
        }
    }

    /// Adds to what publishers have said, unless somebody else has done so in the meantime.
    public func extend(_ old: ReleaseLog, to new: ReleaseLog, of model: String) throws -> Bool {
        try withLock(on: model) {
            guard try log(of: model) == old else { return false }
            let url = logFile(model)
            do {
                try DurableFile.replace(url, with: new.data)
            } catch {
                throw RegistryError("\(url.path) cannot be written: \(error.localizedDescription)")
            }
            return true
        }
    }

    /// Adds to what services say of a version.
    public func note(_ health: VersionHealth, of bundle: BundleID) throws {
        // A service does not wait for publishers, who may be copying for minutes.
        try lock(on: bundle.model).locked(waiting: false) {
            // What is damaged is written anew: it is notes, and all of them come again.
            var known = (try? self.health(of: bundle.model)) ?? [:]
            known[bundle.version] = known[bundle.version].map { $0.adding(health) } ?? health
            let stored = Set(try versions(of: bundle.model))
            try write(known.filter { stored.contains($0.key) }, to: servedFile(bundle.model))
        }
    }

    /// Stores a bundle whole or not at all.
    public func put(_ bundle: BundleContents) throws {
        try withLock(on: bundle.id.model) {
            let versions = versionsFolder(bundle.id.model)
            removeLeftovers(in: versions)
            let target = folder(bundle.id)
            guard !FileManager.default.fileExists(atPath: target.path) else { return try checkSame(bundle, at: target) }
            let aside = versions.appendingPathComponent(".\(UUID().uuidString)")
            do {
                try FileManager.default.createDirectory(at: aside, withIntermediateDirectories: true)
                for (name, data) in bundle.files { try DurableFile.write(data, to: aside.appendingPathComponent(name)) }
                DurableFile.syncFolder(aside)
                try FileManager.default.moveItem(at: aside, to: target)
                DurableFile.syncFolder(versions)
            } catch {
                try? FileManager.default.removeItem(at: aside)
                throw RegistryError("\(target.path) cannot be written: \(error.localizedDescription)")
            }
        }
    }

    /// Removes a stored bundle that the releases do not name.
    public func remove(_ bundle: BundleID) throws -> Bool {
        try withLock(on: bundle.model) {
            guard try !releases(of: bundle.model).versions.contains(bundle.version) else { return false }
            let versions = versionsFolder(bundle.model)
            // Out of sight at once; files that are being sent stay open.
            let aside = versions.appendingPathComponent(".\(UUID().uuidString)")
            do {
                try FileManager.default.moveItem(at: folder(bundle), to: aside)
                DurableFile.syncFolder(versions)
                try FileManager.default.removeItem(at: aside)
            } catch {
                throw RegistryError("\(folder(bundle).path) cannot be removed: \(error.localizedDescription)")
            }
            return true
        }
    }

    private func checkSame(_ bundle: BundleContents, at target: URL) throws {
        let url = target.appendingPathComponent(BundleLayout.manifest)
        guard let data = try DurableFile.read(url) else {
            throw RegistryError("\(target.path) has no \(BundleLayout.manifest); remove the folder and publish again")
        }
        try RegistryFile.check(bundle, against: data, at: url.path)
        // It counts among the newest again.
        try? FileManager.default.setAttributes([.modificationDate: Date()], ofItemAtPath: target.path)
    }

    /// Nobody else writes meanwhile, so what has a temporary name was left by a process that was ended.
    private func removeLeftovers(in versions: URL) {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: versions.path)) ?? []
        for name in names where name.hasPrefix(".") && UUID(uuidString: String(name.dropFirst())) != nil {
            try? FileManager.default.removeItem(at: versions.appendingPathComponent(name))
        }
    }

    private func write(_ value: some Encodable, to url: URL) throws {
        do {
            try DurableFile.replace(url, with: RegistryFile.data(of: value))
        } catch {
            throw RegistryError("\(url.path) cannot be written: \(error.localizedDescription)")
        }
    }

    private func lock(on model: String) -> ModelLock { ModelLock(folder: directory.appendingPathComponent(model)) }

    /// Keeps other processes from changing a model, which may be new, meanwhile.
    private func withLock<Result>(on model: String, _ body: () throws -> Result) throws -> Result {
        let lock = lock(on: model)
        do {
            try FileManager.default.createDirectory(at: lock.folder, withIntermediateDirectories: true)
        } catch {
            throw RegistryError("\(lock.folder.path) cannot be made: \(error.localizedDescription)")
        }
        return try lock.locked(body)
    }
}
