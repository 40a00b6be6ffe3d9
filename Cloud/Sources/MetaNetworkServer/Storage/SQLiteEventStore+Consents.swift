import GRDB
import MetaNetwork

extension SQLiteEventStore {
    /// For what a model's samples were shared, and under which text: how many events and devices there are of each.
    ///
    /// - Parameter model: The model; `nil` for all.
    /// - Returns: In order of model, purpose and version; without a consent first.
    public func consents(of model: String? = nil) throws -> [ConsentCount] {
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

/// How much was shared under a consent.
public struct ConsentCount: Codable, Sendable, Equatable {
    /// The model that it was shared for.
    public let model: String
    /// What the users agreed to; `nil` where their devices did not say.
    public let consent: SampleEvents.Event.Consent?
    /// Number of events.
    public let events: Int
    /// Number of devices that shared them.
    public let devices: Int
}

extension SampleEvents.Event.Consent {
    /// A consent as it is stored: in two columns, both null where there is none.
    static func stored(_ purpose: String?, _ version: String?) -> Self? {
        guard let purpose, let version else { return nil }
        return Self(purpose: purpose, version: version)
    }
}
