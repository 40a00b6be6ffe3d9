import Dispatch
import Foundation
import Hummingbird
import HummingbirdTesting
import MetaNetworkWire
import Synchronization
import Testing

@testable import MetaNetworkServer

/// The in-memory twin of a model that ranks: it knows the items "1" to "9", which the base has in order, and personal weights turn round.
final class TwinRanking: RankingProvider {
    /// What a ranking waits for where a test says so.
    private let gate: DispatchSemaphore?
    /// Questions whose ranking began.
    let begun = Mutex(0)

    init(gate: DispatchSemaphore? = nil) { self.gate = gate }

    func rank(_ question: RankingQuestion) throws -> Ranking {
        begun.withLock { $0 += 1 }
        gate?.wait()
        let request = question.request
        if let input = request.context.keys.sorted().first {
            throw RankingInputError(input: input, reason: "the model reads nothing beside the history")
        }
        let known = request.history.filter { Int($0).map { (1...9).contains($0) } ?? false }
        let isPersonal = !question.usesBase && !known.isEmpty
        let catalogue = (1...9).map(String.init).filter { !known.contains($0) }
        let items = (request.candidates ?? catalogue).prefix(request.top)
        return Ranking(
            items: (isPersonal ? items.reversed() : Array(items)).map { .init(item: $0, score: Float($0)) },
            isPersonal: isPersonal,
            knownSamples: known.count
        )
    }
}

@Suite("Rankings for clients that cannot run a model")
struct RankingRouteTests {
    private let fixture = ServerFixture()
    private let path = "/v1/models/movies/rank"

    private func service(
        _ configuration: ServerConfiguration = ServerConfiguration(),
        items: Int = 9,
        _ ranking: TwinRanking? = TwinRanking()
    ) async throws -> MetaNetworkService {
        try await fixture.bundles.publish(fixture.bundle("v1", items: items, device: fixture.deviceFile()))
        return try await fixture.service(configuration, rankings: ranking.map(loader))
    }

    private func loader(_ ranking: TwinRanking) -> RankingLoader { { _ in ranking } }

    private func expect(_ refusal: String, _ response: TestResponse, field: String? = nil) throws {
        let problem = try response.problem()
        #expect("\(response.status.code) \(problem.type.split(separator: ":").last ?? "")" == refusal)
        if let field { #expect(problem.field == field) }
    }

    private func answer(_ response: TestResponse) throws -> RankingAnswer {
        #expect(
            response.status == .ok && response.headers[.cacheControl] == "no-store",
            "\(String(decoding: response.bytes, as: UTF8.self))"
        )
        return try JSONDecoder().decode(RankingAnswer.self, from: Data(response.bytes))
    }

    @Test("name the version and its weights, and list items with their scores")
    func answers() async throws {
        let service = try await service()
        try await service.application().test(.router) { client in
            let personal = try answer(try await client.post(path, #"{"history":["3","nobody"],"top":2}"#))
            #expect(personal.model == "movies" && personal.version == "v1" && personal.weights == .personal)
            #expect(personal.items == [.init(item: "2", score: 2), .init(item: "1", score: 1)])
            let new = try answer(try await client.post(path, #"{"history":[],"candidates":["7","x"]}"#))
            #expect(new.weights == .base && new.items.map(\.item) == ["7", "x"] && new.items[1].score == nil)
            try expect(
                "422 wrong-context",
                await client.post(path, #"{"history":[],"context":{"age":[3]}}"#),
                field: "context.age"
            )
            try expect("400 bad-request", await client.post(path, #"{"history":[1]}"#), field: "history[0]")
            try expect("404 model-not-found", await client.post("/v1/models/none/rank", #"{"history":[]}"#))
        }
    }

    @Test("are had where the operator wants it, and of models that rank")
    func missing() async throws {
        try await service(ServerConfiguration(), nil).application().test(.router) { client in
            try expect("404 no-ranking", await client.post(path, #"{"history":["1"]}"#))
        }
        let vectors = ServerFixture()
        try await vectors.bundles.publish(vectors.bundle("v1", items: 0))
        let service = try await vectors.service(rankings: { _ in throw RegistryError("is not asked for") })
        try await service.application().test(.router) { client in
            try expect("422 no-items", await client.post(path, #"{"history":["1"]}"#))
        }
    }

    @Test("need a token as all else, and come from the base for devices that are held out")
    func tokens() async throws {
        var configuration = ServerConfiguration()
        let key = "0123456789abcdef"
        configuration.authentication = .tokens(appKeys: [key], secret: [UInt8](repeating: 1, count: 32))
        configuration.holdOut = HoldOut(share: 0.5)
        // A device of each kind.
        let devices = try [true, false].map { isHeldOut in
            try #require((0..<100).map { "device-\($0)" }.first { configuration.holdOut.includes($0) == isHeldOut })
        }
        let service = try await service(configuration)
        try await service.application().test(.router) { client in
            try expect("401 token-needed", await client.post(path, #"{"history":["1"]}"#))
            for (device, weights) in zip(devices, [SampleEvents.Event.Ranking.Weights.base, .personal]) {
                let given = try await client.post("/v1/tokens", #"{"device":"\#(device)"}"#, token: key)
                let token = try JSONDecoder().decode(DeviceToken.self, from: Data(given.bytes)).token
                let ranked = try await client.post(path, #"{"history":["1"]}"#, token: token)
                #expect(try answer(ranked).weights == weights)
            }
        }
    }

    @Test("leave the event loop free while one is computed, and are refused where too many wait")
    func waiting() async throws {
        var configuration = ServerConfiguration()
        configuration.batching.queueLimit = 1
        let gate = DispatchSemaphore(value: 0)
        // The warm-up alone need not wait.
        gate.signal()
        let ranking = TwinRanking(gate: gate)
        let service = try await service(configuration, ranking)
        try await service.application().test(.router) { client in
            let path = path
            @Sendable func rank() async throws -> TestResponse { try await client.post(path, #"{"history":["1"]}"#) }
            let before = ranking.begun.withLock(\.self)
            let first = Task { try await rank() }
            // One is computed, one waits, and the next is one too many.
            try await eventually { ranking.begun.withLock(\.self) > before }
            let second = Task { try await rank() }
            try await eventually { service.models.model("movies")?.main?.ranking?.queue.queueLength == 1 }
            #expect(try await client.execute(uri: "/healthz", method: .get).status == .ok)
            try expect("429 queue-full", await rank())
            for _ in 0..<2 { gate.signal() }
            #expect(try await first.value.status == .ok)
            #expect(try await second.value.status == .ok)
        }
    }

    @Test("count for their version, by the weights that ranked, and samples by whether they are known")
    func metrics() async throws {
        let model = "counted"
        try await fixture.bundles.publish(fixture.bundle("v1", model: model))
        let service = try await fixture.service(rankings: { _ in TwinRanking() })
        try await service.application().test(.router) { client in
            for history in [#"["1","nobody"]"#, #"["2"]"#, "[]"] {
                _ = try await client.post("/v1/models/\(model)/rank", #"{"history":\#(history)}"#)
            }
        }
        let own = ["model": model, "version": "v1"]
        func count(_ metric: ServiceMetric, _ name: String, _ value: String) -> Int? {
            ServerFixture.metrics.counters(metric).first { $0.dimensions == own.merging([name: value]) { $1 } }?.value
        }
        #expect(count(.rankings, "weights", "personal") == 2 && count(.rankings, "weights", "base") == 1)
        #expect(count(.samples, "known", "true") == 2 && count(.samples, "known", "false") == 1)
    }
}
