import Foundation

/// Where shared events are kept: an SQLite file, a database of PostgreSQL, or objects in S3.
package struct EventAddress: Sendable, CustomStringConvertible {
    private enum Place {
        case file(URL)
        case database(PostgresAddress)
        case objects(S3Address)
    }

    private let place: Place

    /// Reads an address.
    ///
    /// - Parameter text: The path of a file, `postgres://user@host/database`, or `s3://BUCKET/PREFIX`.
    /// - Throws: ``ConfigurationProblem`` where it is none.
    package init(_ text: String) throws(ConfigurationProblem) {
        place =
            if PostgresAddress.isAddress(text) {
                .database(try PostgresAddress(text))
            } else if S3Address.isAddress(text) {
                .objects(try S3Address(text))
            } else { .file(URL(fileURLWithPath: text)) }
    }

    /// The file; `nil` where there is a server.
    package var file: URL? { if case .file(let file) = place { file } else { nil } }

    /// Whether they are objects in S3: choices are not counted there, and inputs have no numbers that last.
    package var isInObjects: Bool { if case .objects = place { true } else { false } }

    /// The address without a password.
    package var description: String {
        switch place {
        case .file(let file): file.path
        case .database(let address): address.description
        case .objects(let address): address.description
        }
    }

    /// Opens the store for a service; what does not exist is made, but for a bucket.
    ///
    /// - Parameters:
    ///   - quota: How much it takes; in objects no number of bytes bounds it.
    ///   - environment: Has the keys and the server of S3 (`AWS_…`).
    /// - Throws: ``ConfigurationProblem``.
    package func open(
        quota: EventQuota = EventQuota(),
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws(ConfigurationProblem) -> any EventStore {
        switch place {
        case .file(let file): return try SQLiteEventStore(file, quota: quota)
        case .database(let address): return try PostgresEventStore(address, quota: quota)
        case .objects(let address):
            return try Self.open(S3Store(address, environment: environment), quota)
        }
    }

    /// Opens a place in S3, where all that writes has the server's clock.
    private static func open(_ objects: S3Store, _ quota: EventQuota) throws(ConfigurationProblem) -> ObjectEventStore {
        let store = ObjectEventStore(objects, quota: quota, now: objects.clock.seconds)
        try store.check()
        guard objects.clock.date() != nil else {
            throw ConfigurationProblem(
                "events cannot be kept in \(objects.address): the server does not say what time it is (Date), by which services know which events a "
                    + "deletion came after; use one that does"
            )
        }
        return store
    }

    /// Deletes all that is stored of a device, as if the device had asked; the service may go on writing.
    ///
    /// - Parameters:
    ///   - device: The device.
    ///   - environment: Has the keys and the server of S3 (`AWS_…`).
    /// - Returns: How many events there were; in objects those count, too, that were deleted before and whose bytes are still there.
    /// - Throws: ``ConfigurationProblem`` where there is no such store, or what its medium throws. In objects the deletion may be noted all the same;
    ///   it says so.
    package func delete(
        device: String,
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) async throws -> Int {
        guard case .objects(let address) = place else {
            // What is opened to be written is made where it is not there.
            _ = try read(environment: environment)
            return try await open(environment: environment).delete(device: device)
        }
        let objects = try S3Store(address, environment: environment)
        let store = try Self.open(objects, EventQuota())
        // First, whatever is in the way of those who read.
        _ = try await store.delete(device: device)
        do {
            guard try await !objects.eventModels().isEmpty else { throw ObjectEventSource.nothing(in: objects) }
            return try await store.count(ofDevice: device)
        } catch {
            throw ConfigurationProblem(
                "the deletion is noted, and whoever reads leaves the samples out, but they cannot be counted: \(error)"
            )
        }
    }

    /// Opens the store of a service to read its events; the service may go on writing meanwhile.
    ///
    /// - Parameter environment: Has the keys and the server of S3 (`AWS_…`).
    /// - Throws: ``ConfigurationProblem`` where it does not exist or holds something else.
    package func read(
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws(ConfigurationProblem) -> any EventSource {
        switch place {
        case .file(let file): try SQLiteEventStore(reading: file)
        case .database(let address): try PostgresEventStore(reading: address)
        case .objects(let address): try ObjectEventSource(S3Store(address, environment: environment))
        }
    }
}
