import DequeModule
import Dispatch
import MetaNetworkWire
import Synchronization

/// Reads the events of a model by a cursor, page by page, as they stood when the first one was read: the memory that a reader takes does not
/// grow with the database.
///
/// The cursor's connection is its own, and ends with it.
final class PostgresEventPages: Sendable {
    private struct State {
        var events: Deque<StoredEvent> = []
        var connection: PostgresConnection?
        var hasEnded = false
    }

    private let model: String
    private let session: PostgresSession
    private let state = Mutex(State())
    private let queue = DispatchQueue(label: "metanetwork.postgres.pages")

    /// Events of a page.
    private static let size = 4096

    /// - Parameters:
    ///   - model: The model.
    ///   - session: Makes the connection.
    init(_ model: String, _ session: PostgresSession) { (self.model, self.session) = (model, session) }

    /// The next event; `nil` after the last one.
    func next() async throws -> StoredEvent? {
        if let event = loaded() { return event }
        _ = try await withCheckedThrowingContinuation { continuation in
            queue.async { continuation.resume(with: Result { try self.load() }) }
        }
        return loaded()
    }

    /// The next event of the page that was loaded; `nil` at its end.
    func loaded() -> StoredEvent? { state.withLock { $0.events.popFirst() } }

    /// Loads the next page; the caller's thread waits.
    ///
    /// - Returns: Whether there was one.
    func load() throws -> Bool {
        try state.withLock { state in
            guard !state.hasEnded else { return false }
            let connection = try state.connection ?? open()
            state.connection = connection
            let events = try connection.execute("FETCH FORWARD \(Self.size) FROM events").map(Self.event)
            state.events.append(contentsOf: events)
            if events.isEmpty { (state.connection, state.hasEnded) = (nil, true) }
            return !events.isEmpty
        }
    }

    private func open() throws -> PostgresConnection {
        let connection = try session.open()
        // Another service's reader may take its time between two pages; the lock is not held meanwhile.
        try connection.execute("SET idle_in_transaction_session_timeout = 0")
        try connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        try connection.execute(
            """
            DECLARE events NO SCROLL CURSOR FOR
            SELECT device, item, time, uncertainty, version, purpose, consent FROM event WHERE model = $1
            ORDER BY device, time, number
            """,
            model
        )
        return connection
    }

    private static func event(_ row: PostgresRows.Row) throws -> StoredEvent {
        let item: String = try row.value(1)
        let code = try row.optional(4, as: String.self).map { SampleEvents.Event.Code(version: $0, values: item) }
        return StoredEvent(
            device: try row.value(0),
            item: code == nil ? item : "",
            time: try row.value(2),
            uncertainty: try row.optional(3),
            code: code,
            consent: .stored(try row.optional(5), try row.optional(6))
        )
    }
}
