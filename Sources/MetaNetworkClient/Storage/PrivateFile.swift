import Foundation

/// Files and folders that only this user can read, and on a phone nobody before it was unlocked once after it started.
enum PrivateFile {
    /// Makes a folder private, and makes it first where there is none.
    static func makeFolder(_ folder: URL) throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        protect(folder, rights: 0o700)
    }

    /// Writes a private file; a reader sees the old or the new one, whole.
    static func write(_ contents: Data, to url: URL) throws {
        try contents.write(to: url, options: .atomic)
        protect(url, rights: 0o600)
    }

    /// Writes a private file aside and renames it, without waiting for the disk: that takes a hundred times as long. For what is
    /// written often and may be lost: who reads in the instant of the change, or after the system failed, may find no file or a
    /// damaged one. One at a time may write it.
    static func writeSoon(_ contents: Data, to url: URL) throws {
        let aside = url.appendingPathExtension("new")
        let file = open(aside.path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw ClientError.system(aside.path) }
        let handle = FileHandle(fileDescriptor: file, closeOnDealloc: true)
        try handle.write(contentsOf: contents)
        try handle.close()
        protect(aside, rights: 0o600)
        // A file system would wait for the new file's bytes before it replaced another by it.
        unlink(url.path)
        guard rename(aside.path, url.path) == 0 else { throw ClientError.system(url.path) }
    }

    /// Takes a file's or folder's rights from all others. A file system that knows no rights keeps it as it is.
    static func protect(_ url: URL, rights: Int) {
        var attributes: [FileAttributeKey: Any] = [.posixPermissions: rights]
        #if os(iOS) || os(tvOS) || os(watchOS) || os(visionOS)
        attributes[.protectionKey] = FileProtectionType.completeUntilFirstUserAuthentication
        #endif
        try? FileManager.default.setAttributes(attributes, ofItemAtPath: url.path)
    }
}
