import Crypto
import Foundation
import MetaNetwork
import MetaNetworkWire

extension ModelFolder {
    /// The base in use.
    struct Current: Codable, Sendable, Equatable {
        /// SHA-256 of its manifest's bytes.
        var digest: String
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
    /// - Throws: As ``contents(ofBase:)``, or ``FolderLock/Busy`` where another process is at them.
    func lockedContents(ofBase digest: String) throws -> BundleContents {
        // Where nothing can be locked, nothing can be written either, so nobody replaces it.
        guard FileManager.default.isWritableFile(atPath: root.path) else { return try contents(ofBase: digest) }
        do {
            return try lock.locked { try contents(ofBase: digest) }
        } catch let busy as FolderLock.Busy {
            // What is read whole is good; what is not may only be on its way to its place.
            guard let contents = try? contents(ofBase: digest) else { throw busy }
            return contents
        }
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
        var contents = BundleContents(
            manifest: try read(BundleLayout.manifest, limits.manifestBytes),
            device: try read(BundleLayout.device, limits.deviceBytes),
            vocabulary: try read(BundleLayout.vocabulary, limits.vocabularyBytes)
        )
        for file in BundleFile.optional {
            let url = folder.appendingPathComponent(file.name)
            contents.others[file] = try BoundedFile.read(url, limit: file.limit(limits))
        }
        return contents
    }

    /// The folder for the files of a version that is being fetched, with what came of them before; those of other versions go.
    ///
    /// - Parameters:
    ///   - digest: The version's digest, see ``Current/digest``.
    ///   - files: The files that belong to it.
    ///   - manifest: Its manifest.
    ///   - number: The ``number(ofBase:)`` that the version had when it was not there, or damaged.
    /// - Returns: `nil` where another process has put the version there since.
    func folderForFetching(
        _ digest: String,
        _ files: [BundleFile],
        manifest: Data,
        ifStill number: UInt64?
    ) throws -> FetchFolder? {
        let folder = FetchFolder(root: fetching(digest), lock: lock, files: files)
        return try lock.locked {
            guard self.number(ofBase: digest) == number else { return nil }
            removeFetched(but: digest)
            try PrivateFile.makeFolder(folder.root)
            let place = folder.root.appendingPathComponent(BundleLayout.manifest)
            if (try? BoundedFile.read(place, limit: manifest.count)) != manifest {
                try PrivateFile.write(manifest, to: place)
            }
            return folder
        }
    }

    /// Bytes that have come of the files of a version that is being fetched.
    func received(_ files: [BundleFile], of digest: String) -> Int {
        let folder = FetchFolder(root: fetching(digest), lock: lock, files: files)
        return files.reduce(0) { sum, file in
            let places = [folder.place(of: file), folder.partialPlace(of: file)]
            return sum + (places.lazy.compactMap { FileNumber.size(atPath: $0.path) }.first ?? 0)
        }
    }

    /// Removes what came of a version that is not wanted any more; what cannot be removed now goes when the next one is fetched.
    func forgetFetched() { try? lock.locked { removeFetched() } }

    /// Removes what was fetched of other versions. The lock is held.
    private func removeFetched(but digest: String? = nil) {
        let kept = digest.map { fetching($0).lastPathComponent }
        let names = (try? FileManager.default.contentsOfDirectory(atPath: bases.path)) ?? []
        for name in names where name.hasPrefix(Self.fetchingPrefix) && name != kept {
            try? FileManager.default.removeItem(at: bases.appendingPathComponent(name))
        }
    }

    private static let fetchingPrefix = "fetching-"

    private func fetching(_ digest: String) -> URL {
        bases.appendingPathComponent(Self.fetchingPrefix + digest, isDirectory: true)
    }

    /// Makes a fetched folder the current base; older bases than the last two go, and what was fetched of others.
    ///
    /// - Parameters:
    ///   - fetched: The folder; `nil` where the base lies in its place already, as it does where another process was faster.
    ///   - base: The base.
    ///   - release: What its publisher says of it; `nil` where the app pins no publisher.
    ///   - before: The one in use until now.
    func keep(_ fetched: FetchFolder?, as base: Current, _ release: ReleaseStatement?, before: String?) throws {
        try lock.locked {
            let files = FileManager.default
            let place = bases.appendingPathComponent(base.digest, isDirectory: true)
            if let fetched, files.fileExists(atPath: fetched.root.path) || !files.fileExists(atPath: place.path) {
                // Another process may have removed it, and a third one begun anew.
                guard fetched.isComplete else { throw ClientError.storage(reason: "what was fetched is gone") }
                if files.fileExists(atPath: place.path) { try files.removeItem(at: place) }
                try files.moveItem(at: fetched.root, to: place)
            }
            if let release { try write(release, ofBase: base.digest) }
            try SealedFile.write(try JSONEncoder().encode(base), to: current)
            let kept = [base.digest, before]
            for name in baseDigests(current: nil) where !kept.contains(name) {
                try? files.removeItem(at: bases.appendingPathComponent(name))
            }
            removeFetched()
        }
    }
}
