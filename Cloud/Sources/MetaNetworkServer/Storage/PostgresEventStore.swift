import Foundation
import Logging
import MetaNetworkWire
import Metrics
import Synchronization

/// Shared samples in a database of PostgreSQL, in which many services may write at once.
///
/// An acknowledged event is in the server's log on its disk (`synchronous_commit`, raised to `on` where it is less; a server with `fsync`
/// off is refused). Whoever changes something takes one lock first, the row of `totals`: so quotas hold for all services together, and
/// numbers grow in the order in which readers see them. Messages that wait at a service at the same time share one commit, and one turn of
/// the lock.
///
/// Events are not partitioned by day: an event is kept once however often it is sent, on whichever days, and PostgreSQL keeps no key unique
/// across partitions that lacks what they are divided by.
final class PostgresEventStore: EventStore, EventSource {
    /// Writes messages; nothing else waits on it.
    private let writer: PostgresSession
    let pool: PostgresPool
    let commits: EventCommitQueue
    let now: @Sendable () -> Int
    /// Whether events are only read.
    let isReading: Bool
    /// Whether the last message was refused, as the server is away or full.
    private let isOut = Atomic<Bool>(false)
    private let logger = Logger(label: "metanetwork.events")

    /// Opens a database for a service; its tables are made where there are none.
    ///
    /// Deletions that were asked for since a backup was taken are carried out first, where the database was restored from it.
    ///
    /// - Parameters:
    ///   - address: The database.
    ///   - quota: How much it takes.
    ///   - waitingLimit: Maximum number of events that wait for a commit, as ``SQLiteEventStore``'s.
    ///   - now: The clock, in seconds since 1970.
    /// - Throws: ``ConfigurationProblem``, where no server answers too.
    convenience init(
        _ address: PostgresAddress,
        quota: EventQuota = EventQuota(),
        waitingLimit: Int = 65_536,
        now: @escaping @Sendable () -> Int = { Int(Date().timeIntervalSince1970) }
    ) throws(ConfigurationProblem) {
        self.init(address, isReading: false, quota, waitingLimit, now)
        try check(address) {
            try pool.next.run { connection in
                try PostgresEventSchema(connection).make()
                try self.carryOutDeletions(connection)
            }
        }
    }

    /// Opens a database to read its events; services may go on writing, and it may be a standby.
    ///
    /// - Throws: ``ConfigurationProblem`` where no server answers, or it has none.
    convenience init(reading address: PostgresAddress) throws(ConfigurationProblem) {
        self.init(address, isReading: true, EventQuota(), .max, { 0 })
        try check(address) { try pool.next.run { try PostgresEventSchema($0).check() } }
    }

    private init(
        _ address: PostgresAddress,
        isReading: Bool,
        _ quota: EventQuota,
        _ waitingLimit: Int,
        _ now: @escaping @Sendable () -> Int
    ) {
        let session = { PostgresSession(address) { try PostgresEventSchema($0).prepare(isReading: isReading) } }
        let writer = session()
        self.writer = writer
        pool = PostgresPool(isReading ? [session()] : [session(), session()])
        (self.now, self.isReading) = (now, isReading)
        commits = EventCommitQueue(limit: waitingLimit) { messages in
            guard messages.contains(where: { !$0.events.isEmpty }) else {
                return messages.map { _ in .success(PostgresEventInsertion.nothing) }
            }
            return try writer.run { connection in
                let insertion = PostgresEventInsertion(connection: connection, quota: quota, now: now())
                let (outcomes, bytes) = try connection.change { try insertion.insert(messages, beside: $0) }
                Self.bytes.set(bytes)
                return outcomes
            }
        }
    }

    /// Says what is wrong with a database in the words of a configuration.
    private func check(_ address: PostgresAddress, _ body: () throws -> Void) throws(ConfigurationProblem) {
        do {
            try body()
        } catch let problem as ConfigurationProblem {
            throw ConfigurationProblem("\(address): \(problem)")
        } catch {
            throw ConfigurationProblem(
                "\(address): \(error); name a database that is up and this user's (postgres://USER@HOST:PORT/DATABASE, its password in "
                    + "PGPASSWORD or PGPASSFILE)"
            )
        }
    }

