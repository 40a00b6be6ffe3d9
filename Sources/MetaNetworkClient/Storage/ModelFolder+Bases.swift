import Crypto
import Foundation
import MetaNetwork

extension ModelFolder {
    /// The base in use and what the server called its manifest.
    struct Current: Codable, Sendable, Equatable {
        var digest: String
        var entityTag: String?
    }

    private var current: URL { root.appendingPathComponent("current") }

    /// The base in use; `nil` where it is not written down, or damaged.
    func currentBase() throws -> Current? {
        do {
            return try SealedFile.read(current, limit: 1 << 12).map { try JSONDecoder().decode(Current.self, from: $0) }
        } catch {
            setAside(current)
            throw ClientError.storage(reason: "the note of the current version is damaged")
        }
    }

    /// Names of the bases on disk, the current one first.
    func baseDigests(current: String?) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: bases.path)) ?? []
        let digests = names.filter { $0.utf8.count == 64 && $0.allSatisfy(\.isHexDigit) }.sorted()
        return digests.filter { $0 == current } + digests.filter { $0 != current }
    }

    /// The files of a base, read while no other process replaces them.
    ///
    /// - Throws: As ``contents(ofBase:)``.
    func lockedContents(ofBase digest: String) throws -> BundleContents {
        // Where nothing can be locked, nothing can be written either, so nobody replaces it.
        guard FileManager.default.isWritableFile(atPath: root.path) else { return try contents(ofBase: digest) }
        return try lock.locked { try contents(ofBase: digest) }
    }

    /// Sets a base aside, unless another process has put its own there since it was read.
    ///
    /// - Parameters:
    ///   - digest: The base.
    ///   - number: The ``number(ofBase:)`` that it had before it was read.
    /// - Returns: Whether it was still that one.
    func setAside(base digest: String, ifStill number: UInt64?) -> Bool {
        let isSame = try? lock.locked {
            guard self.number(ofBase: digest) == number else { return false }
            setAside(bases.appendingPathComponent(digest))
            return true
        }
        // Without a lock it stays: it is looked at again at the next launch.
        return isSame ?? true
    }

    /// The number that the file system gives a base's folder, which another process's in its place has not; `nil` where there
    /// is none.
    func number(ofBase digest: String) -> UInt64? {
        let values = try? FileManager.default.attributesOfItem(atPath: bases.appendingPathComponent(digest).path)
        return (values?[.systemFileNumber] as? NSNumber)?.uint64Value
    }

    /// The files of a base.
    ///
    /// - Throws: ``ClientError`` where one is missing, too large, or not the one that was stored.
    func contents(ofBase digest: String) throws -> BundleContents {
        let contents = try Self.contents(of: bases.appendingPathComponent(digest), limits)
        guard SHA256.hexadecimal(of: contents.manifest) == digest else {
            throw ClientError.storage(reason: "the manifest of a stored version is damaged")
        }
        return contents
    }

    /// The files of any bundle.
    static func contents(of folder: URL, _ limits: Limits) throws -> BundleContents {
        func read(_ name: String, _ limit: Int) throws -> Data {
            let data = try BoundedFile.read(folder.appendingPathComponent(name), limit: limit)
            guard let data else { throw ClientError.storage(reason: "\(folder.lastPathComponent) has no \(name)") }
            return data
        }
        return BundleContents(
            manifest: try read(BundleLayout.manifest, limits.manifestBytes),
            device: try read(BundleLayout.device, limits.deviceBytes),
            vocabulary: try read(BundleLayout.vocabulary, limits.vocabularyBytes)
        )
    }

    /// A new folder for files that are being fetched. What an app that was ended left behind a day ago goes.
    func folderForFetching() throws -> URL {
        let files = FileManager.default
        let names = (try? files.contentsOfDirectory(atPath: bases.path)) ?? []
        for name in names where name.hasPrefix("fetching-") {
            let old = bases.appendingPathComponent(name)
            let date = (try? files.attributesOfItem(atPath: old.path))?[.modificationDate] as? Date
            if let date, date.timeIntervalSinceNow < -86_400 { try? files.removeItem(at: old) }
        }
        let folder = bases.appendingPathComponent("fetching-\(UUID().uuidString)", isDirectory: true)
        try PrivateFile.makeFolder(folder)
        return folder
    }

    /// Makes a fetched folder the current base; older bases than the last two go.
    func keep(_ fetched: URL?, as base: Current, before: String?) throws {
        try lock.locked {
            let files = FileManager.default
            let place = bases.appendingPathComponent(base.digest, isDirectory: true)
            if let fetched {
                for name in try files.contentsOfDirectory(atPath: fetched.path) {
                    PrivateFile.protect(fetched.appendingPathComponent(name), rights: 0o600)
                }
                if files.fileExists(atPath: place.path) { try files.removeItem(at: place) }
                try files.moveItem(at: fetched, to: place)
            }
            try SealedFile.write(try JSONEncoder().encode(base), to: current)
            let kept = [base.digest, before]
            for name in baseDigests(current: nil) where !kept.contains(name) {
                try? files.removeItem(at: bases.appendingPathComponent(name))
            }
        }
    }
}
