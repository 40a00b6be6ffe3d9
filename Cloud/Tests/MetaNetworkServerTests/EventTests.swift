import Foundation
import HTTPTypes
import HummingbirdTesting
import MetaNetwork
import Testing

@testable import MetaNetworkServer

@Suite("Events")
struct EventTests {
    private let fixture = ServerFixture()

    private func service() async throws -> MetaNetworkService {
        try fixture.registry.publish(fixture.bundle("v1"))
        var configuration = ServerConfiguration()
        configuration.eventsFile = fixture.folder.appendingPathComponent("events.sqlite")
        configuration.authentication = .tokens(appKeys: ["0123456789abcdef"], secret: [UInt8](repeating: 1, count: 32))
        return try await fixture.service(configuration)
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
        try await service().application().test(.router) { client in
            let (one, two) = (try await token("device-1", client), try await token("device-2", client))
            func send(_ ids: ClosedRange<Int>, _ token: String) async throws -> SampleEventsReceipt {
                let response = try await client.post(path, message(ids), token: token)
                return try JSONDecoder().decode(SampleEventsReceipt.self, from: Data(response.bytes))
            }
            #expect(try await send(1...3, one) == SampleEventsReceipt(stored: 3, repeated: 0))
            #expect(try await send(2...5, one) == SampleEventsReceipt(stored: 2, repeated: 2))
            #expect(try await send(1...2, two) == SampleEventsReceipt(stored: 2, repeated: 0))
            let store = try EventStore(fixture.folder.appendingPathComponent("events.sqlite"))
            var lines: [String] = []
            try store.forEach(model: "movies") { lines.append("\($0) \($1) \($2 - 1_700_000_000)") }
            #expect(lines == (1...5).map { "device-1 item \($0) \($0)" } + (1...2).map { "device-2 item \($0) \($0)" })
            let deleted = try await client.execute(
                uri: "/v1/devices/me/events",
                method: .delete,
                headers: [.authorization: "Bearer \(one)"]
            )
            #expect(deleted.bytes == Array(#"{"deleted":5}"#.utf8))
            #expect(try store.count() == 2)
            #expect(try store.delete(before: 1_700_000_002) == 1)
            let bad = try await client.post(path, #"{"events":[{"id":"x","item":"1","time":1}]}"#, token: two)
            #expect(try bad.status == .badRequest && bad.problem().field == "events[0]")
            #expect(try await client.post(path, #"{"events":[]}"#, token: two).status == .badRequest)
            #expect(try await client.post(path, try message(1...2)).status == .unauthorized)
        }
    }

    @Test("of many devices at once are all stored")
    func together() async throws {
        let store = try EventStore(fixture.makeFolder().appendingPathComponent("events.sqlite"))
        let writer = EventWriter(store)
        try await withThrowingTaskGroup(of: SampleEventsReceipt.self) { group in
            for device in 0..<200 {
                group.addTask {
                    let events = (0..<5).map { SampleEvents.Event(id: "event-\($0)", item: "i", time: $0) }
                    return try await writer.write(.init(device: "\(device)", model: "m", events: events))
                }
            }
            for try await receipt in group { #expect(receipt.stored == 5) }
        }
        #expect(try store.count() == 1000)
    }
}
