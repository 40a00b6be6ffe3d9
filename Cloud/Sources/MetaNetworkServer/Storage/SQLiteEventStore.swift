import Foundation
import GRDB
import MetaNetwork

/// Shared samples in an SQLite file.
///
/// The log is write-ahead and every commit reaches the disk (`synchronous = FULL`), so acknowledged events survive the death of the
/// process and of the machine. Deleted events are overwritten. Only the file's owner can read it. Messages that wait at the same
/// time share one commit.
public final class SQLiteEventStore: EventStore {
    private let database: any DatabaseWriter
    private let commits: EventCommitQueue

    /// Opens a file for a service; it is created where it does not exist.
    ///
    /// - Parameters:
    ///   - file: The database.
    ///   - waitingLimit: Maximum number of events that wait for a commit; it bounds the memory that they take.
    /// - Throws: ``ConfigurationProblem``.
    public convenience init(_ file: URL, waitingLimit: Int = 65_536) throws(ConfigurationProblem) {
        var configuration = Configuration()
        // Another process may be taking its turn, for example a second server that replaces the first.
        configuration.busyMode = .timeout(5)
        configuration.prepareDatabase { database in
            try database.execute(sql: "PRAGMA synchronous = FULL; PRAGMA secure_delete = ON")
        }
        // SQLite's sidecar files inherit this file's permissions. Where it cannot be created, SQLite says why.
        if !FileManager.default.fileExists(atPath: file.path) {
            _ = FileManager.default.createFile(atPath: file.path, contents: nil, attributes: [.posixPermissions: 0o600])
        }
        let pool: DatabasePool
        do {
            pool = try DatabasePool(path: file.path, configuration: configuration)
            try Self.migrator.migrate(pool)
        } catch {
            throw ConfigurationProblem("\(file.path) cannot be opened as SQLite: \(error); name another file")
        }
        self.init(pool, waitingLimit: waitingLimit)
    }

    /// Opens the file of a service to read its events; the service may go on writing meanwhile.
    ///
    /// - Throws: ``ConfigurationProblem`` where it does not exist or holds something else.
    public convenience init(reading file: URL) throws(ConfigurationProblem) {
        guard FileManager.default.fileExists(atPath: file.path) else {
            throw ConfigurationProblem("\(file.path) is not there; name the file given to `metanetwork serve --events`")
        }
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(5)
        let queue: DatabaseQueue
        let hasEvents: Bool
        do {
            queue = try DatabaseQueue(path: file.path, configuration: configuration)
            hasEvents = try queue.read { try $0.tableExists("event") }
        } catch {
            throw ConfigurationProblem("\(file.path) cannot be read as SQLite: \(error); name a file of events")
        }
        guard hasEvents else {
            throw ConfigurationProblem(
                "\(file.path) holds no events; name the file given to `metanetwork serve --events`"
            )
        }
        self.init(queue, waitingLimit: .max)
    }

    private init(_ database: any DatabaseWriter, waitingLimit: Int) {
        self.database = database
        commits = EventCommitQueue(eventLimit: waitingLimit) { messages in
            try database.write { try Self.insert(messages, into: $0) }
        }
    }

    /// `number` keeps the order of arrival, where several samples have the same second.
    private static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("events") { database in
            try database.execute(
                sql: """
                    CREATE TABLE event (
                        number INTEGER PRIMARY KEY, device TEXT NOT NULL, id TEXT NOT NULL, model TEXT NOT NULL,
                        item TEXT NOT NULL, time INTEGER NOT NULL, UNIQUE (device, id)
                    );
                    CREATE INDEX event_time ON event (time);
                    """
            )
        }
        return migrator
    }

    private static func insert(
        _ messages: [EventMessage],
        into database: Database
    ) throws -> [SampleEventsReceipt] {
        let insert = try database.cachedStatement(
            sql: "INSERT OR IGNORE INTO event (device, id, model, item, time) VALUES (?, ?, ?, ?, ?)"
        )
        return try messages.map { message in
            var stored = 0
            for event in message.events {
                try insert.execute(arguments: [message.device, event.id, message.model, event.item, event.time])
                stored += database.changesCount
            }
            return SampleEventsReceipt(stored: stored, repeated: message.events.count - stored)
        }
    }

    /// Stores the events of a message, all of them or none.
    public func append(_ message: EventMessage) async throws -> SampleEventsReceipt {
        try await commits.append(message)
    }

    /// Removes everything that a device shared.
    public func delete(device: String) async throws -> Int {
        try await database.write { database in
            try database.execute(sql: "DELETE FROM event WHERE device = ?", arguments: [device])
            return database.changesCount
        }
    }

    /// Removes the events that happened before a time, in seconds since 1970.
    public func delete(before time: Int) async throws -> Int { try await delete(before: time, step: 10_000) }

    /// Deletes `step` events a transaction, so that devices can store theirs in between.
    func delete(before time: Int, step: Int) async throws -> Int {
        var count = 0
        while true {
            let removed = try await database.write { database in
                try database.execute(
                    sql: "DELETE FROM event WHERE number IN (SELECT number FROM event WHERE time < ? LIMIT ?)",
                    arguments: [time, step]
                )
                return database.changesCount
            }
            count += removed
            if removed < step { return count }
        }
    }

    /// The models that events were shared for, in order.
    public func models() throws -> [String] {
        try database.read { try String.fetchAll($0, sql: "SELECT DISTINCT model FROM event ORDER BY model") }
    }

    /// The events of a model, device by device, in order of time and then of arrival.
    public func events(of model: String) -> AsyncThrowingStream<StoredEvent, any Error> {
        let pages = EventPages(model)
        return AsyncThrowingStream(unfolding: { [database] in
            if let event = pages.next() { return event }
            try await database.read { try pages.load($0) }
            return pages.next()
        })
    }

    /// Reads the events of a model as they stand at one moment, in the order of ``events(of:)``, for callers that cannot wait
    /// asynchronously.
    package func forEachEvent(of model: String, _ body: (StoredEvent) throws -> Void) throws {
        try database.read { database in
            let pages = EventPages(model)
            while true {
                try pages.load(database)
                guard let first = pages.next() else { return }
                try body(first)
                while let event = pages.next() { try body(event) }
            }
        }
    }

    /// Number of events.
    func count() throws -> Int { try database.read { try Table("event").fetchCount($0) } }
}
