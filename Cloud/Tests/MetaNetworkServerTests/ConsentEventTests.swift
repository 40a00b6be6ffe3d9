import Foundation
import HTTPTypes
import HummingbirdTesting
import MetaNetworkWire
import Testing

@testable import MetaNetworkServer

@Suite("Consents of events")
struct ConsentEventTests {
    private let fixture = ServerFixture()
    private static let research = SampleEvents.Event.Consent(purpose: "research", version: "2026-03")
    private static let ads = SampleEvents.Event.Consent(purpose: "ads", version: "7")

    private func newFile() throws -> URL {
        try fixture.makeFolder().appendingPathComponent("\(UUID().uuidString).sqlite")
    }

    private func event(_ number: Int, _ consent: SampleEvents.Event.Consent?) -> SampleEvents.Event {
        var event = SampleEvents.Event(id: "event-\(1000 + number)", item: "\(number)", time: number)
        event.consent = consent
        return event
    }

    @Test("are stored as they came over HTTP; an event with one that is misspelt is refused alone")
    func route() async throws {
        try await fixture.publish("v1")
        let store = MemoryEventStore()
        try await fixture.service(events: store).application().test(.router) { client in
            let events = [
                event(0, Self.research), event(1, .init(purpose: "two words", version: "1")),
                event(2, .init(purpose: "ads", version: "")),
            ]
            let body = String(decoding: try JSONEncoder().encode(SampleEvents(events: events)), as: UTF8.self)
            let answer = try await client.post("/v1/models/movies/events", body)
            let receipt = try JSONDecoder().decode(SampleEventsReceipt.self, from: Data(answer.bytes))
            #expect(receipt.stored == 1 && receipt.refused?.map(\.index) == [1, 2])
            #expect(receipt.refused?.allSatisfy { $0.reason == SampleEvents.Event.Consent.fix } == true)
            let stored = try await store.events(of: "movies").reduce(into: []) { $0.append($1) }
            #expect(stored.map(\.consent) == [Self.research])
        }
    }

    @Test("are given to their device, and gone from the file when it has its events deleted")
    func rights() async throws {
        let file = try newFile()
        let store = try SQLiteEventStore(file)
        let own = SampleEvents.Event.Consent(purpose: "purpose-of-one", version: "text-of-one")
        for number in 0..<3 {
            _ = try await store.append(EventMessage(device: "one", model: "m", events: [event(number, own)]))
        }
        var given: [DeviceEvent] = []
        try store.forEachEvent(ofDevice: "one") { given.append($0) }
        #expect(given.map(\.consent) == [own, own, own])
        #expect(try await store.delete(device: "one") == 3)
        for path in [file.path, file.path + "-wal"] {
            #expect(try Data(contentsOf: URL(fileURLWithPath: path)).range(of: Data("-of-one".utf8)) == nil)
        }
    }

    @Test("are none in what an earlier release wrote, before a service of this one opened it and after")
    func earlier() async throws {
        let file = try fixture.copyGolden("events.sqlite")
        let reader = try SQLiteEventStore(reading: file)
        let before = [ConsentCount(model: "movies", consent: nil, events: 20, devices: 2)]
        #expect(try reader.consents() == before)
        #expect(try reader.inputs(of: "movies", after: 0, limit: 9, purpose: "ads").isEmpty)
        let store = try SQLiteEventStore(file)
        _ = try await store.append(EventMessage(device: "new", model: "movies", events: [event(0, Self.ads)]))
        #expect(
            try reader.consents() == before + [ConsentCount(model: "movies", consent: Self.ads, events: 1, devices: 1)]
        )
        let read = try await reader.events(of: "movies").reduce(into: []) { $0.append($1) }
        #expect(read.compactMap(\.consent) == [Self.ads] && read.count == 21)
    }
}
