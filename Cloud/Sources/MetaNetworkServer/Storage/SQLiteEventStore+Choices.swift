import GRDB

/// Sums of what devices chose, kept as the events come in, in the transaction that stores them: reading them takes no pass over the
/// events. A device's sums go when it has its events deleted, and as soon as the first of their events is old.
extension SQLiteEventStore {
    /// What devices chose of a model.
    ///
    /// - Parameters:
    ///   - model: The model.
    ///   - trial: When the candidate began beside which the choices were made; `nil` for all choices of a version.
    public func choices(of model: String, trial: Int?) async throws -> [ChoiceArm: ChoiceSums] {
        try await database.read { database in
            let rows = try Row.fetchCursor(
                database,
                sql: """
                    SELECT version, held_out, count(*), sum(choices), total(hit), total(hit * hit), total(gain), total(gain * gain)
                    FROM (
                        SELECT version, held_out, sum(choices) AS choices, 1.0 * sum(hits) / sum(choices) AS hit,
                            sum(gain) / sum(choices) AS gain
                        FROM device_choices WHERE model = ? AND (? IS NULL OR trial = ?) GROUP BY version, held_out, device
                    ) GROUP BY version, held_out
                    """,
                arguments: [model, trial, trial]
            )
            var arms: [ChoiceArm: ChoiceSums] = [:]
            while let row = try rows.next() {
                var sums = ChoiceSums()
                (sums.devices, sums.choices) = (row[2], row[3])
                (sums.hits, sums.gains) = ((row[4], row[5]), (row[6], row[7]))
                arms[ChoiceArm(version: row[0], isHeldOut: row[1])] = sums
            }
            return arms
        }
    }

    static let choicesMigration = """
        CREATE TABLE device_choices (
            model TEXT NOT NULL, version TEXT NOT NULL, held_out INTEGER NOT NULL, trial INTEGER NOT NULL, device TEXT NOT NULL,
            choices INTEGER NOT NULL, hits INTEGER NOT NULL, gain REAL NOT NULL, arrival INTEGER NOT NULL,
            PRIMARY KEY (model, version, held_out, trial, device)
        ) WITHOUT ROWID;
        CREATE INDEX device_choices_device ON device_choices (device);
        CREATE INDEX device_choices_arrival ON device_choices (arrival);
        """
}

extension EventInsertion {
    /// Adds to the sums of a device.
    ///
    /// - Parameters:
    ///   - counts: By group, those of events that were new.
    ///   - message: The message that they came in.
    func add(_ counts: [ChoiceGroup: ChoiceCounts], of message: EventMessage) throws {
        guard !counts.isEmpty else { return }
        let upsert = try database.cachedStatement(
            sql: """
                INSERT INTO device_choices (model, version, held_out, trial, device, choices, hits, gain, arrival)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT DO UPDATE SET choices = choices + excluded.choices, hits = hits + excluded.hits, gain = gain + excluded.gain
                """
        )
        for (group, count) in counts {
            try upsert.execute(
                arguments: [
                    message.model, group.version, group.isHeldOut, group.trial, message.device, count.choices,
                    count.hits, count.gain, now,
                ]
            )
        }
    }
}
