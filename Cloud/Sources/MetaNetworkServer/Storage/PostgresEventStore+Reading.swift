import MetaNetworkWire

extension PostgresEventStore {
    func models() throws -> [String] {
        try pool.next.run { connection in
            try connection.execute("SELECT DISTINCT model FROM event ORDER BY model").map { try $0.value(0) }
        }
    }

    func consents(of model: String?) throws -> [ConsentCount] {
        try pool.next.run { connection in
            try connection.execute(
                """
                SELECT model, purpose, consent, count(*), count(DISTINCT device) FROM event WHERE $1::text IS NULL OR model = $1
                GROUP BY 1, 2, 3 ORDER BY 1, 2 NULLS FIRST, 3 NULLS FIRST
                """,
                model
            ).map { row in
                ConsentCount(
                    model: try row.value(0),
                    consent: .stored(try row.optional(1), try row.optional(2)),
                    events: try row.value(3),
                    devices: try row.value(4)
                )
            }
        }
    }

    func inputs(of model: String, after number: Int64, limit: Int, purpose: String?) throws -> [SharedInput] {
        try pool.next.run { connection in
            try connection.execute(
                """
                SELECT number, device, item, uncertainty FROM event
                WHERE model = $1 AND number > $2 AND uncertainty IS NOT NULL AND ($3::text IS NULL OR purpose = $3)
                ORDER BY number LIMIT $4
                """,
                model,
                number,
                purpose,
                limit
            ).map { row in
                SharedInput(
                    number: try row.value(0),
                    device: try row.value(1),
                    text: try row.value(2),
                    uncertainty: try row.value(3)
                )
            }
        }
    }

    func lastNumber() throws -> Int64 {
        try pool.next.run { try $0.execute("SELECT coalesce(max(number), 0) FROM event").only().value(0) }
    }

    func codes(of model: String, version: String, purpose: String?) throws -> [SharedCode] {
        try pool.next.run { connection in
            try connection.execute(
                """
                SELECT DISTINCT ON (device) device, item FROM event
                WHERE model = $1 AND version = $2 AND ($3::text IS NULL OR purpose = $3) ORDER BY device, number DESC
                """,
                model,
                version,
                purpose
            ).map { row in
                let code = SampleEvents.Event.Code(version: version, values: try row.value(1))
                return try code.floats.map { SharedCode(device: try row.value(0), values: $0) }
            }.compactMap(\.self)
        }
    }

    func codeDevices(of model: String) throws -> [String: Int] {
        try pool.next.run { connection in
            let rows = try connection.execute(
                """
                SELECT version, count(DISTINCT device) FROM event WHERE model = $1 AND version IS NOT NULL GROUP BY version
                """,
                model
            )
            return Dictionary(uniqueKeysWithValues: try rows.map { (try $0.value(0), try $0.value(1)) })
        }
    }

    func forEachEvent(ofDevice device: String, _ body: (DeviceEvent) throws -> Void) throws {
        // No more than quotas and retention leave of one device.
        let events = try pool.next.run { connection in
            try connection.execute(
                """
                SELECT model, id, item, time, arrival, uncertainty, version, purpose, consent FROM event
                WHERE device = $1 ORDER BY model, number
                """,
                device
            ).map { row in
                let item: String = try row.value(2)
                let code = try row.optional(6, as: String.self).map {
                    SampleEvents.Event.Code(version: $0, values: item)
                }
                return DeviceEvent(
                    model: try row.value(0),
                    id: try row.value(1),
                    item: code == nil ? item : "",
                    time: try row.value(3),
                    arrival: try row.value(4),
                    uncertainty: try row.optional(5),
                    code: code,
                    consent: .stored(try row.optional(7), try row.optional(8))
                )
            }
        }
        for event in events { try body(event) }
    }

    /// Number of events.
    func count() throws -> Int {
        try pool.next.run { try $0.execute("SELECT count(*) FROM event").only().value(0) }
    }
}
