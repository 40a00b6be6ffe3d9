import Foundation
import GRDB
import MetaNetworkWire
import Metrics

/// Shared samples in an SQLite file.
///
/// The log is write-ahead and every commit reaches the disk (`synchronous = FULL`), so acknowledged events survive the death of the
/// process and of the machine. Deleted events are overwritten, in the log too. Only the file's owner can read it. Messages that wait
/// at the same time share one commit. Beside the file lies the log of deletions, `FILE.deletions`.
public final class SQLiteEventStore: EventStore, EventSource {
    let database: any DatabaseWriter
    /// `nil` where the file is only read.
    let deletions: DeletionLog?
    let commits: EventCommitQueue
    let now: @Sendable () -> Int

    /// Opens a file for a service; it is created where it does not exist.
    ///
    /// Deletions that were asked for since a backup was taken are carried out first, where the file was restored from it.
    ///
    /// - Parameters:
    ///   - file: The database.
    ///   - quota: How much it takes.
    ///   - waitingLimit: Maximum number of events that wait for a commit, where an input counts as one for each 4 KiB that it takes; it
    ///     bounds the memory that they take.
    ///   - now: The clock, in seconds since 1970.
    /// - Throws: ``ConfigurationProblem``.
    public convenience init(
        _ file: URL,
        quota: EventQuota = EventQuota(),
        waitingLimit: Int = 65_536,
        now: @escaping @Sendable () -> Int = { Int(Date().timeIntervalSince1970) }
    ) throws(ConfigurationProblem) {
        let pool = try Self.open(file)
        self.init(pool, DeletionLog(of: file), quota: quota, waitingLimit: waitingLimit, now: now)
        do {
            try carryOutDeletions()
        } catch let problem as ConfigurationProblem {
            throw problem
        } catch {
            throw ConfigurationProblem("\(file.path): deletions cannot be carried out again: \(error)")
        }
    }

    /// Opens the file of a service to read its events; the service may go on writing meanwhile.
    ///
    /// - Throws: ``ConfigurationProblem`` where it does not exist or holds something else.
    public convenience init(reading file: URL) throws(ConfigurationProblem) {
        self.init(try Self.openForReading(file), nil, quota: EventQuota(), waitingLimit: .max, now: { 0 })
    }

    init(
        _ database: any DatabaseWriter,
        _ deletions: DeletionLog?,
        quota: EventQuota,
        waitingLimit: Int,
        now: @escaping @Sendable () -> Int
    ) {
        self.database = database
        self.deletions = deletions
        self.now = now
        commits = EventCommitQueue(limit: waitingLimit) { messages in
            try database.write { database in
                let outcomes = try EventInsertion(database: database, quota: quota, now: now()).insert(messages)
                Self.bytes.set(try database.fileBytes())
                return outcomes
            }
        }
    }

    /// Stores the events of a message, all of them or none.
    public func append(_ message: EventMessage) async throws -> SampleEventsReceipt {
        do {
            return try await commits.append(message)
        } catch let error as DatabaseError where error.resultCode == .SQLITE_FULL {
            throw EventsRefused.full
        }
    }

    /// How many events there are, and how old they are.
    public func ages(arrivedBefore time: Int) async throws -> EventAges {
        try await database.read { database in
            let sql = "SELECT count(*) FROM event"
            guard let events = try Int.fetchOne(database, sql: sql),
                let old = try Int.fetchOne(database, sql: sql + " WHERE arrival < ?", arguments: [time])
            else { preconditionFailure("a count has one row") }
            let newest = try Int.fetchOne(database, sql: "SELECT max(arrival) FROM event")
            return EventAges(events: events, old: old, newestArrival: newest)
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

    /// Reads the events of a model in the order of ``events(of:)``, for callers that cannot wait asynchronously.
    ///
    /// Each page is a transaction of its own: the log of a service that goes on writing can be moved to the file in between.
    package func forEachEvent(of model: String, _ body: (StoredEvent) throws -> Void) throws {
        let pages = EventPages(model)
        while true {
            try database.read { try pages.load($0) }
            guard let first = pages.next() else { return }
            try body(first)
            while let event = pages.next() { try body(event) }
        }
    }

    /// Number of events.
    func count() throws -> Int { try database.read { try Table("event").fetchCount($0) } }

    static let bytes = Meter(.eventStoreBytes)
}
