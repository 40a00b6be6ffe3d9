import Crypto
import Foundation
import MetaNetwork

/// Where the files of a version lie until all of them have come.
///
/// ```
/// manifest.json
/// NAME.partial    what has come of a file
/// NAME.tag        what the service calls that file (`ETag`), where it says so
/// NAME            a file that is whole and has the manifest's digest
/// ```
///
/// Processes that fetch the same version share it. The lock is held for each operation and not for the minutes of a download, so each
/// process reads the network for itself; what one has written the others do not write again.
struct FetchFolder: Sendable {
    let root: URL
    let lock: FolderLock
    /// The files that make it complete.
    let files: [BundleFile]

    func place(of file: BundleFile) -> URL { root.appendingPathComponent(file.name) }
    func partialPlace(of file: BundleFile) -> URL { root.appendingPathComponent(file.name + ".partial") }
    func tagPlace(of file: BundleFile) -> URL { root.appendingPathComponent(file.name + ".tag") }

    /// Whether a file is whole and was checked.
    func isWhole(_ file: BundleFile) -> Bool { FileManager.default.fileExists(atPath: place(of: file).path) }

    /// Whether all files are.
    var isComplete: Bool { files.allSatisfy(isWhole) }

    /// What has come of a file so far.
    ///
    /// - Parameters:
    ///   - file: Which one.
    ///   - entry: What the manifest says of it.
    ///   - tell: Told how many bytes of the file there are as more come.
    /// - Throws: ``ClientError/storage(reason:)``.
    func part(
        of file: BundleFile,
        _ entry: BundleManifest.File,
        tell: @escaping @Sendable (Int) -> Void
    ) throws -> PartialFile {
        try lock.locked {
            var size = FileNumber.size(atPath: partialPlace(of: file).path)
            if let found = size, found > entry.bytes {
                // None of ours: it was never written further than the manifest says.
                try remove(file)
                size = nil
            }
            return PartialFile(file, of: entry.bytes, in: self, size: size, tag: self.tag(of: file), tell: tell)
        }
    }

    /// What the service called a file of which something has come; `nil` where it had no tag by which a part may be asked for.
    func tag(of file: BundleFile) -> String? {
        EntityTag.strong(try? String(contentsOf: tagPlace(of: file), encoding: .utf8))
    }

    /// Checks a file of which all has come, and gives it its name.
    ///
    /// - Throws: ``ClientError/untrusted(what:reason:)`` where its digest is not the manifest's: it is removed then.
    func finish(_ file: BundleFile, _ entry: BundleManifest.File) throws {
        let partial = partialPlace(of: file)
        // Reading takes longer than a lock may be held; whether it is still the same file is looked at afterwards.
        let number = FileNumber(ofPath: partial.path)
        guard let number, let data = try BoundedFile.read(partial, limit: entry.bytes) else { return }
        let isRight = data.count == entry.bytes && SHA256.hexadecimal(of: data) == entry.sha256
        try lock.locked {
            guard FileNumber(ofPath: partial.path) == number else { return }
            guard isRight else { return try remove(file) }
            PrivateFile.protect(partial, rights: 0o600)
            guard rename(partial.path, place(of: file).path) == 0 else { throw ClientError.system(partial.path) }
            unlink(tagPlace(of: file).path)
        }
        guard isRight else {
            throw ClientError.untrusted(what: file.name, reason: "its digest is not the manifest's")
        }
    }

    /// Takes a file that need not be fetched: whole, and checked by its digest.
    ///
    /// - Throws: ``ClientError/storage(reason:)``.
    func adopt(_ contents: Data, as file: BundleFile) throws {
        let copy = root.appendingPathComponent(file.name + ".copy")
        // Writing takes longer than a lock may be held.
        try PrivateFile.write(contents, to: copy)
        try lock.locked {
            guard !isWhole(file) else {
                // Another process has been faster, and what it has is as good.
                unlink(copy.path)
                return
            }
            guard rename(copy.path, place(of: file).path) == 0 else { throw ClientError.system(copy.path) }
            try remove(file)
        }
    }

    /// Removes what has come of a file. The lock is held.
    func remove(_ file: BundleFile) throws {
        for place in [tagPlace(of: file), partialPlace(of: file)] {
            guard unlink(place.path) == 0 || errno == ENOENT else { throw ClientError.system(place.path) }
        }
    }

    /// Removes all of it.
    func remove() { try? lock.locked { try FileManager.default.removeItem(at: root) } }
}
