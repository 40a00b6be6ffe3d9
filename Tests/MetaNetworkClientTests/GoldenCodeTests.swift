import Foundation
import MetaNetwork
import MetaNetworkWire
import Testing

@testable import MetaNetworkClient

/// What the SDK of a release sent when it had learned codes, and what the service answered (Tests/Golden/codes).
@Suite("Codes of released apps")
struct GoldenCodeTests {
    private let wire = GoldenWire.codes

    /// What the recorded device learned from, and what it made of the first readings then.
    private struct Learned: Decodable {
        struct Lesson: Decodable {
            struct Example: Decodable {
                let reading: [Float]
                let label: String
            }
            let examples: [Example]
            let steps: Int
            let rate: Double
            let outputs: [[Float]]
        }
        let version: String
        let lessons: [Lesson]
    }

    private func learned() throws -> Learned {
        let data = try Data(contentsOf: wire.folder.appendingPathComponent("learned.json"))
        return try JSONDecoder().decode(Learned.self, from: data)
    }

    /// The recorded answers, and what was asked for.
    private actor Service {
        private(set) var requests: [TransportRequest] = []
        private let transport: InMemoryTransport

        init(_ transport: InMemoryTransport) { self.transport = transport }

        func answer(_ request: TransportRequest) async throws -> TransportResponse {
            requests.append(request)
            var whole = request
            whole.sink = nil
            return try await transport.send(whole)
        }
    }

    private func events(_ name: String) throws -> [SampleEvents.Event] {
        try JSONDecoder().decode(SampleEvents.self, from: wire(name).request.body).events
    }

    @Test("are learned again of the same readings, answer as then, and are sent in the same words, byte for byte")
    func replay() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("golden-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let (learned, manifest, time) = (try learned(), try wire("manifest"), ManualTime())
        time.setWall(manifest.recorded)
        let service = Service(
            try wire.transport(["token", "manifest", "device", "vocabulary", "basis", "events", "deletion"])
        )
        var configuration = PersonalModel.Configuration(trust: try manifest.trust)
        configuration.transport = InMemoryTransport { try await service.answer($0) }
        (configuration.time, configuration.credentials) = (time, .appKey("golden-app-key-0123456789"))
        (configuration.policy, configuration.sharesCode) = (AnyOf([]), true)
        let server = try #require(URL(string: "http://localhost:1"))
        let model = try await PersonalModel(
            server: server,
            model: "gestures",
            directory: folder,
            configuration: configuration
        )
        #expect(await model.version == learned.version)
        for (lesson, name) in zip(learned.lessons, ["events", "events-2"]) {
            let examples = lesson.examples.map { LabelledInput($0.reading, label: $0.label) }
            let budget = LearningBudget(steps: lesson.steps)
            #expect(try await model.learn(examples, budget: budget, learningRate: lesson.rate).verdict == .used)
            await model.waitUntilIdle()
            for (example, outputs) in zip(lesson.examples, lesson.outputs) {
                let now = try await model.outputs(of: example.reading)
                #expect(zip(now, outputs).allSatisfy { abs($0 - $1) < 1e-5 })
            }
            let sent = try #require(await service.requests.last { $0.method == "POST" })
            try compare(sent, wire(name).request)
        }
        try await model.forget()
        await model.waitUntilIdle()
        let deletion = try #require(await service.requests.last { $0.method == "DELETE" })
        #expect(deletion.url.path == (try wire("deletion").request.path))
    }

    /// Compares a message with the recorded one: all but the id and the time, and the last bits of what was learned on another machine.
    private func compare(_ sent: TransportRequest, _ recorded: GoldenExchange.Message) throws {
        #expect(sent.url.path == recorded.path)
        for (name, value) in recorded.headers where name != "authorization" {
            #expect(sent.headers.first { $0.key.lowercased() == name }?.value == value, "\(name)")
        }
        var (now, then) = try (
            JSONDecoder().decode(SampleEvents.self, from: #require(sent.body)),
            JSONDecoder().decode(SampleEvents.self, from: recorded.body)
        )
        let (own, other) = (try #require(now.events.first?.code?.floats), try #require(then.events.first?.code?.floats))
        #expect(own.count == other.count && zip(own, other).allSatisfy { abs($0 - $1) < 1e-5 } && now.events.count == 1)
        // The order of the members of an object says nothing, and is another each time.
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        func canonical(_ body: Data) throws -> Data {
            try JSONSerialization.data(withJSONObject: JSONSerialization.jsonObject(with: body), options: [.sortedKeys])
        }
        #expect(try canonical(recorded.body) == encoder.encode(then))
        #expect(try canonical(#require(sent.body)) == encoder.encode(now))
        (now.events[0].id, now.events[0].time) = (then.events[0].id, then.events[0].time)
        now.events[0].code = then.events[0].code
        #expect(try encoder.encode(now) == encoder.encode(then))
    }

    @Test("are four bytes a value beside a version, of a basis with as many rows")
    func values() throws {
        let manifest = try JSONDecoder().decode(BundleManifest.self, from: wire("manifest").response.body)
        let (basis, _) = try SafeTensors.decode([UInt8](wire("basis").response.body))
        for name in ["events", "events-2", "events-other"] {
            let event = try #require(try events(name).first)
            let code = try #require(event.code)
            let values = try #require(code.floats)
            #expect(event.item.isEmpty && event.uncertainty == nil && code.version == manifest.version)
            #expect(values.count == basis[BundleLayout.basisStart]?.values.count)
            #expect(SampleEvents.Event.Code(values, version: code.version) == code)
        }
        #expect(try events("events")[0].code != events("events-2")[0].code)
    }

    @Test("are stored once each, and refused with what is wrong with each, which an app is told")
    func answers() throws {
        func receipt(_ name: String) throws -> SampleEventsReceipt {
            try JSONDecoder().decode(SampleEventsReceipt.self, from: wire(name).response.body)
        }
        for name in ["events", "events-2", "events-other"] {
            #expect(try receipt(name) == SampleEventsReceipt(stored: 1, repeated: 0))
        }
        #expect(try receipt("events-repeated") == SampleEventsReceipt(stored: 0, repeated: 1))
        let mixed = try receipt("events-refused")
        #expect(mixed.stored == 1 && mixed.refused?.map(\.index) == [1, 2, 3])
        let deletion = try JSONDecoder().decode(EventDeletion.self, from: wire("deletion").response.body)
        #expect(deletion == EventDeletion(deleted: 2))
        let problems = try wire.names("problem-")
        #expect(problems.count == 5)
        for name in problems {
            let exchange = try wire(name)
            let problem = try JSONDecoder().decode(Problem.self, from: exchange.response.body)
            #expect(problem.status == exchange.response.status && name.contains("-\(problem.status)"))
            #expect(problem.field == (problem.status == 422 ? "events[0]" : "events") && problem.fix?.isEmpty == false)
        }
    }
}
