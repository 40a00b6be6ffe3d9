import Foundation
import HTTPTypes
import HummingbirdTesting
import MetaNetwork
import MetaNetworkWire
import Testing

@testable import MetaNetworkServer

@Suite("Hold-out and candidates over HTTP")
struct CandidateStopTests {
    private let fixture = ServerFixture()
    private let model = "model-\(UUID().uuidString.prefix(8).lowercased())"
    private static let appKey = "0123456789abcdef"

    private var configuration: ServerConfiguration {
        var configuration = ServerConfiguration()
        configuration.authentication = .tokens(appKeys: [Self.appKey], secret: [UInt8](repeating: 1, count: 32))
        return configuration
    }

    private func publish(_ version: String, base: Float = 0, share: Double? = nil) async throws {
        try await fixture.bundles.publish(
            fixture.bundle(version, base: base, model: model, device: fixture.deviceFile()),
            share: share
        )
    }

    private func token(_ device: String, _ client: some TestClientProtocol) async throws -> String {
        let given = try await client.post("/v1/tokens", #"{"device":"\#(device)"}"#, token: Self.appKey)
        return try JSONDecoder().decode(DeviceToken.self, from: Data(given.bytes)).token
    }

    private func version(_ token: String, _ client: some TestClientProtocol) async throws -> String {
        let answer = try await client.execute(
            uri: "/v1/models/\(model)",
            method: .get,
            headers: [.authorization: "Bearer \(token)"]
        )
        return try JSONDecoder().decode(BundleManifest.self, from: Data(answer.bytes)).version
    }

    /// Shares choices as a device that ranked them with a version.
    private func share(
        _ ranks: [Int?],
        _ version: String,
        _ token: String,
        _ client: some TestClientProtocol,
        weights: SampleEvents.Event.Ranking.Weights = .personal
    ) async throws -> TestResponse {
        let events = ranks.map { rank in
            var event = SampleEvents.Event(
                id: UUID().uuidString,
                item: "1",
                time: Int(Date().timeIntervalSince1970) + 1
            )
            event.ranking = .init(version: version, weights: weights, rank: rank)
            return event
        }
        let json = String(decoding: try JSONEncoder().encode(SampleEvents(events: events)), as: UTF8.self)
        return try await client.post("/v1/models/\(model)/events", json, token: token)
    }

    private func devices(_ count: Int, where isWanted: (String) -> Bool) -> [String] {
        Array((0..<100_000).lazy.map { "device-\($0)" }.filter(isWanted).prefix(count))
    }

    @Test("devices that are held out get the base weights, and no candidate; the others get what they always got")
    func holdOut() async throws {
        try await publish("v1", base: 100)
        try await publish("v2", base: 200, share: 1)
        var configuration = configuration
        configuration.holdOut = HoldOut(share: 0.1)
        let service = try await fixture.service(configuration)
        // A replica that was started apart holds the same devices out.
        let replica = try await fixture.service(configuration)
        let heldOut = devices(3, where: configuration.holdOut.includes)
        let others = devices(3) { !configuration.holdOut.includes($0) }
        for service in [service, replica] {
            try await service.application().test(.router) { client in
                func weights(_ device: String, _ version: String) async throws -> [Float] {
                    let question = parametersRequest(version, #""samples":["1","2"],"format":"f32""#)
                    let answer = try await client.post(
                        "/v1/models/\(model)/parameters",
                        question,
                        token: token(device, client)
                    )
                    return try #require(try SafeTensors.decode(answer.bytes).weights["user.bias"]).values
                }
                for device in heldOut {
                    let (offered, base) = (
                        try await version(token(device, client), client), try await weights(device, "v1")
                    )
                    #expect(offered == "v1" && base == [1, 1, 1])
                }
                for device in others {
                    let offered = try await version(token(device, client), client)
                    let (new, old) = (try await weights(device, "v2"), try await weights(device, "v1"))
                    #expect(offered == "v2" && new == [203, 203, 203] && old == [103, 103, 103])
                }
            }
        }
    }

    @Test("a hold-out needs devices that can be told apart, and is a share")
    func refused() async throws {
        for (share, needsTokens) in [(0.1, false), (1.5, true), (-0.1, true), (.nan, true)] {
            var configuration = needsTokens ? configuration : ServerConfiguration()
            configuration.holdOut = HoldOut(share: share)
            #expect(throws: ConfigurationProblem.self, "\(share)") { try configuration.validate() }
        }
        var configuration = ServerConfiguration()
        configuration.candidateStops = CandidateStops()
        #expect(throws: ConfigurationProblem.self) { try configuration.validate() }
    }

    @Test("shared choices are told by version and hold-out, with intervals, and a worse candidate is dropped")
    func quality() async throws {
        try await publish("v1")
        try await publish("v2", share: 0.5)
        var configuration = configuration
        (configuration.holdOut, configuration.candidateStops) = (HoldOut(share: 0.2), CandidateStops())
        let service = try await fixture.service(configuration, events: MemoryEventStore())
        let loaded = try #require(service.models.model(model))
        func live(_ count: Int, _ version: String, ranks: [Int?], isHeldOut: Bool = false) async throws {
            let own = devices(count) {
                configuration.holdOut.includes($0) == isHeldOut && loaded.version(for: $0)?.id.version == version
            }
            try await service.application().test(.router) { client in
                for (number, device) in own.enumerated() {
                    // Devices differ, as they do.
                    let answer = try await share(
                        ranks + [number % 2 == 0 ? 1 : 99],
                        version,
                        token(device, client),
                        client
                    )
                    #expect(answer.status == .ok)
                }
            }
        }
        try await live(60, "v1", ranks: [1, 2, 3])
        try await live(60, "v1", ranks: [5, 50, nil], isHeldOut: true)
        try await live(49, "v2", ranks: [80, nil, 12])
        await service.quality.look(isReading: true)
        #expect(try fixture.bundles.releases(of: model).candidate?.version == "v2", "49 devices are too few")
        let text = ServerFixture.metrics.text
        let own = #"{model="\#(model)",version="v1",group="current""#
        #expect(text.contains("metanetwork_choice_devices\(own)} 60.0"))
        #expect(text.contains("metanetwork_hit_rate\(own),bound=\"mean\"} 0.875"))
        #expect(text.contains(#"metanetwork_ndcg{model="\#(model)",version="v1",group="holdout",bound="upper"}"#))
        #expect(
            text.contains(#"metanetwork_choices_total{model="\#(model)",version="v1",weights="personal"} 480"#)
        )
        #expect(text.contains(#"metanetwork_choices_unknown_total{model="\#(model)",version="v1"} 60"#))
        let reading = try #require(service.quality.readings.first { $0.model == model })
        #expect(reading.groups.map(\.role) == [.current, .candidate, .holdout])
        let html = DashboardPage(
            DashboardHistory(
                DashboardStatistics(time: 1, ServerFixture.metrics, service.models, service.quality, isDraining: false)
            ),
            hasTrial: false
        ).html
        #expect(html.contains("<td data-label=\"Hit rate@10\">0.875 (") && html.contains("Hold-out"))
        try await live(60, "v2", ranks: [80, nil, 12])
        await service.quality.look(isReading: true)
        let releases = try fixture.bundles.releases(of: model)
        #expect(releases.candidate == nil && releases.current == "v1")
        let last = try #require(releases.history.last)
        #expect(last.action == .drop && last.version == "v2" && last.by.contains("@"))
        #expect(last.reason?.contains("the current version's") == true)
        #expect(
            ServerFixture.metrics.text.contains(
                #"metanetwork_candidate_stops_total{model="\#(model)",reason="quality"} 1"#
            )
        )
        // What was seen is seen once: nothing is left to drop.
        await service.quality.look(isReading: true)
        #expect(try fixture.bundles.releases(of: model).history.count == releases.history.count)
        await service.models.refresh()
        await service.quality.look(isReading: true)
        #expect(!ServerFixture.metrics.text.contains(#"model="\#(model)",version="v2",group="candidate""#))
    }

    @Test(
        "a candidate whose weights devices refuse is dropped, and without the setting nothing is",
        arguments: [true, false]
    )
    func norms(_ stopsCandidates: Bool) async throws {
        try await publish("v1")
        try await publish("v2", base: 1000, share: 1)
        var configuration = configuration
        if stopsCandidates { configuration.candidateStops = CandidateStops() }
        let service = try await fixture.service(configuration)
        try await service.application().test(.router) { client in
            for device in devices(12, where: { _ in true }) {
                let answer = try await client.post(
                    "/v1/models/\(model)/parameters",
                    parametersRequest("v2"),
                    token: token(device, client)
                )
                #expect(answer.status == .ok)
            }
        }
        await service.quality.look()
        let releases = try fixture.bundles.releases(of: model)
        #expect((releases.candidate == nil) == stopsCandidates)
        #expect(releases.history.last?.reason?.contains("longer than devices take") == (stopsCandidates ? true : nil))
    }

    @Test("a candidate that cannot generate is dropped")
    func errors() async throws {
        try await publish("v1")
        // Values that no half-precision number can hold.
        try await publish("v2", base: 1e6, share: 1)
        var configuration = configuration
        configuration.candidateStops = CandidateStops()
        let service = try await fixture.service(configuration)
        try await service.application().test(.router) { client in
            for device in devices(5, where: { _ in true }) {
                let answer = try await client.post(
                    "/v1/models/\(model)/parameters",
                    parametersRequest("v2"),
                    token: token(device, client)
                )
                #expect(answer.status == .unprocessableContent)
            }
        }
        await service.quality.look()
        let last = try fixture.bundles.releases(of: model).history.last
        #expect(last?.action == .drop && last?.reason?.hasPrefix("generation failed for 5 of 5 devices") == true)
    }
}
