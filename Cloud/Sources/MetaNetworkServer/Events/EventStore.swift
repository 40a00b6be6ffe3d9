import Foundation
import GRDB
import MetaNetwork

/// The samples that devices shared, in SQLite: what the next training learns from.
///
/// The log is write-ahead and every commit reaches the disk (`synchronous = FULL`), so what was acknowledged survives the death of
/// the process and of the machine. Messages that wait at the same time are committed together.
public final class EventStore: Sendable {
    private let database: DatabasePool

    /// Opens a file, which is made where it is not there.
    public init(_ file: URL) throws {
        var configuration = Configuration()
        configuration.prepareDatabase { try $0.execute(sql: "PRAGMA synchronous = FULL") }
        do {
            database = try DatabasePool(path: file.path, configuration: configuration)
        } catch {
            throw ConfigurationProblem("\(file.path) cannot be opened as SQLite: \(error); name another file")
        }
        var migrator = DatabaseMigrator()
        migrator.registerMigration("events") { database in
            try database.execute(
                sql: """
                    CREATE TABLE event (
                        device TEXT NOT NULL, id TEXT NOT NULL, model TEXT NOT NULL, item TEXT NOT NULL, time INTEGER NOT NULL,
                        PRIMARY KEY (device, id)
                    ) WITHOUT ROWID;
                    CREATE INDEX event_time ON event (time);
                    """
            )
        }
        try migrator.migrate(database)
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
    func delete(device: String) throws -> Int {
        try database.write { database in
            try database.execute(sql: "DELETE FROM event WHERE device = ?", arguments: [device])
            return database.changesCount
        }
    }

    /// Removes events that happened before a time.
    ///
    /// - Parameter time: Seconds since 1970.
    /// - Returns: How many there were.
    func delete(before time: Int) throws -> Int {
        try database.write { database in
            try database.execute(sql: "DELETE FROM event WHERE time < ?", arguments: [time])
            return database.changesCount
        }
    }

    /// Number of events.
    public func count() throws -> Int {
        try database.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM event") ?? 0 }
    }

    /// Reads all events of a model, device by device and in order of time.
    ///
    /// - Parameters:
    ///   - model: The model; `nil` for every one.
    ///   - body: Receives device, item and time of each.
    public func forEach(model: String? = nil, _ body: (_ device: String, _ item: String, _ time: Int) throws -> Void)
        throws
    {
        try database.read { database in
            let rows = try Row.fetchCursor(
                database,
                sql: "SELECT device, item, time FROM event WHERE ? IS NULL OR model = ? ORDER BY device, time, id",
                arguments: [model, model]
            )
            while let row = try rows.next() { try body(row[0], row[1], row[2]) }
        }
    }
}
