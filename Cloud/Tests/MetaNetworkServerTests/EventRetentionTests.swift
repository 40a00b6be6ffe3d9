import CoreMetrics
import Dispatch
import Foundation
import Logging
import MetaNetworkWire
import Synchronization
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

    /// What a service does once an hour, and shows.
    private func retention(
        _ store: any EventStore,
        share: Double,
        _ metrics: PrometheusMetrics = PrometheusMetrics()
    ) -> EventRetention {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        var settings = ServerConfiguration.Retention()
        settings.share = share
        let overdue = Meter(label: ServiceMetric.eventsOverdue.rawValue, factory: metrics)
        return EventRetention(store: store, settings: settings, logger: logger, overdue: overdue)
    }

    private func pass(_ store: any EventStore, day: Int, share: Double = 0.1) async throws -> EventRetention.Outcome {
        try await retention(store, share: share).pass(now: Self.start + day * Self.day)
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

    @Test("counts events, which is to read all of them, only where the share is asked for")
    func counting() async throws {
        let store = CountingStore(try await store(days: 95))
        #expect(try await pass(store, day: 95, share: 1) == .deleted(50))
        #expect(store.counts.withLock { $0 } == 0)
        #expect(try await pass(store, day: 96) == .deleted(0))
        #expect(store.counts.withLock { $0 } == 2)
    }

    /// A place of objects in which ten events arrived in each of some hours, most of which are too old a hundred days later.
    private func objects(_ clock: TestClock) async throws -> MemoryObjects {
        let objects = MemoryObjects()
        for (number, day) in [0, 0, 0, 100].enumerated() {
            clock.set(Self.start + day * Self.day + number * 3600)
            let events = (0..<10).map { SampleEvents.Event(id: "event-\(number)-\($0)", item: "1", time: 0) }
            _ = try await service(objects, clock).append(EventMessage(device: "a", model: "m", events: events))
        }
        return objects
    }

    private func service(_ objects: any ObjectStore, _ clock: TestClock) -> ObjectEventStore {
        ObjectEventStore(objects, gathering: .milliseconds(1), now: clock.now)
    }

    /// What the gauge says.
    private func overdue(_ metrics: PrometheusMetrics) -> Double? {
        let name = "metanetwork_events_overdue "
        return metrics.text.split(separator: "\n").first { $0.hasPrefix(name) }.flatMap {
            Double($0.dropFirst(name.count))
        }
    }

    @Test(
        "lets a service that may delete more go on where another was refused, at once; and whoever was refused stops to say so"
    )
    func refused() async throws {
        let (clock, shown) = (TestClock(), PrometheusMetrics())
        let objects = try await objects(clock)
        let small = retention(service(objects, clock), share: 0.1, shown)
        #expect(try await small.pass(now: 0) == .refused(old: 30, of: 40))
        #expect(overdue(shown) == 30)
        clock.advance(60)
        // Neither who may delete as little, nor who puts objects together alone.
        #expect(try await retention(service(objects, clock), share: 0.1).pass(now: 0) == .notDue)
        #expect(try await service(objects, clock).pass(nil) == .notDue)
        #expect(try await retention(service(objects, clock), share: 0.5).pass(now: 0) == .refused(old: 30, of: 40))
        #expect(try await retention(service(objects, clock), share: 0.5).pass(now: 0) == .notDue)
        #expect(try await retention(service(objects, clock), share: 1).pass(now: 0) == .deleted(30))
        #expect(try await retention(service(objects, clock), share: 1).pass(now: 0) == .notDue, "it was not refused")
        #expect(try await small.pass(now: 0) == .notDue)
        #expect(overdue(shown) == 0)
    }

    @Test("says what was refused or deleted even if the rest of the pass fails, or is another service's by then")
    func cut() async throws {
        let (clock, shown) = (TestClock(), PrometheusMetrics())
        let objects = try await objects(clock)
        _ = try await service(objects, clock).delete(device: "a")
        clock.advance(Self.day)
        let away = WatchedObjects(objects: objects) { kind, key in
            // What writes objects anew begins by reading one.
            guard kind == .get, key.hasSuffix(".gz") else { return }
            throw ObjectStoreError("s3://models does not answer", isOutage: true)
        }
        let one = retention(service(away, clock), share: 0.1, shown)
        await #expect(throws: ObjectStoreError.self) { try await one.pass(now: 0) }
        #expect(overdue(shown) == 30)
        clock.advance(3600)
        let all = retention(service(away, clock), share: 1, shown)
        await #expect(throws: ObjectStoreError.self) { try await all.pass(now: 0) }
        #expect(overdue(shown) == 0 && objects.keys.count { $0.hasSuffix(".gz") } == 1)
    }

    @Test("lets a service that may delete more wait until the pass that was refused is over")
    func taken() async throws {
        let (clock, shown) = (TestClock(), PrometheusMetrics())
        let objects = try await objects(clock)
        _ = try await service(objects, clock).delete(device: "a")
        clock.advance(Self.day)
        let all = retention(service(objects, clock), share: 1)
        let once = Once()
        let watched = WatchedObjects(objects: objects) { kind, key in
            guard kind == .get, key.hasSuffix(".gz") else { return }
            // What is being written anew would be back after it was forgotten.
            try await once {
                let outcome = try await all.pass(now: 0)
                #expect(outcome == .notDue)
            }
        }
        let one = retention(service(watched, clock), share: 0.1, shown)
        #expect(try await one.pass(now: 0) == .refused(old: 30, of: 40))
        #expect(overdue(shown) == 30)
        #expect(try await all.pass(now: 0) == .deleted(0), "the pass carried out the deletion")
        #expect(try await one.pass(now: 0) == .notDue)
        #expect(overdue(shown) == 0)
    }

    @Test("says what was refused where another service has taken the turn by the end of the pass")
    func lost() async throws {
        let (clock, shown) = (TestClock(), PrometheusMetrics())
        let objects = try await objects(clock)
        _ = try await service(objects, clock).delete(device: "a")
        clock.advance(Self.day)
        let watched = WatchedObjects(objects: objects) { kind, key in
            guard kind == .get, key.hasSuffix(".gz") else { return }
            // As after a pause of this process.
            objects[".turn.json"] = Data(#"{"began":1,"erased":0}"#.utf8)
        }
        let one = retention(service(watched, clock), share: 0.1, shown)
        #expect(try await one.pass(now: 0) == .refused(old: 30, of: 40))
        #expect(overdue(shown) == 30)
    }

    @Test(
        "is said at any time by one of all services, however many, where it was refused; an hour after it was deleted, by none",
        arguments: [1, 20]
    )
    func fleet(_ count: Int) async throws {
        let clock = TestClock()
        let objects = try await objects(clock)
        let shown = (0..<count).map { _ in PrometheusMetrics() }
        let all = shown.map { retention(service(objects, clock), share: 0.1, $0) }
        // Each at its own minute of the hour, as they were started.
        func minutes(_ range: Range<Int>, _ check: () -> Void) async throws {
            for minute in range {
                for number in 0..<count where number * 60 / count == minute % 60 {
                    _ = try await all[number].pass(now: 0)
                }
                check()
                clock.advance(60)
            }
        }
        var above = Set<Int>()
        try await minutes(0..<600) {
            let values = shown.map { overdue($0) ?? 0 }
            #expect(values.max() == 30, "\(values)")
            above.formUnion(values.indices.filter { values[$0] > 0 })
        }
        #expect(above.count > count / 2, "whoever looked last says so")
        #expect(try await retention(service(objects, clock), share: 1).pass(now: 0) == .deleted(30))
        try await minutes(600..<660) {}
        #expect(shown.allSatisfy { overdue($0) == 0 })
    }
}

/// A store that counts how often all of its events are counted.
private final class CountingStore: EventStore {
    let counts = Mutex(0)
    private let events: MemoryEventStore

    init(_ events: MemoryEventStore) { self.events = events }

    func ages(arrivedBefore time: Int) -> EventAges {
        counts.withLock { $0 += 1 }
        return events.ages(arrivedBefore: time)
    }

    func append(_ message: EventMessage) -> SampleEventsReceipt { events.append(message) }
    func delete(device: String) -> Int { events.delete(device: device) }
    func delete(arrivedBefore time: Int) -> Int { events.delete(arrivedBefore: time) }
    func choices(of model: String, trial: Int?) -> [ChoiceArm: ChoiceSums] { events.choices(of: model, trial: trial) }
    func compact() { events.compact() }
    func models() -> [String] { events.models() }
    func events(of model: String) -> AsyncThrowingStream<StoredEvent, any Error> { events.events(of: model) }
}
