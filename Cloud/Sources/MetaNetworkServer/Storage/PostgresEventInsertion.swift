import MetaNetworkWire

/// Stores messages in one transaction that holds the lock of all events, each message within its device's quota.
struct PostgresEventInsertion {
    let connection: PostgresConnection
    let quota: EventQuota
    /// When the messages arrived, in seconds since 1970.
    let now: Int

    static let nothing = SampleEventsReceipt(stored: 0, repeated: 0)

    /// What messages bring that is new.
    private struct News {
        var events: [(message: EventMessage, event: SampleEvents.Event)] = []
        /// New events by device, of those that have a quota.
        var counts: [String: Int] = [:]
        var choices: [Chooser: ChoiceCounts] = [:]
    }

    /// Stores what is new.
    ///
    /// - Parameters:
    ///   - messages: In order of arrival.
    ///   - bytes: What events take so far.
    /// - Returns: What became of each message, in order, and what events take now; a message that is refused leaves nothing behind.
    func insert(_ messages: [EventMessage], beside bytes: Int) throws -> ([EventOutcome], bytes: Int) {
        if let limit = quota.bytes, bytes >= limit {
            return (messages.map { $0.events.isEmpty ? .success(Self.nothing) : .failure(.full) }, bytes)
        }
        var known = try storedKeys(of: messages)
        let today = try storedToday(by: messages)
        var news = News()
        let outcomes = messages.map { outcome(of: $0, &known, today, &news) }
        let added = try insert(news.events)
        try add(news.counts)
        try add(news.choices)
        return (outcomes, bytes + added)
    }

    private func outcome(
        of message: EventMessage,
        _ known: inout Set<EventKey>,
        _ today: [String: Int],
        _ news: inout News
    ) -> EventOutcome {
        guard !message.events.isEmpty else { return .success(Self.nothing) }
        var keys: Set<EventKey> = []
        let new = message.events.filter { event in
            let key = EventKey(device: message.device, id: event.id)
            return !known.contains(key) && keys.insert(key).inserted
        }
        if let limit = quota.deviceEvents, !message.device.isEmpty {
            let before = today[message.device, default: 0] + news.counts[message.device, default: 0]
            guard before + new.count <= limit else {
                return .failure(.quota(seconds: EventQuota.secondsOfDayLeft(at: now)))
            }
            news.counts[message.device, default: 0] += new.count
        }
        known.formUnion(keys)
        news.events += new.map { (message, $0) }
        var counts: [ChoiceGroup: ChoiceCounts] = [:]
        for event in new { message.count(event, in: &counts) }
        for (group, count) in counts {
            news.choices[Chooser(model: message.model, group: group, device: message.device), default: ChoiceCounts()]
                .add(count)
        }
        return .success(SampleEventsReceipt(stored: new.count, repeated: message.events.count - new.count))
    }

    /// Which events of the messages are stored already.
    private func storedKeys(of messages: [EventMessage]) throws -> Set<EventKey> {
        let sent = messages.flatMap { message in message.events.map { EventKey(device: message.device, id: $0.id) } }
        // One look into the index for each: of an EXISTS the planner would make a pass over all events, while they are few.
        let rows = try connection.execute(
            """
            SELECT sent.place - 1 FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS sent (device, id, place)
            WHERE (SELECT true FROM event WHERE event.device = sent.device AND event.id = sent.id)
            """,
            PostgresArray(sent.map(\.device)),
            PostgresArray(sent.map(\.id))
        )
        return Set(try rows.map { sent[try $0.value(0)] })
    }

    /// What devices that have a quota have stored today.
    private func storedToday(by messages: [EventMessage]) throws -> [String: Int] {
        let devices = Set(messages.map(\.device)).subtracting([""])
        guard quota.deviceEvents != nil, !devices.isEmpty else { return [:] }
        let rows = try connection.execute(
            "SELECT device, events FROM device_day WHERE day = $1 AND device = ANY ($2::text[])",
            EventQuota.day(of: now),
            PostgresArray(Array(devices))
        )
        return Dictionary(uniqueKeysWithValues: try rows.map { (try $0.value(0), try $0.value(1)) })
    }

