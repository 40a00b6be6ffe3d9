import CPQ

/// What a statement answered with.
final class PostgresRows {
    private let handle: OpaquePointer

    /// - Parameter handle: A `PGresult`, which is freed with this value.
    init(_ handle: OpaquePointer) { self.handle = handle }

    deinit { PQclear(handle) }

    /// Number of rows.
    var count: Int { Int(PQntuples(handle)) }

    /// Reads every row.
    func map<T>(_ body: (Row) throws -> T) rethrows -> [T] {
        try (0..<count).map { try body(Row(rows: self, number: Int32($0))) }
    }

    /// The only row.
    func only() throws -> Row {
        guard count == 1 else { throw PostgresError(state: "", "a statement has \(count) rows in place of one") }
        return Row(rows: self, number: 0)
    }

    /// One row.
    struct Row {
        fileprivate let rows: PostgresRows
        fileprivate let number: Int32

        /// The value of a column; `nil` where it is null.
        func optional<Value: PostgresValue>(_ column: Int, as type: Value.Type = Value.self) throws -> Value? {
            guard PQgetisnull(rows.handle, number, Int32(column)) == 0,
                let text = PQgetvalue(rows.handle, number, Int32(column))
            else { return nil }
            guard let value = Value(postgresText: String(cString: text)) else {
                throw PostgresError(state: "22000", "column \(column) is no \(Value.self)")
            }
            return value
        }

        /// The value of a column that is never null.
        func value<Value: PostgresValue>(_ column: Int, as type: Value.Type = Value.self) throws -> Value {
            guard let value = try optional(column, as: type) else {
                throw PostgresError(state: "22004", "column \(column) has no value")
            }
            return value
        }
    }
}
