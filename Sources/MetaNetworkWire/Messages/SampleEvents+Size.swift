extension SampleEvents {
    /// Bytes that the events of a message may take, without the 13 around them.
    fileprivate static let eventBytes = ParametersRequest.byteLimit - 16

    /// The longest beginning of some events that a service reads in one message; the first in any case.
    ///
    /// - Parameters:
    ///   - events: The events, oldest first.
    ///   - count: Maximum number of events.
    public static func beginning(of events: [Event], count: Int) -> [Event] {
        var (fitting, left) = (0, eventBytes)
        for event in events.prefix(count) {
            left -= event.byteBound
            guard left >= 0 || fitting == 0 else { break }
            fitting += 1
        }
        return Array(events.prefix(fitting))
    }
}

extension SampleEvents.Event {
    /// Bytes of the keys, and of the longest numbers: a time of 20 characters, an uncertainty of 16.
    private static let frameBytes = 88

    /// Bytes of the keys of a code.
    private static let codeFrameBytes = 40

    /// Bytes of the keys of a ranking, of the longest word and of a rank of 20 characters.
    private static let rankingFrameBytes = 76

    /// Bytes of the keys of a consent.
    private static let consentFrameBytes = 40

    /// The event takes no more bytes of a message than these.
    fileprivate var byteBound: Int {
        let code = code.map {
            Self.codeFrameBytes + ParametersRequest.bytes(of: $0.version) + ParametersRequest.bytes(of: $0.values)
        }
        let ranking = ranking.map { Self.rankingFrameBytes + ParametersRequest.bytes(of: $0.version) }
        let consent = consent.map {
            Self.consentFrameBytes + ParametersRequest.bytes(of: $0.purpose) + ParametersRequest.bytes(of: $0.version)
        }
        return Self.frameBytes + ParametersRequest.bytes(of: id) + ParametersRequest.bytes(of: item) + (code ?? 0)
            + (ranking ?? 0) + (consent ?? 0)
    }

    /// Whether a service reads a message with this event alone.
    public var fitsMessage: Bool { byteBound <= SampleEvents.eventBytes }
}