    func append(_ message: EventMessage) async throws -> SampleEventsReceipt {
        guard !isReading else { throw Self.readOnly }
        return try await refusing { try await commits.append(message) }
    }

    /// Says of an outage what devices are told.
    func refusing<T>(_ body: () async throws -> T) async throws -> T {
        do {
            let result = try await body()
            if isOut.exchange(false, ordering: .relaxed) { logger.notice("events are stored again") }
            return result
        } catch let error as PostgresError {
            guard error.isFullDisk || error.isOutage else { throw error }
            // Once for each outage, as every message meets it.
            if !isOut.exchange(true, ordering: .relaxed) {
                logger.error("events are refused", metadata: ["error": "\(error)"])
            }
            throw error.isFullDisk ? EventsRefused.full : .unavailable
        }
    }

    func ages(arrivedBefore time: Int) async throws -> EventAges {
        try await pool.next.perform { connection in
            let row = try connection.execute(
                "SELECT count(*), count(*) FILTER (WHERE arrival < $1), max(arrival) FROM event",
                time
            ).only()
            return EventAges(events: try row.value(0), old: try row.value(1), newestArrival: try row.optional(2))
        }
    }

    func choices(of model: String, trial: Int?) async throws -> [ChoiceArm: ChoiceSums] {
        try await pool.next.perform { connection in
            let rows = try connection.execute(
                """
                SELECT version, held_out, count(*), sum(choices)::bigint, sum(hit), sum(hit * hit), sum(gain), sum(gain * gain)
                FROM (
                    SELECT version, held_out, sum(choices) AS choices, sum(hits)::float8 / sum(choices)::float8 AS hit,
                        sum(gain) / sum(choices)::float8 AS gain
                    FROM device_choices WHERE model = $1 AND ($2::bigint IS NULL OR trial = $2) GROUP BY version, held_out, device
                ) AS mean GROUP BY version, held_out
                """,
                model,
                trial
            )
            let arms = try rows.map { row in
                var sums = ChoiceSums()
                (sums.devices, sums.choices) = (try row.value(2), try row.value(3))
                sums.hits = (try row.value(4), try row.value(5))
                sums.gains = (try row.value(6), try row.value(7))
                return (ChoiceArm(version: try row.value(0), isHeldOut: try row.value(1)), sums)
            }
            return Dictionary(uniqueKeysWithValues: arms)
        }
    }

    func events(of model: String) -> AsyncThrowingStream<StoredEvent, any Error> {
        let pages = PostgresEventPages(model, pool.next)
        return AsyncThrowingStream(unfolding: { try await pages.next() })
    }

    func forEachEvent(of model: String, _ body: (StoredEvent) throws -> Void) throws {
        let pages = PostgresEventPages(model, pool.next)
        while try pages.load() {
            while let event = pages.loaded() { try body(event) }
        }
    }

    static let readOnly = ConfigurationProblem("the events were opened to be read")
    static let bytes = Meter(.eventStoreBytes)
}

extension PostgresConnection {
    /// Changes events: whoever does holds the lock of them all.
    ///
    /// - Parameter body: Gets the bytes that events take, and says what it did and how many they are now.
    /// - Returns: What `body` returns, once it is committed.
    @discardableResult
    func change<T>(_ body: (Int) throws -> (T, bytes: Int)) throws -> (T, bytes: Int) {
        // Whoever waited for the lock reads what was committed meanwhile, whatever the database's default.
        try transaction("ISOLATION LEVEL READ COMMITTED") {
            let before: Int = try execute("SELECT bytes FROM totals FOR UPDATE").only().value(0)
            let result = try body(before)
            if result.bytes != before { try execute("UPDATE totals SET bytes = $1", result.bytes) }
            return result
        }
    }
}
