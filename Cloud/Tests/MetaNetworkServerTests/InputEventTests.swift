import Foundation
import HTTPTypes
import HummingbirdTesting
import MetaNetwork
import MetaNetworkWire
import Testing

@testable import MetaNetworkServer

@Suite("Inputs of models over vectors as events")
struct InputEventTests {
    private let fixture = ServerFixture()
    private let path = "/v1/models/gestures/events"

    private func newFile() throws -> URL {
        try fixture.makeFolder().appendingPathComponent("\(UUID().uuidString).sqlite")
    }

    /// A service of a model that reads three numbers, and of one that ranks items.
    private func service(_ store: any EventStore) async throws -> MetaNetworkService {
        let architecture = Architecture(
            name: "gestures",
            inputs: [.vector("reading", width: 3)],
            nodes: [.init("logits", .dense(units: 2, dynamic: true), "reading")],
            output: "logits"
        )
        try await fixture.bundles.publish(
            fixture.bundle("g1", items: 0, model: "gestures", architecture: architecture),
            share: nil
        )
        try await fixture.publish("v1")
        return try await fixture.service(events: store)
    }

    private func message(_ events: [SampleEvents.Event]) throws -> String {
        String(decoding: try JSONEncoder().encode(SampleEvents(events: events)), as: UTF8.self)
    }

    private func text(_ values: [Float]) throws -> String { try #require(InputText.text(of: values)) }

    private func event(_ number: Int, _ item: String, _ uncertainty: Float? = 0.5) -> SampleEvents.Event {
        .init(id: "event-\(1000 + number)", item: item, time: number, uncertainty: uncertainty)
    }

    @Test("are stored where they are what the model reads, and else named with the reason")
    func check() async throws {
        let store = MemoryEventStore()
        try await service(store).application().test(.router) { client in
            let good = try [event(0, text([1, 2, 3]), 0), event(1, text([65_504, -0.5, 0]), 1)]
            let bad: [(SampleEvents.Event, String)] = try [
                (event(2, text([1, 2, 3]), nil), "there is no uncertainty, and the model reads inputs"),
                (event(3, text([1, 2, 3, 4])), "the input has 4 values, the model reads 3"),
                (event(4, ""), "the input has 0 values, the model reads 3"),
                (event(5, "50"), "the item is no base64 of finite half-precision values"),
                (event(6, "AHwAAAAA"), "the item is no base64 of finite half-precision values"),
                (event(7, text([1, 2, 3]), 1.5), "the uncertainty is 1.5, not from 0 to 1"),
                (event(8, text([1, 2, 3]), -1), "the uncertainty is -1.0, not from 0 to 1"),
            ]
            let answer = try await client.post(path, message(good + bad.map(\.0)))
            let receipt = try JSONDecoder().decode(SampleEventsReceipt.self, from: Data(answer.bytes))
            #expect(answer.status == .ok && receipt.stored == 2)
            #expect(receipt.refused?.map(\.index) == Array(2...8))
            #expect(receipt.refused?.map(\.reason) == bad.map(\.1))
            let stored = try await store.events(of: "gestures").reduce(into: []) { $0.append($1) }
            #expect(stored == good.map { .init(device: "", item: $0.item, time: $0.time, uncertainty: $0.uncertainty) })
        }
    }

    @Test("are of one model: alone they are answered 422, and 400 where they are none of any")
    func status() async throws {
        try await service(MemoryEventStore()).application().test(.router) { client in
            let input = try event(0, text([1, 2, 3]))
            let foreign = try await client.post("/v1/models/movies/events", message([input]))
            #expect(try foreign.status == .unprocessableContent && foreign.problem().field == "events[0]")
            #expect(try foreign.problem().detail.contains("there is an uncertainty, and the model ranks items"))
            let item = try await client.post(path, message([event(0, "50", nil)]))
            #expect(
                try item.status == .unprocessableContent && item.problem().fix?.contains("base64 of 3 values") == true
            )
            let none = try await client.post(
                path,
                message(
                    [input, event(1, "50", nil)].map {
                        SampleEvents.Event(id: "x", item: $0.item, time: 0, uncertainty: $0.uncertainty)
                    }
                )
            )
            #expect(none.status == .badRequest)
            #expect(try await client.post("/v1/models/movies/events", message([event(0, "50", nil)])).status == .ok)
            #expect(try await client.post(path, message([input])).status == .ok)
        }
    }

    @Test("count by their size where they wait for a commit, so that the limit bounds the memory that they take")
    func weight() async throws {
        func message(_ bytes: Int) -> EventMessage {
            EventMessage(device: "a", model: "m", events: [event(0, String(repeating: "A", count: bytes))])
        }
        #expect([0, 4096, 4097, 1 << 20].map { message($0).weight } == [1, 1, 2, 256])
        let store = try SQLiteEventStore(newFile(), waitingLimit: 255)
        await #expect(throws: EventsRefused.busy) { try await store.append(message(1 << 20)) }
        #expect(try await store.append(message(1 << 19)).stored == 1)
    }

    @Test("are in what a device is given of itself, in backups, and gone when it has them deleted")
    func rights() async throws {
        let (file, backup) = (try newFile(), try newFile())
        let store = try SQLiteEventStore(file, now: { 9 })
        let secret = try text([1, 2, 3])
        for device in ["a", "b"] {
            _ = try await store.append(
                EventMessage(device: device, model: "gestures", events: [event(0, secret, 0.75)])
            )
        }
        try store.backup(to: backup)
        var exported: [DeviceEvent] = []
        try SQLiteEventStore(reading: backup).forEachEvent(ofDevice: "a") { exported.append($0) }
        #expect(exported.map(\.item) == [secret] && exported.map(\.uncertainty) == [0.75])
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let line = String(decoding: try encoder.encode(exported[0]), as: UTF8.self)
        #expect(line.hasSuffix(#""model":"gestures","time":0,"uncertainty":0.75}"#))
        #expect(try await store.delete(device: "a") == 1)
        #expect(try store.inputs(of: "gestures", after: 0, limit: 9).map(\.device) == ["b"])
        #expect(try await store.delete(device: "b") == 1)
        for name in [file.path, file.path + "-wal"] {
            #expect(try Data(contentsOf: URL(fileURLWithPath: name)).range(of: Data(secret.utf8)) == nil)
        }
    }

    @Test(
        "are taken by a file of the last release, whose events stay, and which is read before it is opened to be written"
    )
    func migration() async throws {
        let file = try fixture.copyGolden("events.sqlite")
        let reader = try SQLiteEventStore(reading: file)
        let before = try await reader.events(of: "movies").reduce(into: []) { $0.append($1) }
        #expect(before.count == 20 && before.allSatisfy { $0.uncertainty == nil })
        #expect(try reader.inputs(of: "movies", after: 0, limit: 9).isEmpty)
        let store = try SQLiteEventStore(file)
        _ = try await store.append(EventMessage(device: "new", model: "gestures", events: [event(0, "ADg=")]))
        #expect(try await store.events(of: "movies").reduce(into: []) { $0.append($1) } == before)
        #expect(try reader.inputs(of: "gestures", after: 0, limit: 9).map(\.text) == ["ADg="])
        #expect(try SQLiteEventStore(file).count() == 21, "it is changed once")
    }
}
