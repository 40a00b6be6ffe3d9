import Foundation
import HTTPTypes
import HummingbirdTesting
import MetaNetworkWire
import Testing

@testable import MetaNetworkServer

@Suite("Events over HTTP")
struct EventTests {
    private let fixture = ServerFixture()

    private func service(_ store: any EventStore) async throws -> MetaNetworkService {
        try await fixture.publish("v1")
        var configuration = ServerConfiguration()
        configuration.authentication = .tokens(appKeys: ["0123456789abcdef"], secret: [UInt8](repeating: 1, count: 32))
        return try await fixture.service(configuration, events: store)
    }

    private func token(_ device: String, _ client: some TestClientProtocol) async throws -> String {
        let given = try await client.post("/v1/tokens", #"{"device":"\#(device)"}"#, token: "0123456789abcdef")
        return try JSONDecoder().decode(DeviceToken.self, from: Data(given.bytes)).token
    }

    private func message(_ ids: ClosedRange<Int>) throws -> String {
        let events = ids.map {
            SampleEvents.Event(id: "event-\($0 + 1000)", item: "item \($0)", time: 1_700_000_000 + $0)
        }
        return String(decoding: try JSONEncoder().encode(SampleEvents(events: events)), as: UTF8.self)
    }

    @Test("count once however often they are sent, are kept apart by device, and are deleted by their device alone")
    func onceEach() async throws {
        let path = "/v1/models/movies/events"
        let store = MemoryEventStore()
        try await service(store).application().test(.router) { client in
            let (one, two) = (try await token("device-1", client), try await token("device-2", client))
            func send(_ ids: ClosedRange<Int>, _ token: String) async throws -> SampleEventsReceipt {
                let response = try await client.post(path, message(ids), token: token)
                return try JSONDecoder().decode(SampleEventsReceipt.self, from: Data(response.bytes))
            }
            #expect(try await send(1...3, one) == SampleEventsReceipt(stored: 3, repeated: 0))
            #expect(try await send(2...5, one) == SampleEventsReceipt(stored: 2, repeated: 2))
            #expect(try await send(1...2, two) == SampleEventsReceipt(stored: 2, repeated: 0))
            var lines: [String] = []
            for try await event in store.events(of: "movies") {
                lines.append("\(event.device) \(event.item) \(event.time - 1_700_000_000)")
            }
            #expect(lines == (1...5).map { "device-1 item \($0) \($0)" } + (1...2).map { "device-2 item \($0) \($0)" })
            let deleted = try await client.execute(
                uri: "/v1/devices/me/events",
                method: .delete,
                headers: [.authorization: "Bearer \(one)"]
            )
            #expect(deleted.bytes == Array(#"{"deleted":5}"#.utf8))
            #expect(try await store.events(of: "movies").reduce(0) { count, _ in count + 1 } == 2)
            for (id, item, time) in [("x", "1", 1), ("event-1", "", 1), ("event-1", "1", -1)] {
                let json = #"{"events":[{"id":"\#(id)","item":"\#(item)","time":\#(time)}]}"#
                let bad = try await client.post(path, json, token: two)
                #expect(try bad.status == .badRequest && bad.problem().field == "events[0]", "\(json)")
            }
            #expect(try await client.post(path, #"{"events":[]}"#, token: two).status == .badRequest)
            #expect(try await client.post(path, try message(1...2)).status == .unauthorized)
        }
    }

    @Test("that are good are stored where others of the message are bad, which the answer names")
    func good() async throws {
        let store = MemoryEventStore()
        try await service(store).application().test(.router) { client in
            let token = try await token("device-1", client)
            let events = [
                ("event-0001", "1", 1), ("x", "2", 1), ("event-0002", "a\u{1B}[2Jb", 1), ("event-0003", "3", 1),
                ("event-0004", "\u{9B}", 1), ("event-0005", "5", -1),
            ].map { SampleEvents.Event(id: $0, item: $1, time: $2) }
            let body = String(decoding: try JSONEncoder().encode(SampleEvents(events: events)), as: UTF8.self)
            let refusals = { ServerFixture.metrics.counters(.eventsRefused).reduce(0) { $0 + $1.value } }
            let before = refusals()
            let answer = try await client.post("/v1/models/movies/events", body, token: token)
            let receipt = try JSONDecoder().decode(SampleEventsReceipt.self, from: Data(answer.bytes))
            #expect(answer.status == .ok && receipt.stored == 2 && receipt.repeated == 0)
            #expect(receipt.refused?.map(\.index) == [1, 2, 4, 5])
            #expect(receipt.refused?.allSatisfy { !$0.reason.isEmpty } == true)
            #expect(refusals() - before == 4)
            #expect(try await store.events(of: "movies").reduce(into: []) { $0.append($1.item) } == ["1", "3"])
        }
    }

    @Test("from a phone whose clock is fast, or of a service whose clock is slow, are stored as of now")
    func fastClock() async throws {
        let store = MemoryEventStore()
        try await service(store).application().test(.router) { client in
            let token = try await token("device-1", client)
            let now = Int(Date().timeIntervalSince1970)
            let events = [now + 3_600, now + 90_000, .max].enumerated().map {
                SampleEvents.Event(id: "event-000\($0)", item: "\($0)", time: $1)
            }
            let body = String(decoding: try JSONEncoder().encode(SampleEvents(events: events)), as: UTF8.self)
            let answer = try await client.post("/v1/models/movies/events", body, token: token)
            let receipt = try JSONDecoder().decode(SampleEventsReceipt.self, from: Data(answer.bytes))
            #expect(receipt == SampleEventsReceipt(stored: 3, repeated: 0))
            let times = try await store.events(of: "movies").reduce(into: [:]) { $0[$1.item] = $1.time }
            #expect(times["0"] == now + 3_600)
            for item in ["1", "2"] {
                let time = try #require(times[item])
                #expect((now...now + 60).contains(time))
            }
        }
    }

    @Test("beyond a device's quota are answered 429 with the seconds until tomorrow, beyond the store's size 507")
    func quota() async throws {
        let file = try fixture.makeFolder().appendingPathComponent("events.sqlite")
        let clock = TestClock(20_000 * 86_400 + 80_000)
        let path = "/v1/models/movies/events"
        let store = try SQLiteEventStore(file, quota: EventQuota(deviceEvents: 3), now: clock.now)
        try await service(store).application().test(.router) { client in
            let token = try await token("device-1", client)
            #expect(try await client.post(path, message(1...3), token: token).status == .ok)
            let refused = try await client.post(path, message(4...5), token: token)
            let wait = try #require(refused.headers[.retryAfter].flatMap { Int($0) })
            #expect(refused.status == .tooManyRequests && (6400...10_000).contains(wait))
            #expect(try refused.problem().type == "urn:metanetwork:problem:event-quota")
            clock.advance(6_400)
            #expect(try await client.post(path, message(4...5), token: token).status == .ok)
        }
        let full = try SQLiteEventStore(file, quota: EventQuota(bytes: 1))
        try await service(full).application().test(.router) { client in
            let token = try await token("device-1", client)
            let refused = try await client.post(path, message(6...7), token: token)
            #expect(try refused.status.code == 507 && refused.problem().type.hasSuffix(":event-store-full"))
        }
    }
}
