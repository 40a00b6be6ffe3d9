import GRDB
import MetaNetworkWire

extension SQLiteEventStore {
    /// Reads the code that each device shared last of a version.
    ///
    /// - Parameters:
    ///   - model: The model.
    ///   - version: The version that the codes belong to.
    ///   - purpose: For what they must have been shared; `nil` for all.
    /// - Returns: At most one code a device, in the order of the devices' ids.
    package func codes(of model: String, version: String, purpose: String?) throws -> [SharedCode] {
        try database.read { database in
            let column = try Self.version(in: database)
            // SQLite takes the other columns from the row with the maximum.
            return try Row.fetchAll(
                database,
                sql: """
                    SELECT device, item, max(number) FROM event WHERE model = ? AND \(column) = ?
                    AND (? IS NULL OR \(Self.purpose(in: database)) = ?) GROUP BY device ORDER BY device
                    """,
                arguments: [model, version, purpose, purpose]
            ).compactMap { row in
                SampleEvents.Event.Code(version: version, values: row[1]).floats
                    .map { SharedCode(device: row[0], values: $0) }
            }
        }
    }

    /// Number of devices that shared codes of a model, by version.
    package func codeDevices(of model: String) throws -> [String: Int] {
        try database.read { database in
            let column = try Self.version(in: database)
            let rows = try Row.fetchAll(
                database,
                sql: """
                    SELECT \(column), count(DISTINCT device) FROM event WHERE model = ? AND \(column) IS NOT NULL
                    GROUP BY \(column)
                    """,
                arguments: [model]
            )
            return Dictionary(uniqueKeysWithValues: rows.map { ($0[0], $0[1]) })
        }
    }
}
