import Crypto
import Foundation

/// Folders of this machine that keep what was fetched from elsewhere.
enum UserCache {
    /// A folder that is this user's alone: in the user's cache, or where that cannot be written to, as in a container, among temporary files.
    ///
    /// - Parameter kind: What it keeps, in a word.
    /// - Throws: ``ConfigurationProblem`` where there is none.
    static func folder(_ kind: String) throws(ConfigurationProblem) -> URL {
        let caches = FileManager.default.urls(for: .cachesDirectory, in: .userDomainMask).first
        let places = [
            caches?.appendingPathComponent("metanetwork/\(kind)"),
            FileManager.default.temporaryDirectory.appendingPathComponent("metanetwork-\(kind)-\(getuid())"),
        ].compactMap(\.self)
        for folder in places {
            try? FileManager.default.createDirectory(
                at: folder,
                withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700]
            )
            if isOwn(folder), access(folder.path, W_OK) == 0 { return folder }
        }
        let flag = kind == "registry" ? "--registry-cache FOLDER, or " : ""
        throw ConfigurationProblem("there is no folder to keep what is fetched of S3 in: give \(flag)XDG_CACHE_HOME")
    }

    /// Whether a folder is this user's and nobody else writes to it: among temporary files anybody may have made it, or a link of its name.
    private static func isOwn(_ folder: URL) -> Bool {
        let descriptor = Foundation.open(folder.path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        guard let status = FileStatus(descriptor: descriptor) else { return false }
        return status.isOwn && status.rights & 0o022 == 0
    }
}

extension S3Store {
    /// A name for a folder with what is fetched from here. Prefixes of one name at two servers are two.
    var folderName: String {
        let place = "\(endpoint.base)\(endpoint.path)\(address.prefix)"
        return String(SHA256.hash(data: Data(place.utf8)).hexadecimalDigits.prefix(16))
    }
}
