import CPQ
import Foundation

/// A connection to a server of PostgreSQL, through libpq. What it does waits for the server.
// Sendable: libpq lets any thread use a connection, one at a time, and who has one lends it under a lock.
final class PostgresConnection: @unchecked Sendable {
    private let handle: OpaquePointer

    /// Connects.
    init(_ address: PostgresAddress) throws {
        let parameters = address.parameters.sorted { $0.key < $1.key }
        // libpq finds the end of each list by a null.
        let made = try Self.lend(parameters.map { Optional($0.key) } + [nil]) { keys in
            try Self.lend(parameters.map { Optional($0.value) } + [nil]) { PQconnectdbParams(keys, $0, 0) }
        }
        guard let made else { throw PostgresError("libpq has no memory for a connection") }
        guard PQstatus(made) == CONNECTION_OK else {
            defer { PQfinish(made) }
            throw PostgresError(String(cString: PQerrorMessage(made)))
        }
        handle = made
    }

    deinit { PQfinish(handle) }

    /// Whether the server is still there, as far as it has said, and nothing is under way.
    var isIdle: Bool {
        // The server's last words come first, and that it has gone after them.
        for _ in 0..<2 where PQconsumeInput(handle) == 0 { return false }
        return PQstatus(handle) == CONNECTION_OK && PQtransactionStatus(handle) == PQTRANS_IDLE
    }

    /// Runs a statement, or without parameters several, of which the last one answers.
    ///
    /// - Parameters:
    ///   - sql: The statement, with `$1` for the first parameter.
    ///   - parameters: Their values; `nil` for null.
    /// - Throws: ``PostgresError``.
    @discardableResult
    func execute(_ sql: String, _ parameters: (any PostgresValue)?...) throws -> PostgresRows {
        let texts = parameters.map { $0?.postgresText }
        let answer =
            try texts.isEmpty
            ? PQexec(handle, sql)
            : Self.lend(texts) { PQexecParams(handle, sql, Int32(texts.count), nil, $0, nil, nil, 0) }
        guard let answer else { throw PostgresError(String(cString: PQerrorMessage(handle))) }
        let rows = PostgresRows(answer)
        let status = PQresultStatus(answer)
        guard status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK else {
            let state = PQresultErrorField(answer, Self.sqlState).map { String(cString: $0) }
            throw PostgresError(state: state ?? "", String(cString: PQresultErrorMessage(answer)))
        }
        return rows
    }

    /// Runs a body in a transaction.
    ///
    /// - Returns: What `body` returns, once it is committed.
    func transaction<T>(_ kind: String = "", _ body: () throws -> T) throws -> T {
        try execute("BEGIN \(kind)")
        do {
            let result = try body()
            try execute("COMMIT")
            return result
        } catch {
            // Where the connection is gone the server has done so itself.
            _ = try? execute("ROLLBACK")
            throw error
        }
    }

    /// libpq's `PG_DIAG_SQLSTATE`.
    private static let sqlState = Int32(UInt8(ascii: "C"))

    /// Lends texts as C has them.
    private static func lend<T>(
        _ texts: [String?],
        _ body: (UnsafePointer<UnsafePointer<CChar>?>) throws -> T
    ) throws -> T {
        if texts.contains(where: { $0?.utf8.contains(0) == true }) {
            throw PostgresError(state: "22021", "PostgreSQL keeps no text with a zero byte")
        }
        let copies = texts.map { $0.flatMap { strdup($0) } }
        defer { for copy in copies { free(copy) } }
        return try copies.map { UnsafePointer($0) }.withUnsafeBufferPointer { pointers in
            guard let first = pointers.baseAddress else { preconditionFailure("there is a text at least") }
            return try body(first)
        }
    }
}
