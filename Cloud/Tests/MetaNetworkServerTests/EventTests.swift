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
            let file = fixture.folder.appendingPathComponent("events.sqlite")
            let store = try EventStore(file)
            var lines: [String] = []
            try EventReader(file).forEach(model: "movies") { lines.append("\($0) \($1) \($2 - 1_700_000_000)") }
            #expect(lines == (1...5).map { "device-1 item \($0) \($0)" } + (1...2).map { "device-2 item \($0) \($0)" })
            let deleted = try await client.execute(
                uri: "/v1/devices/me/events",
                method: .delete,
                headers: [.authorization: "Bearer \(one)"]
            )
            #expect(deleted.bytes == Array(#"{"deleted":5}"#.utf8))
            #expect(try store.count() == 2)
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

    private func store() throws -> (EventStore, URL) {
        let file = try fixture.makeFolder().appendingPathComponent("\(UUID().uuidString).sqlite")
        return (try EventStore(file), file)
    }

    private func events(_ range: Range<Int>, item: (Int) -> String = { "item \($0)" }) -> [SampleEvents.Event] {
        range.map { SampleEvents.Event(id: "event-\($0)", item: item($0), time: $0) }
    }

    @Test("of many devices at once are all stored")
    func together() async throws {
        let (store, _) = try store()
        let writer = EventWriter(store)
        try await withThrowingTaskGroup(of: SampleEventsReceipt.self) { group in
            for device in 0..<200 {
                group.addTask { try await writer.write(.init(device: "\(device)", model: "m", events: events(0..<5))) }
            }
            for try await receipt in group { #expect(receipt.stored == 5) }
        }
        #expect(try store.count() == 1000)
    }

    @Test("are refused where too many wait, and those that were taken are stored")
    func full() async throws {
        let (store, _) = try store()
        let writer = EventWriter(store, eventLimit: 1000)
        let receipts = try await withThrowingTaskGroup(of: SampleEventsReceipt?.self) { group in
            for device in 0..<20 {
                group.addTask {
                    do {
                        return try await writer.write(.init(device: "\(device)", model: "m", events: events(0..<500)))
                    } catch is EventWriter.Full {
                        return nil
                    }
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(receipts.contains(nil) && receipts.contains(SampleEventsReceipt(stored: 500, repeated: 0)))
        #expect(try store.count() == receipts.reduce(0) { $0 + ($1?.stored ?? 0) })
    }

    @Test("are read by device, in order of time and then of arrival, of one model")
    func reading() throws {
        let (store, file) = try store()
        func event(_ id: String, _ item: String, _ time: Int) -> SampleEvents.Event {
            .init(id: id, item: item, time: time)
        }
        _ = try store.store([
            .init(device: "b", model: "m", events: [event("z", "2", 5), event("a", "3", 5), event("y", "1", 4)]),
            .init(device: "a", model: "m", events: [event("z", "4", 9)]),
            .init(device: "a", model: "other", events: [event("y", "5", 1)]),
        ])
        let reader = try EventReader(file)
        var items: [String] = []
        try reader.forEach(model: "m") { device, item, _ in items.append(device + item) }
        #expect(items == ["a4", "b1", "b2", "b3"])
        #expect(try reader.models() == ["m", "other"])
    }

    @Test("are forgotten by age, in steps, and leave nothing in the file")
    func forgetting() async throws {
        func use() async throws -> URL {
            let (store, file) = try store()
            _ = try store.store([.init(device: "one", model: "m", events: events(0..<100) { "secret-\($0)-" })])
            #expect(try await store.delete(before: 60, step: 7) == 60)
            #expect(try store.count() == 40)
            #expect(try await store.delete(device: "one") == 40)
            #expect(try await store.delete(device: "one") == 0)
            return file
        }
        // The store is closed: the log was moved to the file.
        let file = try await use()
        #expect(try Data(contentsOf: file).range(of: Data("secret-".utf8)) == nil)
        let rights = try FileManager.default.attributesOfItem(atPath: file.path)[.posixPermissions] as? Int
        #expect(rights == 0o600)
    }

    @Test("of a file that is missing or another's are refused with the fix")
    func badFiles() throws {
        let folder = try fixture.makeFolder()
        let missing = folder.appendingPathComponent("missing.sqlite")
        #expect { try EventReader(missing) } throws: { "\($0)".contains("is not there; name the file") }
        #expect(!FileManager.default.fileExists(atPath: missing.path))
        let text = folder.appendingPathComponent("text.sqlite")
        try Data(String(repeating: "no database ", count: 100).utf8).write(to: text)
        #expect { try EventReader(text) } throws: { "\($0)".contains("cannot be read as SQLite") }
        #expect { try EventStore(text) } throws: { "\($0)".contains("name another file") }
        let empty = folder.appendingPathComponent("empty.sqlite")
        try Data().write(to: empty)
        #expect { try EventReader(empty) } throws: { "\($0)".contains("holds no events") }
    }
}