    /// - Returns: What they take.
    private func insert(_ events: [(message: EventMessage, event: SampleEvents.Event)]) throws -> Int {
        guard !events.isEmpty else { return 0 }
        let row = try connection.execute(
            """
            WITH stored AS (
                INSERT INTO event (device, id, model, item, time, arrival, uncertainty, version, purpose, consent)
                SELECT device, id, model, item, time, $10::bigint, uncertainty, version, purpose, consent
                FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::real[], $7::text[], $8::text[], $9::text[])
                    WITH ORDINALITY AS sent (device, id, model, item, time, uncertainty, version, purpose, consent, place)
                ORDER BY place RETURNING \(PostgresEventStore.rowBytes) AS bytes
            ) SELECT sum(bytes)::bigint FROM stored
            """,
            PostgresArray(events.map(\.message.device)),
            PostgresArray(events.map(\.event.id)),
            PostgresArray(events.map(\.message.model)),
            PostgresArray(events.map { $0.event.code?.values ?? $0.event.item }),
            PostgresArray(events.map(\.event.time)),
            PostgresArray(events.map(\.event.uncertainty)),
            PostgresArray(events.map(\.event.code?.version)),
            PostgresArray(events.map(\.event.consent?.purpose)),
            PostgresArray(events.map(\.event.consent?.version)),
            now
        ).only()
        return try row.value(0)
    }

    private func add(_ counts: [String: Int]) throws {
        let counts = counts.filter { $0.value > 0 }
        guard !counts.isEmpty else { return }
        try connection.execute(
            """
            INSERT INTO device_day (day, device, events)
            SELECT $1::bigint, device, events FROM unnest($2::text[], $3::bigint[]) AS new (device, events)
            ON CONFLICT (day, device) DO UPDATE SET events = device_day.events + excluded.events
            """,
            EventQuota.day(of: now),
            PostgresArray(counts.map(\.key)),
            PostgresArray(counts.map(\.value))
        )
    }

    /// Adds to the sums of devices, kept beside the events: reading them takes no pass over these.
    private func add(_ choices: [Chooser: ChoiceCounts]) throws {
        guard !choices.isEmpty else { return }
        let rows = choices.map { (chooser: $0.key, counts: $0.value) }
        try connection.execute(
            """
            INSERT INTO device_choices (model, version, held_out, trial, device, choices, hits, gain, arrival)
            SELECT model, version, held_out, trial, device, choices, hits, gain, $9::bigint
            FROM unnest($1::text[], $2::text[], $3::boolean[], $4::bigint[], $5::text[], $6::bigint[], $7::bigint[], $8::float8[])
                AS new (model, version, held_out, trial, device, choices, hits, gain)
            ON CONFLICT (model, version, held_out, trial, device) DO UPDATE SET choices = device_choices.choices + excluded.choices,
                hits = device_choices.hits + excluded.hits, gain = device_choices.gain + excluded.gain
            """,
            PostgresArray(rows.map(\.chooser.model)),
            PostgresArray(rows.map(\.chooser.group.version)),
            PostgresArray(rows.map(\.chooser.group.isHeldOut)),
            PostgresArray(rows.map(\.chooser.group.trial)),
            PostgresArray(rows.map(\.chooser.device)),
            PostgresArray(rows.map(\.counts.choices)),
            PostgresArray(rows.map(\.counts.hits)),
            PostgresArray(rows.map(\.counts.gain)),
            now
        )
    }
}

extension PostgresEventStore {
    /// What a row of `event` takes with its places in three indices, whatever deletions left free around it.
    static let rowBytes =
        "120 + 2 * (octet_length(device) + octet_length(id)) + octet_length(model) + octet_length(item)"
}
