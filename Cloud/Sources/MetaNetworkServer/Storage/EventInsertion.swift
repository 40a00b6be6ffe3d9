import GRDB
import MetaNetworkWire

/// Stores messages in one transaction, each within its device's quota.
struct EventInsertion {
    let database: Database
    let quota: EventQuota
    /// When the messages arrived, in seconds since 1970.
    let now: Int

    /// What became of each message, in order; a message that is refused leaves nothing behind.
    func insert(_ messages: [EventMessage]) throws -> [EventOutcome] {
        if let limit = quota.bytes, try database.usedBytes() >= limit {
            return messages.map { $0.events.isEmpty ? .success(Self.nothing) : .failure(.full) }
        }
        return try messages.map { try outcome(of: $0) }
    }

    private static let nothing = SampleEventsReceipt(stored: 0, repeated: 0)

    private func outcome(of message: EventMessage) throws -> EventOutcome {
        guard !message.events.isEmpty else { return .success(Self.nothing) }
        guard let limit = quota.deviceEvents, !message.device.isEmpty else {
            return .success(try insert(message))
        }
        let left = try limit - storedToday(by: message.device)
        guard message.events.count > left else {
            let receipt = try insert(message)
            try count(receipt.stored, of: message.device)
            return .success(receipt)
        }
        // Only what is new counts, and how much that is shows when it was tried.
        var outcome = EventOutcome.failure(.quota(seconds: EventQuota.secondsOfDayLeft(at: now)))
        try database.inSavepoint {
            let receipt = try insert(message)
            guard receipt.stored <= left else { return .rollback }
            try count(receipt.stored, of: message.device)
            outcome = .success(receipt)
            return .commit
        }
        return outcome
    }

    private func insert(_ message: EventMessage) throws -> SampleEventsReceipt {
        let insert = try database.cachedStatement(
            sql: """
                INSERT OR IGNORE INTO event (number, device, id, model, item, time, arrival, uncertainty, version, purpose, consent)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """
        )
        let last = try lastNumber()
        var stored = 0
        var counts: [ChoiceGroup: ChoiceCounts] = [:]
        for event in message.events {
            try insert.execute(
                arguments: [
                    last + Int64(stored) + 1, message.device, event.id, message.model, event.code?.values ?? event.item,
                    event.time, now, event.uncertainty, event.code?.version, event.consent?.purpose,
                    event.consent?.version,
                ]
            )
            guard database.changesCount > 0 else { continue }
            stored += 1
            message.count(event, in: &counts)
        }
        try add(counts, of: message)
        return SampleEventsReceipt(stored: stored, repeated: message.events.count - stored)
    }

    /// The greatest number that an event has, or had before it was deleted.
    private func lastNumber() throws -> Int64 {
        let select = try database.cachedStatement(
            sql: "SELECT max(number, ifnull((SELECT max(number) FROM event), 0)) FROM event_end"
        )
        guard let number = try Int64.fetchOne(select) else { throw DatabaseError(message: "event_end has no row") }
        return number
    }

    private func storedToday(by device: String) throws -> Int {
        let select = try database.cachedStatement(sql: "SELECT events FROM device_day WHERE day = ? AND device = ?")
        // No row: the device has stored nothing today.
        return try Int.fetchOne(select, arguments: [EventQuota.day(of: now), device]) ?? 0
    }

    private func count(_ events: Int, of device: String) throws {
        guard events > 0 else { return }
        let upsert = try database.cachedStatement(
            sql: """
                INSERT INTO device_day (day, device, events) VALUES (?, ?, ?)
                ON CONFLICT (day, device) DO UPDATE SET events = events + excluded.events
                """
        )
        try upsert.execute(arguments: [EventQuota.day(of: now), device, events])
    }
}

extension Database {
    /// Size of the file in bytes.
    func fileBytes() throws -> Int { try number("page_count") * number("page_size") }

    /// Bytes of the file that hold something.
    func usedBytes() throws -> Int { try (number("page_count") - number("freelist_count")) * number("page_size") }

    /// The number that a pragma answers with.
    func number(_ pragma: String) throws -> Int {
        guard let number = try Int.fetchOne(self, sql: "PRAGMA \(pragma)") else {
            throw DatabaseError(message: "SQLite does not know PRAGMA \(pragma)")
        }
        return number
    }
}
