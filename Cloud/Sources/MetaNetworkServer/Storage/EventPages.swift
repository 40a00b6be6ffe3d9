import DequeModule
import GRDB
import MetaNetworkWire
import Synchronization

/// Reads the events of a model page by page: the memory that a reader takes does not grow with the file.
final class EventPages: Sendable {
    /// Where the last page ended, in the order of the events.
    private struct Position {
        let device: String
        let time: Int
        let number: Int64
    }

    private struct State {
        var events: Deque<StoredEvent> = []
        /// Before every event: times are never negative.
        var end = Position(device: "", time: -1, number: 0)
        /// The last event that had arrived when the first page was read.
        var last: Int64?
    }

    private let model: String
    private let state = Mutex(State())

    /// Events of a page.
    private static let size = 4096

    init(_ model: String) { self.model = model }

    /// The next event of the page that was loaded; `nil` at its end.
    func next() -> StoredEvent? { state.withLock { $0.events.popFirst() } }

    /// Loads the next page; it is empty after the last event.
    func load(_ database: Database) throws {
        let (end, known) = state.withLock { ($0.end, $0.last) }
        // What arrives while the pages are read is left out, or a busy service would never let them end.
        guard let last = try known ?? Int64.fetchOne(database, sql: "SELECT max(number) FROM event") else { return }
        let rows = try Row.fetchAll(
            database,
            sql: """
                SELECT device, item, time, number, \(SQLiteEventStore.uncertainty(in: database)),
                    \(SQLiteEventStore.version(in: database)), \(SQLiteEventStore.purpose(in: database)),
                    \(SQLiteEventStore.consent(in: database)) FROM event
                WHERE model = ? AND number <= ? AND (device, time, number) > (?, ?, ?)
                ORDER BY device, time, number LIMIT ?
                """,
            arguments: [model, last, end.device, end.time, end.number, Self.size]
        )
        state.withLock { state in
            state.last = last
            for row in rows {
                let code = (row[5] as String?).map { SampleEvents.Event.Code(version: $0, values: row[1]) }
                let item = code == nil ? row[1] : ""
                state.events.append(
                    StoredEvent(
                        device: row[0],
                        item: item,
                        time: row[2],
                        uncertainty: row[4],
                        code: code,
                        consent: .stored(row[6], row[7])
                    )
                )
            }
            if let row = rows.last { state.end = Position(device: row[0], time: row[2], number: row[3]) }
        }
    }
}
