import Dispatch
import Synchronization

/// A connection that is made when it is needed, and again when it broke.
///
/// What is asked waits its turn. Asynchronous callers wait on a queue of the session's own, so that none of Swift's own threads is held.
final class PostgresSession: Sendable {
    private struct State {
        var connection: PostgresConnection?
        /// Where no server answered: not before then is it asked again.
        var nextTry = ContinuousClock.now
    }

    private let address: PostgresAddress
    private let prepare: @Sendable (PostgresConnection) throws -> Void
    private let queue = DispatchQueue(label: "metanetwork.postgres")
    private let state = Mutex(State())

    /// Between two tries to connect.
    private static let pause = Duration.milliseconds(250)

    /// - Parameters:
    ///   - address: The database.
    ///   - prepare: What each new connection does first.
    init(_ address: PostgresAddress, prepare: @escaping @Sendable (PostgresConnection) throws -> Void) {
        (self.address, self.prepare) = (address, prepare)
    }

    /// Lends the connection; the caller's thread waits.
    ///
    /// - Throws: ``PostgresError``, or what `body` throws. A transaction that it leaves open ends with its connection.
    @discardableResult
    func run<T: Sendable>(_ body: (PostgresConnection) throws -> T) throws -> T {
        try state.withLock { state in
            let connection = try connected(&state)
            defer { if !connection.isIdle { state.connection = nil } }
            do {
                return try body(connection)
            } catch let error as PostgresError where error.isReadOnly {
                // The server became a standby: the next connection asks for the one that is not (target_session_attrs).
                state.connection = nil
                throw error
            }
        }
    }

    /// Lends the connection; no thread of the caller's waits.
    @discardableResult
    func perform<T: Sendable>(_ body: @escaping @Sendable (PostgresConnection) throws -> T) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            queue.async { continuation.resume(with: Result { try self.run(body) }) }
        }
    }

    /// A connection of the caller's own.
    func open() throws -> PostgresConnection {
        let connection = try PostgresConnection(address)
        try prepare(connection)
        return connection
    }

    private func connected(_ state: inout State) throws -> PostgresConnection {
        if let connection = state.connection, connection.isIdle { return connection }
        state.connection = nil
        guard .now >= state.nextTry else { throw PostgresError("\(address) did not answer a moment ago") }
        do {
            let connection = try open()
            state.connection = connection
            return connection
        } catch {
            state.nextTry = .now + Self.pause
            throw error
        }
    }
}

/// Sessions that take turns.
final class PostgresPool: Sendable {
    private let sessions: [PostgresSession]
    private let turn = Atomic<Int>(0)

    init(_ sessions: [PostgresSession]) {
        precondition(!sessions.isEmpty, "a pool has a session")
        self.sessions = sessions
    }

    /// The session whose turn it is.
    var next: PostgresSession {
        let turn = UInt(bitPattern: turn.wrappingAdd(1, ordering: .relaxed).oldValue)
        return sessions[Int(turn % UInt(sessions.count))]
    }
}
