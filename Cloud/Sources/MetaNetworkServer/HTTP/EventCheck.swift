import MetaNetworkWire

/// The events of a message that can be stored, and those that cannot: one bad event costs no good one.
struct EventCheck {
    /// Events to store.
    private(set) var accepted: [SampleEvents.Event] = []
    /// Events that will never be stored.
    private(set) var refused: [SampleEventsReceipt.Refusal] = []
    /// Whether one of those is none of any model.
    private(set) var hasMalformed = false
    private let model: Model

    /// What the events of a model must be.
    struct Model {
        /// Values of an input; `nil` where it ranks items.
        let inputCount: Int?
        /// Values of a code, for each version that is served and has a basis.
        let codeCounts: [String: Int]
    }

    /// Checks events.
    ///
    /// - Parameters:
    ///   - events: As the device sent them.
    ///   - model: The model that they are for.
    ///   - now: The clock, in seconds since 1970. An event that lies more than a day ahead of it happened now: either clock may be
    ///     wrong, and the order of arrival is kept.
    init(_ events: [SampleEvents.Event], of model: Model, now: Int) {
        self.model = model
        for (index, event) in events.enumerated() {
            let flaw = Self.flaw(of: event)
            if let reason = flaw ?? Self.misfit(of: event, model) {
                refused.append(SampleEventsReceipt.Refusal(index: index, reason: reason))
                hasMalformed = hasMalformed || flaw != nil
                continue
            }
            var event = event
            if event.time > now + EventQuota.secondsOfDay { event.time = now }
            accepted.append(event)
        }
    }

    /// Why an event is none of any model.
    private static func flaw(of event: SampleEvents.Event) -> String? {
        guard ParametersRequest.isWord(event.id) else { return "the id is not 8 to 64 letters, digits, - and _" }
        guard event.time >= 0 else { return "the time is before 1970" }
        if let consent = event.consent, !consent.isSpelled { return SampleEvents.Event.Consent.fix }
        if let rank = event.ranking?.rank, rank < 1 { return "the rank is \(rank), not 1 or more" }
        if let uncertainty = event.uncertainty {
            return (0...1).contains(uncertainty) ? nil : "the uncertainty is \(uncertainty), not from 0 to 1"
        }
        guard event.code == nil else { return nil }
        let item = event.item.unicodeScalars
        guard (1...1024).contains(item.count) else { return "the item has not 1 to 1024 characters" }
        // An operator's terminal would take them for commands.
        guard !item.contains(where: { $0.properties.generalCategory == .control }) else {
            return "the item has a control character"
        }
        return nil
    }

    /// Why an event is none of this model.
    private static func misfit(of event: SampleEvents.Event, _ model: Model) -> String? {
        if let code = event.code {
            guard event.item.isEmpty, event.uncertainty == nil else {
                return "there is a code beside an item or uncertainty"
            }
            guard event.ranking == nil else { return "there is a code beside a ranking" }
            return misfit(of: code, model)
        }
        guard let inputCount = model.inputCount else {
            return event.uncertainty == nil ? nil : "there is an uncertainty, and the model ranks items"
        }
        guard event.uncertainty != nil else { return "there is no uncertainty, and the model reads inputs" }
        guard event.ranking == nil else { return "there is a ranking, and the model reads inputs" }
        guard let values = InputText.values(of: event.item) else {
            return "the item is no base64 of finite half-precision values"
        }
        guard values.count == inputCount else {
            return "the input has \(values.count) values, the model reads \(inputCount)"
        }
        return nil
    }

    /// Why a code is none of this model.
    private static func misfit(of code: SampleEvents.Event.Code, _ model: Model) -> String? {
        guard let count = model.codeCounts[code.version] else {
            return "no version '\(code.version.cut(toBytes: 80))' that has a basis is served"
        }
        guard let values = code.floats else { return "the code is no base64 of finite single-precision values" }
        guard values.count == count else {
            return "the code has \(values.count) values, those of its version have \(count)"
        }
        return nil
    }

    /// What an event of the model looks like.
    var fix: String {
        let item =
            if let inputCount = model.inputCount {
                "item: base64 of \(inputCount) values in half precision, 2 bytes each, the least significant first; uncertainty: "
                    + "0 to 1"
            } else {
                "item: 1 to 1024 characters, no control characters; no uncertainty"
            }
        let codes = model.codeCounts.sorted { $0.key < $1.key }.map { version, count in
            "; or an empty item and a code of version \(version), base64 of \(count) values in single precision"
        }
        return "id: 8 to 64 letters, digits, - and _; \(item); time: seconds since 1970" + codes.joined()
    }
}
