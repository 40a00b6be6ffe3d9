import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import MetaNetwork
import MetaNetworkWire
import NIOCore
import Testing

@testable import MetaNetworkServer

/// What the SDK of a release asks, in rounds of two devices.
@Suite("Devices of a release that learn together")
struct GoldenFederationTests {
    private let fixture = ServerFixture()

    /// The mean by examples, as FedAvg takes it.
    private struct Mean: RoundMethod {
        func aggregate(_ arrived: [ReceivedUpdate], into model: inout [Float], round: Int) {
            let all = arrived.reduce(0) { $0 + $1.examples }
            for received in arrived {
                for place in model.indices {
                    model[place] += Float(received.examples) / Float(all) * received.update[place]
                }
            }
        }
    }

    private func exchange(_ name: String) throws -> GoldenExchange { try GoldenExchange(name, in: "federation") }

    /// A federation that begins with the recorded model.
    private func federation() async throws -> Federation {
        let turn = try JSONDecoder().decode(FederatedTurn.self, from: Data(exchange("turn").body))
        var configuration = FederationConfiguration(
            model: turn.model,
            architecture: turn.architecture,
            outputs: turn.outputs,
            work: turn.work,
            folder: try fixture.makeFolder().appendingPathComponent("federation")
        )
        (configuration.devices, configuration.quorum, configuration.rounds) = (2, 2, turn.rounds)
        (configuration.normBound, configuration.retrySeconds, configuration.seed) = (100, 7, turn.seed)
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let weights = try SafeTensors.decode(exchange("model").body).weights
        let start = try #require(try ModelGraph(turn.architecture).values(of: weights))
        return try Federation(configuration, Mean(), start: start, logger: logger) { _, _ in }
    }

    @Test("are answered as they were: turns, models, receipts and refusals, in the order in which they were recorded")
    func replay() async throws {
        try await fixture.goldenService(federation: federation()).application().test(.router) { client in
            var tokens: [String] = []
            for name in ["token", "token-second", "token-third"] {
                tokens.append(try await client.goldenToken(exchange(name)))
            }
            // Who asked what, 0 for the first device.
            let asked: [(device: Int, name: String)] = [
                (0, "problem-404-federation"), (0, "turn"), (0, "model"), (2, "problem-409-not-joined"),
                (0, "problem-400-update"), (0, "problem-422-not-finite"), (0, "problem-422-too-long"), (0, "update"),
                (0, "problem-409-already-arrived"), (1, "turn-second"), (2, "problem-429-round-full"), (0, "status"),
                (1, "update-marked"), (0, "turn-next"), (0, "model-next"), (0, "problem-409-round-over"),
                (0, "update-next"), (1, "turn-second-next"), (1, "update-second-next"), (0, "problem-410-over"),
                (0, "status-over"),
            ]
            let recorded = try GoldenExchange.names(in: "federation").filter { !$0.hasPrefix("token") }
            #expect(Set(recorded) == Set(asked.map(\.name)))
            for (device, name) in asked {
                let (answer, old) = (try await exchange(name).ask(client, tokens[device]), try exchange(name))
                #expect(Int(answer.status.code) == old.response.status, "\(name)")
                try compare(answer, old, name)
            }
        }
    }

    private func compare(_ answer: TestResponse, _ old: GoldenExchange, _ name: String) throws {
        #expect(answer.headers[.contentType] == old.response.headers["content-type"], "\(name)")
        #expect(answer.headers[.retryAfter] == old.response.headers["retry-after"], "\(name)")
        #expect((answer.headers[.responseSignature] == nil) == (old.response.headers["metanetwork-signature"] == nil))
        let (now, then) = (Data(answer.bytes), Data(try old.body))
        let decoder = JSONDecoder()
        if name.hasPrefix("problem") {
            let (one, other) = (
                try decoder.decode(Problem.self, from: now), try decoder.decode(Problem.self, from: then)
            )
            #expect(one.type == other.type && one.field == other.field, "\(name)")
        } else if name.hasPrefix("turn") {
            var (one, other) = (
                try decoder.decode(FederatedTurn.self, from: now), try decoder.decode(FederatedTurn.self, from: then)
            )
            // What is left of the round's time; and the last bits of what was added on another machine.
            (one.seconds, other.seconds) = (0, 0)
            if name != "turn" && name != "turn-second" { (one.weights.sha256, other.weights.sha256) = ("", "") }
            #expect(one == other, "\(name)")
        } else if name.hasPrefix("model") {
            let (one, other) = (
                try SafeTensors.decode([UInt8](now)).weights, try SafeTensors.decode([UInt8](then)).weights
            )
            #expect(one.names == other.names)
            for tensor in one.names {
                let (a, b) = (try #require(one[tensor]), try #require(other[tensor]))
                #expect(a.shape == b.shape && zip(a.values, b.values).allSatisfy { abs($0 - $1) < 1e-5 }, "\(name)")
            }
        } else if name.hasPrefix("status") {
            #expect(
                try decoder.decode(FederationStatus.self, from: now)
                    == decoder.decode(FederationStatus.self, from: then)
            )
        } else {
            #expect(
                try decoder.decode(FederatedReceipt.self, from: now)
                    == decoder.decode(FederatedReceipt.self, from: then)
            )
        }
    }
}
