import Crypto
import Foundation
import MetaNetwork
import MetaNetworkWire
import Testing

@testable import MetaNetworkClient

/// What released services said to devices that learn together.
@Suite("Federations of released services")
struct GoldenFederationTests {
    private let wire = GoldenWire.federation

    /// A service that gives recorded answers to a device that has a token.
    private func service(_ names: String...) throws -> CloudService {
        let folder = ModelFolder(
            directory: FileManager.default.temporaryDirectory.appendingPathComponent("golden-\(UUID().uuidString)"),
            model: "gestures",
            limits: Limits()
        )
        let server = try #require(URL(string: "http://localhost:1"))
        return CloudService(
            try ServiceAddress(server, model: "gestures", trust: .unsigned, credentials: .none),
            transport: try wire.transport(names),
            tokens: TokenSource(.none, folder),
            limits: Limits(),
            time: ManualTime()
        )
    }

    private func turn(_ name: String) throws -> FederatedTurn {
        try JSONDecoder().decode(FederatedTurn.self, from: wire(name).response.body)
    }

    private func parameters(_ name: String) throws -> [Float] {
        let turn = try turn("turn")
        let body = try wire(name).response.body
        return try #require(try ModelGraph(turn.architecture).values(of: SafeTensors.decode([UInt8](body)).weights))
    }

    @Test(
        "give signed turns that name all of a device's work, and answer the request that was sent",
        arguments: ["turn", "turn-second", "turn-next"]
    )
    func turns(name: String) async throws {
        let exchange = try wire(name)
        let request = try FederatedTurnRequest(parsing: [UInt8](exchange.request.body))
        guard case .turn(let body, let signature) = try await service(name).turn(request) else {
            Issue.record("'\(name)' is no turn")
            return
        }
        try exchange.trust.check(body, signature, as: .turn)
        #expect(throws: ClientError.self) { try exchange.trust.check(body, signature, as: .manifest) }
        let turn = try JSONDecoder().decode(FederatedTurn.self, from: body)
        #expect(turn.model == "gestures" && turn.nonce == request.nonce && turn.rounds == 2)
        #expect(turn.round == (name == "turn-next" ? 1 : 0) && turn.device == (name == "turn-second" ? 1 : 0))
        #expect(turn.outputs.names == ["rest", "wave", "turn"] && turn.codec == .whole && turn.clipNorm == nil)
        #expect(turn.work == LocalWork(epochs: 2, batch: 4, rate: 0.1) && turn.seconds > 0)
    }

    @Test("give the model of the turn's digest, from which a device learns")
    func model() async throws {
        let turn = try turn("turn")
        let service = try service("model")
        let body = try #require(try await service.federatedModel(round: 0, bytes: turn.weights.bytes))
        #expect(body.count == turn.weights.bytes && SHA256.hexadecimal(of: body) == turn.weights.sha256)
        let examples = [LabelledInput([0.5, -1], label: "wave"), LabelledInput([-0.5, 1], label: "rest")]
        let learned = try await FederatedRun(turn: turn, examples: examples, memoryLimit: 1 << 20).run(
            body,
            residual: nil
        )
        #expect(learned.steps == 2 && learned.loss > 0)
        #expect(try UpdateCodec.decoded(learned.update.encoded, count: 9).contains { $0 != 0 })
    }

    @Test("mean by an update what a device means by it: all values, a bit for each, or distances")
    func updates() throws {
        func update(_ name: String) throws -> [Float] {
            let message = try FederatedUpdate(parsing: [UInt8](wire(name).request.body), count: 9, hasGradient: false)
            return try UpdateCodec.decoded(message.encoded, count: 9)
        }
        let steps = (0..<9).map { 0.25 * (Float($0) - 4) }
        func close(_ a: [Float], _ b: [Float]) -> Bool {
            zip(a, b).allSatisfy { abs($0 - $1) < 1e-5 } && a.count == b.count
        }
        let marked: [Float] = [-1, 0, 0, 0, -0.49, 0, 0, 0, 1.55]
        #expect(try update("update") == steps)
        #expect(try close(update("update-marked"), marked))
        #expect(try close(update("update-next"), [0, 2, -0.55, 0, 0, 0, 0, 0.47, 0]))
        // Twelve examples and four.
        let (first, next) = (try parameters("model"), try parameters("model-next"))
        #expect(close(next, first.indices.map { first[$0] + 0.75 * steps[$0] + 0.25 * marked[$0] }))
    }

    @Test("give receipts, and refusals after which a device asks again, waits or stops")
    func answers() async throws {
        let update = FederatedUpdate(loss: 0.5, encoded: [])
        #expect(try await service("update").send(update, round: 0) == FederatedReceipt(round: 0, arrived: 1))
        for name in ["problem-409-not-joined", "problem-409-already-arrived", "problem-409-round-over"] {
            #expect(try await service(name).send(update, round: 0) == nil, "\(name)")
        }
        for name in ["problem-400-update", "problem-422-not-finite", "problem-422-too-long"] {
            let status = try #require(try wire(name).response.status)
            let error = await #expect(throws: ServiceRefusal.self) {
                _ = try await service(name).send(update, round: 0)
            }
            guard case .refused(status, _, let fix?)? = error?.error else {
                Issue.record("\(name): \(error.map { "\($0)" } ?? "no error")")
                continue
            }
            #expect(!fix.isEmpty)
        }
        let request = FederatedTurnRequest(examples: 12, nonce: "golden-request")
        guard case .later(7) = try await service("problem-429-round-full").turn(request),
            case .over = try await service("problem-410-over").turn(request)
        else {
            Issue.record("a round that is full, and rounds that are over, are told apart no more")
            return
        }
    }

    @Test("say where they are")
    func status() throws {
        func status(_ name: String) throws -> FederationStatus {
            try JSONDecoder().decode(FederationStatus.self, from: wire(name).response.body)
        }
        let open = FederationStatus(
            model: "gestures",
            round: 0,
            rounds: 2,
            devices: 2,
            joined: 2,
            arrived: 1,
            missing: 1
        )
        #expect(try status("status") == open)
        #expect(try status("status-over").isOver && status("status-over").round == 2)
    }
}
