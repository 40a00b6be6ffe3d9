/// When interactions were, and what their users did: parallel to ``InteractionDataset/items``.
public struct InteractionMoments: Sendable, Equatable {
    /// Times in seconds; empty where there are none.
    public private(set) var times: [Double] = []
    /// Index in ``eventNames`` of what the user did; empty where nothing says so.
    public private(set) var events: [Int32] = []
    /// What users did.
    public let eventNames: Vocabulary

    init(eventNames: Vocabulary) { self.eventNames = eventNames }

    mutating func append(_ index: Int, of log: InteractionLog) {
        if !log.times.isEmpty { times.append(log.times[index]) }
        if !log.events.isEmpty { events.append(log.events[index]) }
    }
}
