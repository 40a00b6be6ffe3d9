import Foundation
import HTTPTypes
import HummingbirdTesting
import MetaNetwork
import MetaNetworkWire
import Testing

@testable import MetaNetworkServer

@Suite("Codes that devices learned as events")
struct CodeEventTests {
    private let fixture = ServerFixture()
    private let path = "/v1/models/movies/events"

    private func newFile() throws -> URL {
        try fixture.makeFolder().appendingPathComponent("\(UUID().uuidString).sqlite")
    }

    /// A service of a model whose codes have two values, and of one without a basis.
    private func service(_ store: any EventStore) async throws -> MetaNetworkService {
        try await fixture.bundles.publish(fixture.bundle("v1", others: [BundleLayout.basis]), share: nil)
        try await fixture.bundles.publish(fixture.bundle("p1", model: "plain"), share: nil)
        return try await fixture.service(events: store)
    }

    private func message(_ events: [SampleEvents.Event]) throws -> String {
        String(decoding: try JSONEncoder().encode(SampleEvents(events: events)), as: UTF8.self)
    }

    private func event(_ number: Int, _ values: [Float], _ version: String = "v1") throws -> SampleEvents.Event {
        let code = try #require(SampleEvents.Event.Code(values, version: version))
        return .init(id: "event-\(1000 + number)", code: code, time: number)
    }

    private func event(_ number: Int, text: String) -> SampleEvents.Event {
        .init(id: "event-\(1000 + number)", code: .init(version: "v1", values: text), time: number)
    }

    @Test("are stored where they are as long as their version's, finite and of one that is served, and else named")
    func check() async throws {
        let store = MemoryEventStore()
        try await service(store).application().test(.router) { client in
            let good = try event(0, [0.5, -1])
            var (both, doubtful) = (try event(6, [1, 2]), try event(7, [1, 2]))
            (both.item, doubtful.uncertainty) = ("50", 0.5)
            let item = SampleEvents.Event(id: "event-1008", item: "50", time: 8)
            let bad: [(SampleEvents.Event, String)] = try [
                (event(1, [1, 2, 3]), "the code has 3 values, those of its version have 2"),
                (event(2, []), "the code has 0 values, those of its version have 2"),
                (event(3, [1, 2], "v0"), "no version 'v0' that has a basis is served"),
                // Infinity and zero.
                (event(4, text: "AACAfwAAAAA="), "the code is no base64 of finite single-precision values"),
                (event(5, text: "0.5 -1"), "the code is no base64 of finite single-precision values"),
                (both, "there is a code beside an item or uncertainty"),
                (doubtful, "there is a code beside an item or uncertainty"),
            ]
            let answer = try await client.post(path, message([good] + bad.map(\.0) + [item]))
            let receipt = try JSONDecoder().decode(SampleEventsReceipt.self, from: Data(answer.bytes))
            #expect(answer.status == .ok && receipt.stored == 2)
            #expect(receipt.refused?.map(\.index) == Array(1...7))
            #expect(receipt.refused?.map(\.reason) == bad.map(\.1))
            let stored = try await store.events(of: "movies").reduce(into: []) { $0.append($1) }
            #expect(
                stored == [
                    .init(device: "", item: "", time: 0, code: good.code), .init(device: "", item: "50", time: 8),
                ]
            )
        }
    }

    @Test("are answered 422 with what would do where a message has no other, and 400 where they are none of any model")
    func status() async throws {
        try await service(MemoryEventStore()).application().test(.router) { client in
            let unknown = try await client.post(path, message([event(0, [1, 2], "v0")]))
            #expect(try unknown.status == .unprocessableContent && unknown.problem().field == "events[0]")
            #expect(try unknown.problem().type.hasSuffix("foreign-events"))
            #expect(try unknown.problem().detail.contains("no version 'v0' that has a basis is served"))
            #expect(try unknown.problem().fix?.contains("a code of version v1, base64 of 2 values") == true)
            let plain = try await client.post("/v1/models/plain/events", message([event(0, [1, 2], "p1")]))
            #expect(plain.status == .unprocessableContent)
            var nameless = try event(0, [1, 2])
            nameless.id = "x"
            #expect(try await client.post(path, message([nameless])).status == .badRequest)
            let number = #"{"events":[{"id":"event-0001","item":"","time":1,"code":5}]}"#
            #expect(try await client.post(path, number).status == .badRequest)
            let codeless = #"{"events":[{"id":"event-0001","item":"","time":1}]}"#
            #expect(try await client.post(path, codeless).status == .badRequest)
        }
    }

    @Test("are in no file of the last release, and in it once a service of this one opened it")
    func earlier() async throws {
        let old = try fixture.copyGolden("events.sqlite")
        let oldReader = try SQLiteEventStore(reading: old)
        #expect(try oldReader.codes(of: "movies", version: "v1").isEmpty)
        #expect(try oldReader.codeDevices(of: "movies").isEmpty)
        let opened = try SQLiteEventStore(old)
        _ = try await opened.append(EventMessage(device: "new", model: "movies", events: [event(0, [1, 2])]))
        #expect(try oldReader.codes(of: "movies", version: "v1") == [.init(device: "new", values: [1, 2])])
        #expect(try opened.count() == 21)
    }

    @Test("are gone from the file and its log when their device has them deleted")
    func rights() async throws {
        let file = try newFile()
        let store = try SQLiteEventStore(file)
        let secret = try event(0, [0.123, 4.56])
        for device in ["a", "b"] {
            _ = try await store.append(EventMessage(device: device, model: "movies", events: [secret]))
        }
        #expect(try await store.delete(device: "a") == 1)
        #expect(try store.codes(of: "movies", version: "v1").map(\.device) == ["b"])
        #expect(try await store.delete(device: "b") == 1)
        let text = try #require(secret.code?.values)
        for name in [file.path, file.path + "-wal"] {
            #expect(try Data(contentsOf: URL(fileURLWithPath: name)).range(of: Data(text.utf8)) == nil)
        }
    }
}
