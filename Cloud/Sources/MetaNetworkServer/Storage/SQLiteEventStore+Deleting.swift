import GRDB
import Metrics

extension SQLiteEventStore {
    /// Events that a transaction deletes: few enough that devices can store theirs in between.
    private static let step = 10_000
    /// Pages that a transaction gives back.
    private static let freedPages = 1_000
    /// Milliseconds that a writer waits for readers before it leaves the log as it is until the next time.
    private static let patience = 200

    /// Removes everything that a device shared: from the file, from the log, and from what is restored from a backup later.
    public func delete(device: String) async throws -> Int { try await delete(device: device, step: Self.step) }

    /// Deletes `step` events a transaction.
    func delete(device: String, step: Int) async throws -> Int {
        guard let deletions else { throw ConfigurationProblem("the events were opened to be read") }
        // What the device sent before it asked is stored by now, or never will be.
        try await commits.settle()
        let hasEvents = try await database.read { database in
            try Bool.fetchOne(
                database,
                sql: "SELECT EXISTS (SELECT 1 FROM event WHERE device = ?)",
                arguments: [device]
            )
        }
        guard hasEvents == true else { return 0 }
        let entry = try deletions.append(device: device, time: now())
        let count = try await deleteInSteps(step, "device = ?", [device])
        try await database.write { database in
            try Self.forget(device, arrivedUntil: nil, database)
            try Self.note(entry, database)
        }
        try await compact()
        return count
    }

    /// Removes the events that arrived before a time, in seconds since 1970.
    public func delete(arrivedBefore time: Int) async throws -> Int {
        try await delete(arrivedBefore: time, step: Self.step)
    }

    /// Deletes `step` events a transaction.
    func delete(arrivedBefore time: Int, step: Int) async throws -> Int {
        try await database.write { database in
            try database.execute(sql: "DELETE FROM device_choices WHERE arrival < ?", arguments: [time])
        }
        return try await deleteInSteps(step, "arrival < ?", [time])
    }

    private func deleteInSteps(_ step: Int, _ condition: String, _ arguments: StatementArguments) async throws -> Int {
        var count = 0
        while true {
            let removed = try await database.write { database in
                try database.execute(
                    sql:
                        "DELETE FROM event WHERE number IN (SELECT number FROM event WHERE \(condition) LIMIT \(step))",
                    arguments: arguments
                )
                return database.changesCount
            }
            count += removed
            if removed < step { return count }
        }
    }

    /// Forgets what was counted of a device, until a time where there is one.
    private static func forget(_ device: String, arrivedUntil time: Int?, _ database: Database) throws {
        try database.execute(
            sql: "DELETE FROM device_day WHERE device = ? AND day <= ?",
            arguments: [device, time.map(EventQuota.day) ?? .max]
        )
        try database.execute(
            sql: "DELETE FROM device_choices WHERE device = ? AND arrival <= ?",
            arguments: [device, time ?? .max]
        )
    }

    /// Notes that a deletion was carried out.
    private static func note(_ entry: DeletionLog.Entry, _ database: Database) throws {
        try database.execute(
            sql: "INSERT OR IGNORE INTO deletion (id, device, time) VALUES (?, ?, ?)",
            arguments: [entry.id, entry.device, entry.time]
        )
    }

    /// Gives the space of deleted events back to the disk, and empties the log, in which they still stand.
    public func compact() async throws {
        let today = EventQuota.day(of: now())
        try await database.write { database in
            // A clock that was set back leaves counts of days to come.
            try database.execute(
                sql: "DELETE FROM device_day WHERE day < ? OR day > ?",
                arguments: [today, today + 1]
            )
        }
        var free = Int.max
        while true {
            let left = try await database.write { database in
                try database.execute(sql: "PRAGMA incremental_vacuum(\(Self.freedPages))")
                return try database.number("freelist_count")
            }
            // A file that cannot shrink keeps what is free.
            guard left > 0, left < free else { break }
            free = left
        }
        try await database.writeWithoutTransaction { try Self.emptyLog($0) }
    }

    /// Moves the write-ahead log to the file and cuts it to nothing. Where a reader is in the way it is left for the next time.
    private static func emptyLog(_ database: Database) throws {
        let timeout = try database.number("busy_timeout")
        try database.execute(sql: "PRAGMA busy_timeout = \(patience)")
        defer { try? database.execute(sql: "PRAGMA busy_timeout = \(timeout)") }
        do {
            try database.checkpoint(.truncate)
        } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY {}
        bytes.set(try database.fileBytes())
    }

    /// Carries out the deletions that the log has and this file has not: it was restored from a backup that is older, or a
    /// deletion was cut off.
    func carryOutDeletions() throws {
        guard let deletions else { return }
        let entries = try deletions.entries()
        guard !entries.isEmpty else { return }
        let done = try database.read { try String.fetchSet($0, sql: "SELECT id FROM deletion") }
        let missing = entries.filter { !done.contains($0.id) }
        guard !missing.isEmpty else { return }
        let bounds = DeletionLog.bounds(of: missing)
        try database.write { database in
            let known = try String.fetchCursor(
                database,
                sql:
                    "SELECT device FROM event UNION SELECT device FROM device_day UNION SELECT device FROM device_choices"
            )
            var devices: [(id: String, bound: Int)] = []
            while let device = try known.next() {
                if let bound = bounds[DeletionLog.digest(of: device)] { devices.append((device, bound)) }
            }
            for (device, bound) in devices {
                try database.execute(
                    sql: "DELETE FROM event WHERE device = ? AND arrival <= ?",
                    arguments: [device, bound]
                )
                try Self.forget(device, arrivedUntil: bound, database)
            }
            for entry in missing { try Self.note(entry, database) }
        }
        try database.writeWithoutTransaction { try Self.emptyLog($0) }
    }
}
