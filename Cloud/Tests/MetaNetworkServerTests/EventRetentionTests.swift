import Logging
import MetaNetworkWire
import Testing

@testable import MetaNetworkServer

@Suite("Retention")
struct EventRetentionTests {
    private static let day = 86_400
    private static let start = 20_000 * day

    /// A store in which ten events arrived on each of some days.
    private func store(days: Int) async throws -> MemoryEventStore {
        let clock = TestClock()
        let store = MemoryEventStore(now: clock.now)
        for day in 0..<days {
            clock.set(Self.start + day * Self.day)
            let events = (0..<10).map { SampleEvents.Event(id: "event-\(day)-\($0)", item: "1", time: 0) }
            _ = store.append(EventMessage(device: "a", model: "m", events: events))
        }
        return store
    }

    private func pass(_ store: MemoryEventStore, day: Int, share: Double = 0.1) async throws -> EventRetention.Outcome {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        var settings = ServerConfiguration.Retention()
        settings.share = share
        let retention = EventRetention(store: store, settings: settings, logger: logger)
        return try await retention.pass(now: Self.start + day * Self.day)
    }

    @Test("deletes by arrival, whatever time a phone says")
    func age() async throws {
        let store = try await store(days: 95)
        #expect(try await pass(store, day: 89) == .deleted(0))
        #expect(try await pass(store, day: 95) == .deleted(50))
        #expect(store.ages(arrivedBefore: 0).events == 900)
    }

    @Test("deletes nothing where the clock is years ahead, and everything that is old where that is wished")
    func clock() async throws {
        let store = try await store(days: 90)
        #expect(try await pass(store, day: 3_650) == .deleted(0))
        #expect(store.ages(arrivedBefore: 0).events == 900)
        #expect(try await pass(store, day: 3_650, share: 1) == .deleted(900))
        #expect(try await pass(store, day: 3_650) == .deleted(0))
    }

    @Test("deletes nothing where more than the share is old, until a larger one is allowed")
    func share() async throws {
        let store = try await store(days: 120)
        #expect(try await pass(store, day: 120) == .refused(old: 300, of: 1_200))
        #expect(store.ages(arrivedBefore: 0).events == 1_200)
        #expect(try await pass(store, day: 120, share: 0.25) == .deleted(300))
    }
}
