import GRDB
import MetaNetworkWire

extension SQLiteEventStore {
    /// For what a model's samples were shared, and under which text: how many events and devices there are of each.
    ///
    /// - Parameter model: The model; `nil` for all.
    /// - Returns: In order of model, purpose and version; without a consent first.
    package func consents(of model: String?) throws -> [ConsentCount] {
        try database.read { database in
            let (purpose, version) = (try Self.purpose(in: database), try Self.consent(in: database))
            return try Row.fetchAll(
                database,
                sql: """
                    SELECT model, \(purpose), \(version), count(*), count(DISTINCT device) FROM event
                    WHERE ? IS NULL OR model = ? GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
                    """,
                arguments: [model, model]
            ).map { row in
                ConsentCount(
                    model: row[0],
                    consent: .stored(row[1], row[2]),
                    events: row[3],
                    devices: row[4]
                )
            }
        }
    }

    /// An event of a release before it has none of both.
    static let consentsMigration =
        "ALTER TABLE event ADD COLUMN purpose TEXT; ALTER TABLE event ADD COLUMN consent TEXT"
}
