import Crypto
import Foundation

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

    /// Time and event of an interaction, where they are known.
    ///
    /// - Parameter index: Index into ``InteractionDataset/items``; `nil` for none.
    public func moment(_ index: Int?) -> (time: Double?, event: String?) {
        guard let index else { return (nil, nil) }
        return (times.isEmpty ? nil : times[index], events.isEmpty ? nil : eventNames[Int(events[index])])
    }

    /// Adds what some contexts read to a digest.
    func update(_ hash: inout SHA256, _ contexts: [EventContext]) {
        if contexts.contains(where: { !$0.isOfEvents }) {
            times.withUnsafeBytes { hash.update(bufferPointer: $0) }
        }
        if contexts.contains(where: \.isOfEvents) {
            for index in 0..<eventNames.count { hash.update(data: Data("\(eventNames[index])\0".utf8)) }
            events.withUnsafeBytes { hash.update(bufferPointer: $0) }
        }
    }
}
