import Crypto
import Foundation

/// Where a registry is: a folder, or `s3://BUCKET/PREFIX`.
package struct RegistryAddress: Sendable, CustomStringConvertible {
    private enum Place {
        case folder(URL)
        case objects(S3Address)
    }

    private let place: Place

    /// Reads an address.
    ///
    /// - Parameter text: The path of a folder, or `s3://BUCKET/PREFIX`.
    /// - Throws: ``ConfigurationProblem`` where it is none.
    package init(_ text: String) throws(ConfigurationProblem) {
        guard !S3Address.isAddress(text) else {
            place = .objects(try S3Address(text))
            return
        }
        // What comes after the scheme may hold keys.
        guard let scheme = text.range(of: "://") else {
            place = .folder(URL(fileURLWithPath: text))
            return
        }
        throw ConfigurationProblem(
            "a registry cannot be at '\(text[..<scheme.upperBound].prefix(40))…': give a folder, or s3://BUCKET/PREFIX in small letters"
        )
    }

    package var description: String {
        switch place {
        case .folder(let folder): folder.path
        case .objects(let address): address.description
        }
    }

    /// Opens the registry; nothing is read, made or asked yet.
    ///
    /// - Parameters:
    ///   - cache: The folder for versions of a registry elsewhere; `nil` for one of this user's.
    ///   - environment: Has the keys and the server (`AWS_…`).
    /// - Throws: ``ConfigurationProblem``.
    package func open(
        cache: URL? = nil,
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws(ConfigurationProblem) -> any BundleStore {
        switch place {
        case .folder(let folder): return FolderBundleStore(folder)
        case .objects(let address):
            let store = try S3Store(address, environment: environment)
            // Registries of one name at two servers are two.
            let name = SHA256.hash(data: Data("\(store.endpoint.base)\(store.endpoint.path)\(address.prefix)".utf8))
                .hexadecimalDigits.prefix(16)
            let folder = if let cache { cache } else { try Self.usualCache() }
            return ObjectBundleStore(store, cache: BundleCache(folder.appendingPathComponent(String(name))))
        }
    }

    /// A folder that is this user's alone: in the user's cache, or where that cannot be written to, as in a container, among temporary files.
    private static func usualCache() throws(ConfigurationProblem) -> URL {
        let caches = FileManager.default.urls(for: .cachesDirectory, in: .userDomainMask).first
        let places = [
            caches?.appendingPathComponent("metanetwork/registry"),
            FileManager.default.temporaryDirectory.appendingPathComponent("metanetwork-registry-\(getuid())"),
        ].compactMap(\.self)
        for folder in places {
            try? FileManager.default.createDirectory(
                at: folder,
                withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700]
            )
            if isOwn(folder), access(folder.path, W_OK) == 0 { return folder }
        }
        throw ConfigurationProblem(
            "there is no folder to keep versions of the registry in: give --registry-cache FOLDER"
        )
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
