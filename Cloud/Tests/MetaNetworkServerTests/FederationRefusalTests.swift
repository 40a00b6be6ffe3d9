import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import MetaNetwork
import MetaNetworkWire
import Testing

@testable import MetaNetworkServer

@Suite("A federation refuses")
struct FederationRefusalTests {
    private let fixture = FederationFixture()
    private static let ones = [Float](repeating: 1, count: FederationFixture.count)

    private func expect(_ refusal: String, _ response: TestResponse) throws {
        let word = try #require(try response.problem().type.split(separator: ":").last)
        #expect("\(response.status.code) \(word)" == refusal)
        #expect(try response.problem().fix?.isEmpty == false)
    }

    private func counted(_ word: String) -> Int {
        let line = #"metanetwork_federated_refused_total{model="refusals",reason="\#(word)"} "#
        let text = ServerFixture.metrics.text
        guard let start = text.firstRange(of: line)?.upperBound else { return 0 }
        return Int(text[start...].prefix { $0.isNumber }) ?? 0
    }

    @Test(
        "updates that are not finite, too long, of another length, of a round that is over, sent twice or of nobody, and the round goes on"
    )
    func updates() async throws {
        let federation = try fixture.federation { ($0.normBound, $0.rounds) = (4, 9) }
        try await fixture.service(federation).application().test(.router) { client in
            let (a, b) = (try await FederatedDevice(client, "device-a"), try await FederatedDevice(client, "device-b"))
            _ = try await a.turn()
            var one = Self.ones
            for value in [Float.nan, .infinity] {
                one[3] = value
                try expect("422 update-not-finite", await a.send(one, round: 0))
            }
            try expect("422 update-too-long", await a.send(Self.ones.map { $0 * 2 }, round: 0))
            try expect("413 body-too-large", await a.send(Self.ones + [1], round: 0))
            try expect("400 bad-update", await a.send(Array(Self.ones.dropLast()), round: 0))
            let whole = FederatedDevice.message(Self.ones)
            try expect("400 bad-update", await a.send(message: Array(whole.dropLast()), round: 0))
            try expect("400 bad-update", await a.send(message: [], round: 0))
            let long = FederatedDevice.message(Self.ones, gradient: Self.ones)
            try expect("413 body-too-large", await a.send(message: long, round: 0))
            try expect("413 body-too-large", await a.send(message: [UInt8](repeating: 0, count: 1000), round: 0))
            try expect("409 round-over", await a.send(Self.ones, round: 1))
            try expect("400 bad-request", await a.get("/rounds/-1/model"))
            try expect("409 round-over", await a.get("/rounds/7/model"))
            try expect("409 not-joined", await b.send(Self.ones, round: 0))
            #expect(try await a.send(Self.ones, round: 0).status == .ok)
            try expect("409 already-arrived", await a.send(Self.ones, round: 0))
            try expect("401 token-needed", await FederatedDevice(client, token: "no-token").send(Self.ones, round: 0))
            // The round went on, with the one update that counts.
            let status = await federation.status
            #expect(status.round == 0 && status.arrived == 1)
            fixture.clock.advance(60)
            _ = try await b.turn()
            #expect(try await b.send(Self.ones, round: 0).status == .ok)
            fixture.clock.advance(120)
            await federation.tend()
            #expect(await federation.status.round == 1)
        }
    }

    @Test("are counted by reason")
    func counts() async throws {
        let federation = try fixture.federation { $0.model = "refusals" }
        let before = (counted("not-joined"), counted("bad-update"))
        let refusals: [FederationRefusal] = [.notJoined, .damaged("x"), .damaged("y")]
        for refusal in refusals { federation.count(refusal) }
        #expect(counted("not-joined") == before.0 + 1 && counted("bad-update") == before.1 + 2)
    }

    @Test("requests for a turn that are no JSON, name no number of examples or another model")
    func turns() async throws {
        try await fixture.service(fixture.federation()).application().test(.router) { client in
            let device = try await FederatedDevice(client, "device-a")
            let path = "/v1/models/digits/federation/turns"
            for body in [
                "", "{", #"{"examples":0,"nonce":"12345678"}"#, #"{"examples":1.5,"nonce":"12345678"}"#,
                #"{"examples":5}"#, #"{"examples":5,"nonce":"12345678","label":1}"#,
            ] {
                try expect("400 bad-request", await client.post(path, body, token: device.token))
            }
            let body = #"{"examples":5,"nonce":"12345678"}"#
            let other = "/v1/models/movies/federation/turns"
            try expect("404 no-federation", await client.post(other, body, token: device.token))
            try expect("401 token-needed", await client.post(path, body))
        }
    }

    @Test("no update that asks for a gradient and has one; clips one that is longer than devices may send")
    func gradients() async throws {
        let federation = try fixture.federation {
            $0.work.wantsGradient = true
            $0.clipNorm = 1.5
            ($0.devices, $0.quorum) = (1, 1)
        }
        try await fixture.service(federation).application().test(.router) { client in
            let device = try await FederatedDevice(client, "device-a")
            let turn = try await device.turn()
            #expect(turn.work.wantsGradient && turn.clipNorm == 1.5)
            try expect("400 bad-update", await device.send(Self.ones, round: 0))
            let bad = FederatedDevice.message(Self.ones, gradient: Self.ones.map { _ in .nan })
            try expect("422 update-not-finite", await device.send(message: bad, round: 0))
            let good = FederatedDevice.message(Self.ones, gradient: Self.ones)
            #expect(try await device.send(message: good, round: 0).status == .ok)
            // Nine ones have the norm 3; half of each is taken.
            _ = try await device.turn()
            let model = try await device.get("/rounds/1/model")
            #expect(try SafeTensors.decode(model.bytes).weights["logits.bias"]?.values == [1.5, 1.5, 1.5])
        }
    }
}
