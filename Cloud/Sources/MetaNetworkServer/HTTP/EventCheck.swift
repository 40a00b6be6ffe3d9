import MetaNetwork

/// The events of a message that can be stored, and those that cannot: one bad event costs no good one.
struct EventCheck {
    /// Events to store.
    private(set) var accepted: [SampleEvents.Event] = []
    /// Events that will never be stored.
    private(set) var refused: [SampleEventsReceipt.Refusal] = []

    /// Checks events.
    ///
    /// - Parameters:
    ///   - events: As the device sent them.
    ///   - now: The clock, in seconds since 1970. An event that lies more than a day ahead of it happened now: either clock may be
    ///     wrong, and the order of arrival is kept.
    init(_ events: [SampleEvents.Event], now: Int) {
        for (index, event) in events.enumerated() {
            if let reason = Self.flaw(of: event) {
                refused.append(SampleEventsReceipt.Refusal(index: index, reason: reason))
                continue
            }
            var event = event
            if event.time > now + EventQuota.secondsOfDay { event.time = now }
            accepted.append(event)
        }
    }

    private static func flaw(of event: SampleEvents.Event) -> String? {
        let item = event.item.unicodeScalars
        guard ParametersRequest.isWord(event.id) else { return "the id is not 8 to 64 letters, digits, - and _" }
        guard (1...1024).contains(item.count) else { return "the item has not 1 to 1024 characters" }
        // An operator's terminal would take them for commands.
        guard !item.contains(where: { $0.properties.generalCategory == .control }) else {
            return "the item has a control character"
        }
        guard event.time >= 0 else { return "the time is before 1970" }
        return nil
    }
}
