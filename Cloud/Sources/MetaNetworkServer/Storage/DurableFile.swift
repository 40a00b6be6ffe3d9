import Foundation

/// Files that are on the disk, and not only in its cache, once a call returns.
enum DurableFile {
    /// Writes a file that is not there yet.
    static func write(_ data: Data, to url: URL) throws {
        try data.write(to: url, options: .withoutOverwriting)
        let handle = try FileHandle(forUpdating: url)
        try handle.synchronize()
        try handle.close()
    }

    /// Replaces a file whole: a reader sees the old or the new one.
    static func replace(_ url: URL, with data: Data) throws {
        let folder = url.deletingLastPathComponent()
        let aside = folder.appendingPathComponent(".\(url.lastPathComponent).\(UUID().uuidString)")
        do {
            try write(data, to: aside)
            guard rename(aside.path, url.path) == 0 else { throw RegistryError(String(cString: strerror(errno))) }
        } catch {
            try? FileManager.default.removeItem(at: aside)
            throw error
        }
        syncFolder(folder)
    }

    /// The contents of a file; `nil` where there is none, and only there.
    static func read(_ url: URL) throws(RegistryError) -> Data? {
        let descriptor = open(url.path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw RegistryError("\(url.path) cannot be read: \(String(cString: strerror(errno)))")
        }
        let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        do {
            return try handle.readToEnd() ?? Data()
        } catch {
            throw RegistryError("\(url.path) cannot be read: \(error.localizedDescription)")
        }
    }

    /// Has the names in a folder survive a power cut. Some network disks cannot; they keep names in their own way.
    static func syncFolder(_ folder: URL) {
        let descriptor = open(folder.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        _ = fsync(descriptor)
        close(descriptor)
    }
}
