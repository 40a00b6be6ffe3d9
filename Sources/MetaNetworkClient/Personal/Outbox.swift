import Foundation
import MetaNetwork

/// Samples that wait until the service has stored them, in memory and on disk. Their ids stay the same on every try, so that
/// each counts once.
struct Outbox: Sendable {
    /// Maximum number of samples in one request.
    static let batch = 50

    private(set) var events: [SampleEvents.Event] = []
    private let log: SampleLog
    private let isOpen: Bool
    private var unwritten: [SampleEvents.Event] = []

    /// Reads what waits; where nothing may be shared, or no more, what waits is removed.
    init(_ log: SampleLog, isOpen: Bool, _ notices: inout [ClientError]) {
        self.log = log
        self.isOpen = isOpen
        guard isOpen else {
            try? FileManager.default.removeItem(at: log.url)
            return
        }
        do {
            let (events, damagedLines) = try log.read()
            self.events = Array(events.suffix(log.limit))
            if damagedLines > 0 || events.count > log.limit { try log.rewrite() }
        } catch {
            log.setAside()
            notices.append(.disk(error))
        }
    }

    /// Adds a sample if samples may be shared.
    mutating func append(_ event: SampleEvents.Event) throws {
        guard isOpen else { return }
        events.append(event)
        unwritten.append(event)
        if events.count > log.limit {
            events.removeFirst()
            if unwritten.count > log.limit { unwritten.removeFirst() }
        }
        try log.append(unwritten)
        unwritten = []
    }

    /// The oldest samples, as many as one request carries.
    var nextBatch: [SampleEvents.Event] { Array(events.prefix(Self.batch)) }

    /// Removes samples that the service has stored or will never store.
    mutating func remove(_ batch: [SampleEvents.Event]) throws {
        let ids = Set(batch.map(\.id))
        events.removeAll { ids.contains($0.id) }
        unwritten.removeAll { ids.contains($0.id) }
        try log.rewrite { !ids.contains($0.id) }
    }

    /// Removes all from memory.
    mutating func removeAll() {
        events = []
        unwritten = []
    }
}
