import Foundation
import MetaNetworkWire
import Testing

@testable import MetaNetworkClient

/// The folder that the released SDK left on a device must open in every later one: an update of an app loses nothing.
@Suite("The folder of a released app")
struct GoldenStoreTests {
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("golden-\(UUID().uuidString)")
    private let time = ManualTime()

    /// What the released SDK saw when it wrote the folder.
    private struct Expected: Decodable {
        struct Item: Decodable {
            let id: String
            let score: Float
        }
        let recorded: Int
        let version: String
        let history: [String]
        let waiting: [String]
        let ranking: [Item]
    }

    private func expected() throws -> Expected {
        let data = try Data(contentsOf: Golden.folder.appendingPathComponent("store.json"))
        return try JSONDecoder().decode(Expected.self, from: data)
    }

    /// Opens a copy of the recorded folder at the time when it was written.
    private func open(
        _ answer: @escaping @Sendable (TransportRequest) async throws -> TransportResponse
    ) async throws -> PersonalModel {
        try FileManager.default.copyItem(at: Golden.folder.appendingPathComponent("store"), to: folder)
        time.setWall(try expected().recorded)
        var configuration = PersonalModel.Configuration(trust: try GoldenWire.label2("manifest").trust)
        configuration.transport = InMemoryTransport(answer)
        configuration.time = time
        configuration.credentials = .appKey("golden-app-key-0123456789")
        configuration.policy = AnyOf([])
        configuration.sharesSamples = true
        let server = try #require(URL(string: "http://localhost:1"))
        return try await PersonalModel(
            server: server,
            model: "movies",
            directory: folder,
            configuration: configuration
        )
    }

    @Test("opens without a network, is personal, and ranks as the release did")
    func ranking() async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let expected = try expected()
        let model = try await open { _ in throw TransportError.failed("no network") }
        #expect(await model.version == expected.version)
        #expect(await model.history == expected.history)
        var isPersonal = false
        for await state in await model.states {
            if case .personal(let age) = state { isPersonal = age.samples == 2 }
            break
        }
        #expect(isPersonal, "two samples came after the weights were made")
        let ranked = await model.topItems(.max)
        #expect(ranked.map(\.id) == expected.ranking.map(\.id))
        for (item, recorded) in zip(ranked, expected.ranking) { #expect(abs(item.score - recorded.score) < 1e-5) }
    }

    @Test("shares what waited in the outbox, under the ids that it had")
    func sharing() async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let expected = try expected()
        let shared = Shared()
        let model = try await open { request in try await shared.answer(request) }
        // Once a batch is full, the device shares it without asking for weights.
        for number in 0..<Outbox.batch - expected.waiting.count { await model.record("film-\(1 + number)") }
        await model.waitUntilIdle()
        let lines = try String(
            contentsOf: Golden.folder.appendingPathComponent("store/movies/outbox.jsonl"),
            encoding: .utf8
        ).split(separator: "\n")
        let waiting = try lines.map { try JSONDecoder().decode(SampleEvents.Event.self, from: Data($0.utf8)) }
        let events = await shared.events
        #expect(waiting.map(\.item) == expected.waiting)
        #expect(Array(events.prefix(waiting.count)) == waiting)
        #expect(events.count == Outbox.batch)
        let id = try Data(contentsOf: Golden.folder.appendingPathComponent("store/movies/device"))
        let device = try #require(await shared.device)
        #expect(String(decoding: id, as: UTF8.self).contains(device), "the device keeps its id")
    }

    /// A service that takes events.
    private actor Shared {
        var events: [SampleEvents.Event] = []
        var device: String?

        func answer(_ request: TransportRequest) throws -> TransportResponse {
            let body = request.body ?? Data()
            if request.url.path.hasSuffix("/v1/tokens") {
                device = try JSONDecoder().decode(DeviceTokenRequest.self, from: body).device
                let token = DeviceToken(token: "token", expires: .max)
                return TransportResponse(status: 200, body: try JSONEncoder().encode(token))
            }
            guard request.url.path.hasSuffix("/events") else { throw TransportError.failed("no network") }
            let sent = try JSONDecoder().decode(SampleEvents.self, from: body).events
            events += sent
            let receipt = SampleEventsReceipt(stored: sent.count, repeated: 0)
            return TransportResponse(status: 200, body: try JSONEncoder().encode(receipt))
        }
    }
}
