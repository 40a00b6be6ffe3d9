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

    /// Takes a file's or folder's rights from all others. A file system that knows no rights keeps it as it is.
    static func protect(_ url: URL, rights: Int) {
        var attributes: [FileAttributeKey: Any] = [.posixPermissions: rights]
        #if os(iOS) || os(tvOS) || os(watchOS) || os(visionOS)
        attributes[.protectionKey] = FileProtectionType.completeUntilFirstUserAuthentication
        #endif
        try? FileManager.default.setAttributes(attributes, ofItemAtPath: url.path)
    }
}
