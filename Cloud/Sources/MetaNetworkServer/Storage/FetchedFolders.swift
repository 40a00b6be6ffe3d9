import Foundation

/// Folders with what was fetched from elsewhere, side by side in a folder of this machine that several processes may share. Each is written
/// aside and renamed, so that it is there whole or not at all.
package struct FetchedFolders: Sendable {
    /// The folder that they are in.
    package let folder: URL

    /// Time after which what processes left that were ended is removed: nothing takes as long to fetch.
    private static let leftoverAge = Duration.seconds(86_400)

    /// Names the folder, which is made once there is something to keep.
    init(_ folder: URL) { self.folder = folder }

    /// Where one is.
    package subscript(_ name: String) -> URL { folder.appendingPathComponent(name) }

    /// Writes one aside, and puts it in the place of what is there.
    ///
    /// - Parameters:
    ///   - name: Its name.
    ///   - body: Fills a folder that is empty.
    /// - Throws: ``RegistryError`` where it cannot be made, or what `body` throws.
    package func write(_ name: String, _ body: (URL) async throws -> Void) async throws {
        try await aside { url in
            try await body(url)
            try move(url, to: self[name])
        }
    }

    /// Lends a folder that is empty, and gone afterwards.
    ///
    /// - Throws: ``RegistryError`` where it cannot be made, or what `body` throws.
    package func aside<Result>(_ body: (URL) async throws -> Result) async throws -> Result {
        let aside = folder.appendingPathComponent(".\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: aside) }
        try make(aside)
        return try await body(aside)
    }

    /// Checks that there is room.
    ///
    /// - Throws: ``RegistryError`` where there is less.
    package func checkRoom(for bytes: Int) throws {
        try make(folder)
        let attributes = try? FileManager.default.attributesOfFileSystem(forPath: folder.path)
        // Where the system does not say, writing will.
        guard let free = (attributes?[.systemFreeSize] as? NSNumber)?.intValue, free < bytes else { return }
        throw RegistryError("\(folder.path) has room for \(free) bytes, and \(bytes) are to be fetched; \(Self.remedy)")
    }

    /// Runs an operation on one while no other process does. The lock goes with the process, however it ends.
    ///
    /// - Throws: ``RegistryError`` where it cannot be locked, `CancellationError`, or what the operation throws.
    package func locked<Result>(_ name: String, _ body: () async throws -> Result) async throws -> Result {
        try make(folder)
        let path = folder.appendingPathComponent(Self.lock(of: name)).path
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw RegistryError("\(path) cannot be opened: \(String(cString: strerror(errno)))")
        }
        // Closing it gives the lock back.
        defer { close(descriptor) }
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            guard [EWOULDBLOCK, EINTR].contains(errno) else {
                throw RegistryError("\(path) cannot be locked: \(String(cString: strerror(errno)))")
            }
            try await S3Store.wait(.milliseconds(100))
        }
        return try await body()
    }

    private static func lock(of name: String) -> String { ".\(name).lock" }

    private static func isLock(_ name: String) -> Bool { name.hasPrefix(".") && name.hasSuffix(".lock") }

    private func make(_ folder: URL) throws {
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        } catch {
            throw RegistryError("\(folder.path) cannot be made: \(error.localizedDescription); \(Self.remedy)")
        }
    }

    /// Writes a file of one.
    func keep(_ data: Data, at url: URL) throws {
        do { try data.write(to: url) } catch {
            throw RegistryError("\(url.path) cannot be written: \(error.localizedDescription); \(Self.remedy)")
        }
    }

    /// What was there goes out of the way first: a folder cannot be renamed over one that is not empty.
    private func move(_ aside: URL, to target: URL) throws {
        let old = folder.appendingPathComponent(".\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: old) }
        if FileManager.default.fileExists(atPath: target.path) { _ = rename(target.path, old.path) }
        guard rename(aside.path, target.path) == 0 else {
            throw RegistryError("\(target.path) cannot be written: \(String(cString: strerror(errno)))")
        }
    }

    /// Remembers that one is used, so that it stays.
    package func noteUse(of name: String) {
        // Somebody may have removed it.
        try? FileManager.default.setAttributes([.modificationDate: Date()], ofItemAtPath: self[name].path)
    }

    /// Removes those that were not used for some time, and what processes left that were ended.
    ///
    /// - Parameters:
    ///   - age: Time after the last use.
    ///   - kept: Those that stay however long ago they were used.
    /// - Returns: What was removed.
    @discardableResult
    package func removeOld(after age: Duration, except kept: Set<String>) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.filter { name in
            // A lock may be held, and whoever opens another file of its name does not see that.
            guard !kept.contains(name), !Self.isLock(name) else { return false }
            let used = (try? self[name].resourceValues(forKeys: [.contentModificationDateKey]))?.contentModificationDate
            let age = name.hasPrefix(".") ? Self.leftoverAge : age
            guard let used, .seconds(-used.timeIntervalSinceNow) > age else { return false }
            try? FileManager.default.removeItem(at: self[name])
            return true
        }
    }

    /// How to have room.
    static let remedy = "make room, or give another folder (XDG_CACHE_HOME; --registry-cache for a registry)"
}
