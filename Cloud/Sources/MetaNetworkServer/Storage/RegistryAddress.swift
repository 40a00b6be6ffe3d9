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
            let folder = if let cache { cache } else { try UserCache.folder("registry") }
            return ObjectBundleStore(store, cache: BundleCache(folder.appendingPathComponent(store.folderName)))
        }
    }
}
