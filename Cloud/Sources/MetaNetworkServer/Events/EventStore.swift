import Foundation
import GRDB
import MetaNetwork

/// The samples that devices shared, in SQLite: what the next training learns from.
///
/// The log is write-ahead and every commit reaches the disk (`synchronous = FULL`), so what was acknowledged survives the death of
/// the process and of the machine. What is deleted is overwritten. The file is for its owner's eyes only.
final class EventStore: Sendable {
    private let database: DatabasePool

    /// Opens a file, which is made where it is not there.
    ///
    /// - Throws: ``ConfigurationProblem``.
    init(_ file: URL) throws(ConfigurationProblem) {
        var configuration = Configuration()
        // Another process may be taking its turn, for example a second server that replaces the first.
        configuration.busyMode = .timeout(5)
        configuration.prepareDatabase { database in
            try database.execute(sql: "PRAGMA synchronous = FULL; PRAGMA secure_delete = ON")
        }
        // SQLite gives its other files the rights of this one. Where it cannot be made, SQLite says why.
        if !FileManager.default.fileExists(atPath: file.path) {
            _ = FileManager.default.createFile(atPath: file.path, contents: nil, attributes: [.posixPermissions: 0o600])
        }
        do {
            database = try DatabasePool(path: file.path, configuration: configuration)
            try Self.migrator.migrate(database)
        } catch {
            throw ConfigurationProblem("\(file.path) cannot be opened as SQLite: \(error); name another file")
        }
    }

    /// The number keeps the order of arrival, where several samples have the same second.
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

    /// What a device sent in one message.
    struct Message: Sendable {
        let device: String
        let model: String
        let events: [SampleEvents.Event]
    }

    /// Stores messages in one transaction; an event that is there already is kept as it is.
    ///
    /// - Returns: For each message how many of its events were new.
    func store(_ messages: [Message]) throws -> [SampleEventsReceipt] {
        try database.write { database in
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
    }

    /// Removes everything that a device shared.
    ///
    /// - Returns: How many events there were.
    func delete(device: String) async throws -> Int {
        try await database.write { database in
            try database.execute(sql: "DELETE FROM event WHERE device = ?", arguments: [device])
            return database.changesCount
        }
    }

    /// Removes events that happened before a time, some at a time so that devices can store theirs in between.
    ///
    /// - Parameters:
    ///   - time: Seconds since 1970.
    ///   - step: Most events of a transaction.
    /// - Returns: How many there were.
    func delete(before time: Int, step: Int = 10_000) async throws -> Int {
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

    /// Number of events.
    func count() throws -> Int {
        try database.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM event") ?? 0 }
    }
}
