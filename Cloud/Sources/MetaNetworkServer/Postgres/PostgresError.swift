/// What PostgreSQL, or libpq, said where it did not do what it was asked.
struct PostgresError: Error, Sendable, CustomStringConvertible {
    /// The five characters of SQLSTATE; empty where no server answered.
    let state: String
    let message: String

    var description: String { state.isEmpty ? message : "\(message) (\(state))" }

    /// - Parameters:
    ///   - state: SQLSTATE; empty where no server answered.
    ///   - message: In the words of libpq, with the line end that they have.
    init(state: String = "", _ message: String) {
        self.state = state
        self.message = message.split(separator: "\n").joined(separator: "; ")
    }

    /// Whether it may go well later as it is: no server answered, it is being shut down or started, it is a standby, it has no room for a
    /// connection, or somebody else held a lock for too long.
    var isOutage: Bool {
        state.isEmpty || ["08", "57P", "40"].contains { state.hasPrefix($0) }
            || ["25006", "25P03", "53200", "53300", "55P03", "57014"].contains(state)
    }

    /// Whether the server takes no changes, as one that was demoted.
    var isReadOnly: Bool { state == "25006" }

    /// Whether the server's disk is full.
    var isFullDisk: Bool { state == "53100" }
}
