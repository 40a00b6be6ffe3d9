import Foundation

/// Files in anything that speaks S3, as the tool reads and writes them: `s3://BUCKET/PREFIX`.
package struct ObjectPlace: Sendable, CustomStringConvertible {
    private let store: S3Store

    /// Whether a text is meant as one.
    package static func isAddress(_ text: String) -> Bool { S3Address.isAddress(text) }

    /// Reads an address; nothing is asked yet.
    ///
    /// - Parameters:
    ///   - text: `s3://BUCKET/PREFIX`.
    ///   - environment: Has the keys and the server (`AWS_…`).
    /// - Throws: ``ConfigurationProblem``.
    package init(
        _ text: String,
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws(ConfigurationProblem) {
        store = try S3Store(S3Address(text), environment: environment)
    }

    package var description: String { "\(store.address)" }

    /// Where a file is, for people.
    package func place(of name: String) -> String { store.place(of: name) }

    /// Reads a small file; `nil` where there is none.
    ///
    /// - Throws: ``ObjectStoreError``.
    package func read(_ name: String) async throws -> Data? {
        guard case .contents(let data, _) = try await store.get(name, unless: nil, upTo: ObjectBytes.record) else {
            return nil
        }
        return data
    }

    /// Copies a file to this machine, of whatever size.
    ///
    /// - Returns: Whether there is one.
    /// - Throws: ``ObjectStoreError``.
    package func fetch(_ name: String, to url: URL) async throws -> Bool { try await store.fetch(name, to: url) }

    /// Writes a file where there is none.
    ///
    /// - Parameters:
    ///   - data: Its contents, less than 4 GiB; a mapped file is not read into memory.
    ///   - name: Its name.
    /// - Returns: Whether there was none.
    /// - Throws: ``ObjectStoreError``.
    package func write(_ data: Data, as name: String) async throws -> Bool {
        guard data.count <= ObjectBytes.file else {
            throw ObjectStoreError("\(place(of: name)) cannot be written: it has 4 GiB or more; make smaller files")
        }
        return try await store.put(name, data, if: .absent) != nil
    }

    /// Removes a file.
    ///
    /// - Throws: ``ObjectStoreError``.
    package func remove(_ name: String) async throws { try await store.delete(name) }

    /// The names of all files, in order.
    ///
    /// - Throws: ``ObjectStoreError``.
    package func names() async throws -> [String] { try await store.list("", isDeep: true).objects.map(\.key) }

    /// Where this machine keeps what it fetched from here.
    ///
    /// - Parameter kind: What it is, in a word.
    /// - Throws: ``ConfigurationProblem`` where there is no folder for it.
    package func fetched(_ kind: String) throws(ConfigurationProblem) -> FetchedFolders {
        FetchedFolders(try UserCache.folder(kind).appendingPathComponent(store.folderName))
    }
}
