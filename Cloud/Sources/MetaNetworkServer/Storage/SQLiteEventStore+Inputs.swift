import GRDB

extension SQLiteEventStore {
    /// Reads inputs that devices shared, in the order of their arrival.
    ///
    /// - Parameters:
    ///   - model: The model.
    ///   - number: Inputs with this number and smaller ones are left out; 0 for none. Numbers grow, and none is given twice in one file;
    ///     one that was restored from a backup goes on where the backup ended.
    ///   - limit: Maximum number of inputs.
    ///   - purpose: For what they must have been shared; `nil` for all.
    /// - Returns: None where all were read, or the model ranks items.
    package func inputs(of model: String, after number: Int64, limit: Int, purpose: String?) throws -> [SharedInput] {
        try database.read { database in
            let uncertainty = try Self.uncertainty(in: database)
            return try Row.fetchAll(
                database,
                sql: """
                    SELECT number, device, item, \(uncertainty) FROM event
                    WHERE model = ? AND number > ? AND \(uncertainty) IS NOT NULL
                    AND (? IS NULL OR \(Self.purpose(in: database)) = ?) ORDER BY number LIMIT ?
                    """,
                arguments: [model, number, purpose, purpose, limit]
            ).map { SharedInput(number: $0[0], device: $0[1], text: $0[2], uncertainty: $0[3]) }
        }
    }

    /// Number of the last event in order of arrival; 0 where there is none.
    package func lastNumber() throws -> Int64 {
        try database.read { try Int64.fetchOne($0, sql: "SELECT max(number) FROM event") } ?? 0
    }
}
