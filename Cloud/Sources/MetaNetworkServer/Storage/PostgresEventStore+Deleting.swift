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
            let entry = try await pool.next.perform { connection -> DeletionLog.Entry? in
                let hasEvents: Bool = try connection.execute(
                    "SELECT EXISTS (SELECT 1 FROM event WHERE device = $1)",
                    device
                ).only().value(0)
                guard hasEvents else { return nil }
                let entry = DeletionLog.Entry(
                    id: UUID().uuidString,
                    device: DeletionLog.digest(of: device),
                    time: time
                )
                // For good before the first event is gone: who starts after a crash goes on with it.
                try connection.execute(
                    "INSERT INTO deletion_log (id, device, time) VALUES ($1, $2, $3)",
                    entry.id,
                    entry.device,
                    entry.time
                )
                return entry
            }
            guard let entry else { return 0 }
            let count = try await deleteInSteps(step, "device = $1", device)
            try await pool.next.perform { connection in
                try connection.change { bytes in (try Self.finish(entry, of: [device], connection), bytes) }
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

    /// Notes that a deletion was carried out.
    private static func finish(
        _ entry: DeletionLog.Entry,
        of devices: [String],
        _ connection: PostgresConnection
    ) throws {
        for device in devices {
            try connection.execute("DELETE FROM device_day WHERE device = $1", device)
            try connection.execute("DELETE FROM device_choices WHERE device = $1", device)
        }
        try connection.execute(
            "INSERT INTO deletion (id, device, time) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
            entry.id,
            entry.device,
            entry.time
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
        let devices: [String] = try connection.execute(
            """
            SELECT DISTINCT device FROM event
            WHERE encode(sha256(convert_to(device, 'UTF8')), 'hex') = ANY ($1::text[])
            """,
            PostgresArray(missing.map(\.device))
        ).map { try $0.value(0) }
        for device in devices {
            while try Self.delete(Self.step, "device = $1", device, connection) == Self.step {}
        }
        try connection.change { bytes in
            for entry in missing { try Self.finish(entry, of: devices, connection) }
            return ((), bytes)
        }
    }
}
