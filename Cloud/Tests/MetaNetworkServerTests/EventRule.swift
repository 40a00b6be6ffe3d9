import Testing

@testable import MetaNetworkServer

/// Something that every store of events keeps to, as a check that runs over any of them.
struct EventRule<Store>: Sendable, CustomTestStringConvertible {
    /// A sentence.
    let testDescription: String
    let check: @Sendable (EventStoreMaker<Store>) async throws -> Void

    init(_ sentence: String, _ check: @escaping @Sendable (EventStoreMaker<Store>) async throws -> Void) {
        (testDescription, self.check) = (sentence, check)
    }
}

/// Makes stores of events for one check.
struct EventStoreMaker<Store>: Sendable {
    /// Opens a store by its name; it is empty the first time.
    let open: @Sendable (String, EventQuota, TestClock) throws -> Store
    /// Opens a store to read its events.
    let read: @Sendable (String) throws -> any EventSource

    func callAsFunction(
        _ name: String = "events",
        _ clock: TestClock = TestClock(),
        quota: EventQuota = EventQuota()
    ) throws -> Store {
        try open(name, quota, clock)
    }
}

/// A store that outlives its process, and is read by the tool.
typealias KeptEvents = any EventStore & EventSource

extension EventStore {
    /// The events of a model, as they are read.
    func stored(_ model: String = "m") async throws -> [StoredEvent] {
        try await events(of: model).reduce(into: []) { $0.append($1) }
    }
}
