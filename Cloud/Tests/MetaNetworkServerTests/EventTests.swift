import Foundation
import HTTPTypes
import HummingbirdTesting
import MetaNetwork
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
            let future = Int(Date().timeIntervalSince1970) + 90_000
            for (id, item, time) in [("x", "1", 1), ("event-1", "", 1), ("event-1", "1", -1)] {
                let json = #"{"events":[{"id":"\#(id)","item":"\#(item)","time":\#(time)}]}"#
                let bad = try await client.post(path, json, token: two)
                #expect(try bad.status == .badRequest && bad.problem().field == "events[0]", "\(json)")
            }
            let early = #"{"events":[{"id":"event-10","item":"1","time":\#(future)}]}"#
            let refused = try await client.post(path, early, token: two)
            #expect(try refused.status == .unprocessableContent && refused.problem().field == "events[0].time")
            #expect(try await client.post(path, #"{"events":[]}"#, token: two).status == .badRequest)
            #expect(try await client.post(path, try message(1...2)).status == .unauthorized)
        }
    }
}
