import Foundation
import Metrics

/// What was deleted can be asked for no more at once. Its bytes stay in the server's files until `VACUUM`, which the server runs by itself, has
/// given the place to others, and in its log and backups as long as these are kept.
extension PostgresEventStore {
    /// Events that a transaction deletes: few enough that devices can store theirs in between.
    private static let step = 10_000

    func delete(device: String) async throws -> Int { try await delete(device: device, step: Self.step) }

    /// Deletes `step` events a transaction.
    func delete(device: String, step: Int) async throws -> Int {
        guard !isReading else { throw Self.readOnly }
        return try await refusing {
            // What the device sent to this service before it asked is stored by now, or never will be.
            try await commits.settle()
            let time = now()
            let isNoted = try await pool.next.perform { connection in
                let hasEvents: Bool = try connection.execute(
                    "SELECT EXISTS (SELECT 1 FROM event WHERE device = $1)",
                    device
                ).only().value(0)
                guard hasEvents else {
                    // What an earlier try left that was cut off behind the last event.
                    try connection.change { bytes in
                        try Self.forget(device, arrivedUntil: nil, connection)
                        try Self.close(device, connection)
                        return ((), bytes)
                    }
                    return false
                }
                // For good before the first event is gone: who starts after a crash goes on with it.
                try connection.execute(
                    "INSERT INTO deletion_log (id, device, time) VALUES ($1, $2, $3)",
                    UUID().uuidString,
                    DeletionLog.digest(of: device),
                    time
                )
                return true
            }
            guard isNoted else { return 0 }
            let count = try await deleteInSteps(step, "device = $1", device)
            try await pool.next.perform { connection in
                try connection.change { bytes in
                    try Self.forget(device, arrivedUntil: nil, connection)
                    try Self.close(device, connection)
                    return ((), bytes)
                }
            }
            return count
        }
    }

    func delete(arrivedBefore time: Int) async throws -> Int {
        try await delete(arrivedBefore: time, step: Self.step)
    }

    /// Deletes `step` events a transaction.
    func delete(arrivedBefore time: Int, step: Int) async throws -> Int {
        guard !isReading else { throw Self.readOnly }
        try await pool.next.perform { connection in
            try connection.change { bytes in
                try connection.execute("DELETE FROM device_choices WHERE arrival < $1", time)
                return ((), bytes)
            }
        }
        return try await deleteInSteps(step, "arrival < $1", time)
    }

    private func deleteInSteps(
        _ step: Int,
        _ condition: String,
        _ value: any PostgresValue & Sendable
    ) async throws -> Int {
        var count = 0
        while true {
            let removed = try await pool.next.perform { try Self.delete(step, condition, value, $0) }
            count += removed
            if removed < step { return count }
        }
    }

    /// - Returns: How many events it deleted, at most `limit`.
    private static func delete(
        _ limit: Int,
        _ condition: String,
        _ value: any PostgresValue,
        _ connection: PostgresConnection
    ) throws -> Int {
        let (removed, bytes) = try connection.change { bytes in
            let row = try connection.execute(
                """
                WITH gone AS (
                    DELETE FROM event WHERE number IN (SELECT number FROM event WHERE \(condition) LIMIT \(limit))
                    RETURNING \(rowBytes) AS bytes
                ) SELECT count(*), coalesce(sum(bytes), 0)::bigint FROM gone
                """,
                value
            ).only()
            return (try row.value(0, as: Int.self), max(0, bytes - (try row.value(1, as: Int.self))))
        }
        Self.bytes.set(bytes)
        return removed
    }

    /// Forgets what was counted of a device, until a time where there is one.
    private static func forget(_ device: String, arrivedUntil time: Int?, _ connection: PostgresConnection) throws {
        try connection.execute(
            "DELETE FROM device_day WHERE device = $1 AND day <= $2",
            device,
            time.map(EventQuota.day) ?? .max
        )
        try connection.execute(
            "DELETE FROM device_choices WHERE device = $1 AND arrival <= $2",
            device,
            time ?? .max
        )
    }

    /// Notes that all deletions which a device asked for were carried out, those too that were cut off before.
    private static func close(_ device: String, _ connection: PostgresConnection) throws {
        try connection.execute(
            """
            INSERT INTO deletion (id, device, time) SELECT id, device, time FROM deletion_log WHERE device = $1 ON CONFLICT DO NOTHING
            """,
            DeletionLog.digest(of: device)
        )
    }

    /// Forgets what was counted on other days. The server itself gives space back (`autovacuum`).
    func compact() async throws {
        let today = EventQuota.day(of: now())
        try await pool.next.perform { connection in
            try connection.change { bytes in
                // A clock that was set back leaves counts of days to come.
                try connection.execute("DELETE FROM device_day WHERE day < $1 OR day > $2", today, today + 1)
                return ((), bytes)
            }
        }
    }

    /// Carries out the deletions that the log has and the events have not: they were restored from a backup that is older than the log, or a
    /// deletion was cut off.
    func carryOutDeletions(_ connection: PostgresConnection) throws {
        let missing = try connection.execute(
            "SELECT id, device, time FROM deletion_log WHERE id NOT IN (SELECT id FROM deletion)"
        ).map { DeletionLog.Entry(id: try $0.value(0), device: try $0.value(1), time: try $0.value(2)) }
        guard !missing.isEmpty else { return }
        let bounds = DeletionLog.bounds(of: missing)
        let devices: [String] = try connection.execute(
            """
            SELECT device FROM (
                SELECT device FROM event UNION SELECT device FROM device_day UNION SELECT device FROM device_choices
            ) AS known WHERE encode(sha256(convert_to(device, 'UTF8')), 'hex') = ANY ($1::text[])
            """,
            PostgresArray(Array(bounds.keys))
        ).map { try $0.value(0) }
        for device in devices {
            guard let bound = bounds[DeletionLog.digest(of: device)] else {
                preconditionFailure("the devices are those of the digests")
            }
            let condition = "device = $1 AND arrival <= \(bound)"
            while try Self.delete(Self.step, condition, device, connection) == Self.step {}
            try connection.change { bytes in (try Self.forget(device, arrivedUntil: bound, connection), bytes) }
        }
        try connection.execute(
            """
            INSERT INTO deletion (id, device, time) SELECT id, device, time FROM deletion_log WHERE id = ANY ($1::text[])
            ON CONFLICT DO NOTHING
            """,
            PostgresArray(missing.map(\.id))
        )
    }
}
