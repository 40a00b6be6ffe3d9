import Foundation
import GRDB

extension SQLiteEventStore {
    /// Opens a database for a service, and makes it where it does not exist.
    static func open(_ file: URL) throws(ConfigurationProblem) -> DatabasePool {
        var configuration = Configuration()
        // Another process may be taking its turn, for example a second server that replaces the first.
        configuration.busyMode = .timeout(5)
        configuration.prepareDatabase { try $0.execute(sql: "PRAGMA secure_delete = ON") }
        // SQLite's sidecar files inherit this file's permissions. Where it cannot be created, SQLite says why.
        if !FileManager.default.fileExists(atPath: file.path) {
            _ = FileManager.default.createFile(atPath: file.path, contents: nil, attributes: [.posixPermissions: 0o600])
        }
        do {
            try prepareShrinking(file)
            let pool = try DatabasePool(path: file.path, configuration: configuration)
            try pool.writeWithoutTransaction { try makeDurable($0) }
            try migrator.migrate(pool)
            return pool
        } catch let problem as ConfigurationProblem {
            throw problem
        } catch {
            throw ConfigurationProblem("\(file.path) cannot be opened as SQLite: \(error); name another file")
        }
    }

    /// How the uncertainty of an event is read.
    static func uncertainty(in database: Database) throws -> String { try column("uncertainty", in: database) }

    /// How the version of a code is read, whose values stand in place of an item; it is null for a sample.
    static func version(in database: Database) throws -> String { try column("version", in: database) }

    /// How the purpose of an event is read; it is null where the device did not say.
    static func purpose(in database: Database) throws -> String { try column("purpose", in: database) }

    /// How the version of the text that a user agreed to is read; null as the purpose is.
    static func consent(in database: Database) throws -> String { try column("consent", in: database) }

    /// How a column is read: a file that no service of this release has opened yet may lack it.
    private static func column(_ name: String, in database: Database) throws -> String {
        // Asked anew each time: a service may have opened it since, and what GRDB knows of the columns would be old.
        let sql = "SELECT EXISTS (SELECT 1 FROM pragma_table_info('event') WHERE name = ?)"
        return try Bool.fetchOne(database, sql: sql, arguments: [name]) == true ? name : "NULL"
    }

    /// Opens a database to read it.
    static func openForReading(_ file: URL) throws(ConfigurationProblem) -> DatabaseQueue {
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
        return queue
    }

    /// Has every commit wait until it is on the disk.
    ///
    /// Set once the pool is open: GRDB sets `NORMAL` on the writer as it opens one, and that does not wait in a write-ahead log.
    ///
    /// - Throws: ``ConfigurationProblem`` where SQLite does not keep to it.
    static func makeDurable(_ writer: Database) throws {
        // On Apple's systems a sync reaches the drive's own memory only, unless it is full.
        try writer.execute(sql: "PRAGMA synchronous = FULL; PRAGMA fullfsync = ON; PRAGMA checkpoint_fullfsync = ON")
        let level = try writer.number("synchronous")
        guard level == full else {
            throw ConfigurationProblem(
                "SQLite does not wait for the disk (PRAGMA synchronous is \(level), not \(full)), so acknowledged events could "
                    + "be lost; use an SQLite that can"
            )
        }
    }

    /// What `PRAGMA synchronous` answers where every commit waits for the disk.
    private static let full = 2

    /// Lets the file shrink: new ones from the start, one of an earlier release by writing it anew, once.
    private static func prepareShrinking(_ file: URL) throws {
        let incremental = 2
        var configuration = Configuration()
        configuration.busyMode = .timeout(5)
        let queue = try DatabaseQueue(path: file.path, configuration: configuration)
        defer { try? queue.close() }
        try queue.writeWithoutTransaction { database in
            guard try database.number("auto_vacuum") != incremental else { return }
            let isNew = try database.number("page_count") == 0
            try database.execute(sql: "PRAGMA auto_vacuum = INCREMENTAL; PRAGMA secure_delete = ON")
            // An old file without room for a copy beside it, or that is in use, serves as it is: what is free in it is used again.
            if !isNew { try? database.execute(sql: "VACUUM") }
        }
    }

    /// `number` keeps the order of arrival, where several samples have the same second.
    static var migrator: DatabaseMigrator {
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
        // When an event of an earlier release arrived is not known: devices sent them soon after they happened.
        migrator.registerMigration("arrival, quotas and deletions") { database in
            try database.execute(
                sql: """
                    ALTER TABLE event ADD COLUMN arrival INTEGER NOT NULL DEFAULT 0;
                    UPDATE event SET arrival = time;
                    DROP INDEX event_time;
                    CREATE INDEX event_arrival ON event (arrival);
                    CREATE TABLE device_day (
                        day INTEGER NOT NULL, device TEXT NOT NULL, events INTEGER NOT NULL, PRIMARY KEY (day, device)
                    ) WITHOUT ROWID;
                    CREATE TABLE deletion (id TEXT PRIMARY KEY, device TEXT NOT NULL, time INTEGER NOT NULL) WITHOUT ROWID;
                    """
            )
        }
        // Who reads inputs goes on after the last number that was read, so no number is given twice: `event_end` keeps the greatest
        // one of those that were deleted.
        migrator.registerMigration("inputs") { database in
            try database.execute(
                sql: """
                    ALTER TABLE event ADD COLUMN uncertainty REAL;
                    CREATE TABLE event_end (number INTEGER NOT NULL);
                    INSERT INTO event_end (number) VALUES (0);
                    CREATE TRIGGER event_deleted AFTER DELETE ON event
                    WHEN old.number > (SELECT number FROM event_end)
                    BEGIN UPDATE event_end SET number = old.number; END;
                    """
            )
        }
        // The values of a code stand in place of an item, which no two devices share: a reader of an earlier release leaves such out.
        migrator.registerMigration("codes") { database in
            try database.execute(sql: "ALTER TABLE event ADD COLUMN version TEXT")
        }
        migrator.registerMigration("choices") { try $0.execute(sql: choicesMigration) }
        migrator.registerMigration("consents") { try $0.execute(sql: consentsMigration) }
        return migrator
    }
}
