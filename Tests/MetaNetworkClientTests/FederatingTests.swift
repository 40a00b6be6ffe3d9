import Foundation
import MetaNetwork
import MetaNetworkDevice
import MetaNetworkWire
import Testing

@testable import MetaNetworkClient

@Suite("Learning together with other devices")
struct FederatingTests {
    private static let architecture = Architecture(
        name: "gestures",
        inputs: [.vector("reading", width: 3)],
        nodes: [
            .init("features", .dense(units: 6, activation: .tanh), "reading"),
            .init("logits", .dense(units: 2, dynamic: true), "features"),
        ],
        output: "logits"
    )
    private static let work = LocalWork(epochs: 2, batch: 4, rate: 0.2)

    private static func phone() throws -> Phone {
        let outputs = BundleManifest.Outputs(kind: .classification, names: ["rest", "wave"])
        return try Phone(TestBundle(names: [], architecture: architecture, outputs: outputs))
    }

    private static let examples: [LabelledInput] = {
        var random = SeededGenerator(state: 4)
        return (0..<10).map { _ in
            let reading = (0..<3).map { _ in Float.random(in: -1...1, using: &random) }
            return LabelledInput(reading, label: reading[0] > reading[1] ? "wave" : "rest")
        }
    }()

    /// What a turn comes to where the device trains alone.
    private static func update(_ start: [Float], round: Int, _ work: LocalWork = work) throws -> [Float] {
        var training = try LocalTraining(
            architecture,
            start,
            inputs: examples.map(\.input),
            targets: .classes(examples.map { $0.target == .label("wave") ? 1 : 0 }),
            work,
            random: LocalWork.order(seed: 5, device: 0, turn: round)
        )
        while training.step() {}
        return training.update
    }

    private static func distance(_ a: [Float], _ b: [Float]) -> Float {
        a.count == b.count ? zip(a, b).map { abs($0 - $1) }.max() ?? 0 : .infinity
    }

    @Test("sends what was learned, round after round, and neither an example nor a change of the model that answers")
    func rounds() async throws {
        let phone = try Self.phone()
        let federation = try FakeFederation(phone, work: Self.work)
        var expected = await federation.model
        let model = try await phone.open { $0.sharesUpdates = true }
        let before = try await model.outputs(of: [0.5, 0.2, -0.1])
        await federation.begin()
        let report = try await model.federate(Self.examples, rounds: 2)
        for round in 0..<2 {
            let update = try Self.update(expected, round: round)
            expected = zip(expected, update).map { $0 + $1 }
        }
        #expect(await Self.distance(federation.model, expected) < 1e-6)
        #expect(report.rounds == 2 && report.late == 0 && report.steps == 2 * 2 * 3 && report.device == 0)
        #expect(report.loss.map { $0 > 0 && $0 < 1 } == true && !report.isOver)
        #expect(await report.bytes == federation.updates.reduce(0) { $0 + $1.bytes.count })
        #expect(await federation.requests.allSatisfy { $0.examples == 10 })
        #expect(try await model.outputs(of: [0.5, 0.2, -0.1]) == before)
        // The rest of the rounds, and no more.
        let rest = try await model.federate(Self.examples, rounds: 9)
        #expect(rest.rounds == 1 && rest.isOver)
    }

    @Test("asks for consent, examples and labels of the model before anything is sent")
    func consent() async throws {
        let phone = try Self.phone()
        let federation = try FakeFederation(phone, work: Self.work)
        let silent = try await phone.open()
        await federation.begin()
        let error = await #expect(throws: ClientError.self) { try await silent.federate(Self.examples) }
        #expect(error?.description.contains("sharesUpdates") == true)
        await phone.service.interrupt(nil)
        let model = try await phone.open { $0.sharesUpdates = true }
        await federation.begin()
        await #expect(throws: ClientError.self) { try await model.federate([]) }
        await #expect(throws: ClientError.self) { try await model.federate(Self.examples, rounds: 0) }
        #expect(await federation.requests.isEmpty)
        let strange = Self.examples + [LabelledInput([0, 0, 0], label: "jump")]
        let unknown = await #expect(throws: ClientError.self) { try await model.federate(strange) }
        #expect(unknown?.description.contains("'jump'") == true)
        let wide = [LabelledInput([0, 0], label: "rest")]
        await #expect(throws: ClientError.self) { try await model.federate(wide) }
        #expect(await federation.updates.isEmpty)
    }

    @Test("takes no turn in Low Data Mode, unless the app lets all large transfers through")
    func lowData() async throws {
        let phone = try Self.phone()
        let federation = try FakeFederation(phone, work: Self.work)
        let careful = try await phone.open { $0.sharesUpdates = true }
        let bold = try await phone.open {
            $0.sharesUpdates = true
            $0.downloadsInLowDataMode = .always
        }
        await phone.goConstrained()
        await #expect(throws: ClientError.constrainedNetwork) { try await careful.federate(Self.examples) }
        #expect(await federation.requests.isEmpty)
        let before = await phone.service.requests.count
        await federation.begin()
        #expect(try await bold.federate(Self.examples).rounds == 1)
        let turn = await phone.service.requests.dropFirst(before)
        #expect(turn.count == 3 && turn.allSatisfy(\.allowsConstrainedNetwork))
        #expect(try await careful.federate(Self.examples).rounds == 1)
        #expect(await phone.service.requests.suffix(3).map(\.allowsConstrainedNetwork) == [false, false, true])
    }

    /// A network that is in Low Data Mode once there is an update.
    private struct ChangingNetwork: Transport {
        let service: FakeService

        func send(_ request: TransportRequest) async throws -> TransportResponse {
            let isAllowed = request.allowsConstrainedNetwork || !request.url.path.hasSuffix("/updates")
            guard isAllowed else { throw TransportError.constrainedNetwork }
            return try await service.transport.send(request)
        }
    }

    @Test("what was learned goes though the network has come to be in Low Data Mode meanwhile")
    func lowDataMeanwhile() async throws {
        let phone = try Self.phone()
        let federation = try FakeFederation(phone, work: Self.work)
        let model = try await phone.open { [service = phone.service] in
            $0.sharesUpdates = true
            $0.transport = ChangingNetwork(service: service)
        }
        await federation.begin()
        #expect(try await model.federate(Self.examples).rounds == 1)
        #expect(await federation.updates.count == 1)
    }

    @Test("waits for a place as long as the service says, and not beyond its time")
    func full() async throws {
        let phone = try Self.phone()
        let federation = try FakeFederation(phone, work: Self.work)
        let model = try await phone.open { $0.sharesUpdates = true }
        await federation.begin()
        await federation.refuse("turns", 429, "round-full", wait: 30)
        async let report = model.federate(Self.examples, seconds: 60)
        while await phone.service.count("/turns") < 1 { try await Task.sleep(for: .milliseconds(1)) }
        phone.time.advance(30)
        #expect(try await report.rounds == 1)
        await federation.refuse("turns", 429, "round-full", wait: 30)
        #expect(try await model.federate(Self.examples, seconds: 20).rounds == 0)
        // A device that asks too often is not told of a round.
        await federation.refuse("turns", 429, "too-many-requests", wait: 1)
        await #expect(throws: ClientError.self) { try await model.federate(Self.examples) }
    }

    @Test("goes on with the next round where its own ended without it; other refusals are errors")
    func late() async throws {
        let phone = try Self.phone()
        let federation = try FakeFederation(phone, work: Self.work)
        let model = try await phone.open { $0.sharesUpdates = true }
        await federation.begin()
        await federation.refuse("updates", 409, "round-over")
        await federation.refuse("model", 409, "round-over")
        let report = try await model.federate(Self.examples)
        #expect(report.rounds == 1 && report.late == 1 && report.steps == 12)
        await federation.refuse("updates", 422, "update-too-long")
        await #expect(throws: ClientError.refused(status: 422, detail: "no", fix: nil)) {
            try await model.federate(Self.examples)
        }
        await federation.refuse("turns", 404, "no-federation")
        await #expect(throws: ClientError.self) { try await model.federate(Self.examples) }
    }

    @Test("believes no turn of another model, request or key, and no model whose digest is not the turn's")
    func forged() async throws {
        let forgeries: [@Sendable (inout FederatedTurn) -> Void] = [
            { $0.nonce = "another-nonce" }, { $0.model = "movies2" }, { $0.round = -1 }, { $0.work.epochs = 0 },
            { $0.work.epochs = .max }, { $0.work.batch = 0 }, { $0.weights.bytes = .max },
            { $0.weights.sha256 = "00" }, { $0.architecture.nodes[0].operation = .dense(units: 7) },
            { $0.work.rate = .infinity }, { $0.work.pull = -1 },
        ]
        for forgery in forgeries {
            let phone = try Self.phone()
            let federation = try FakeFederation(phone, work: Self.work)
            let model = try await phone.open { $0.sharesUpdates = true }
            await federation.begin()
            await federation.forge(forgery)
            await #expect(throws: (any Error).self) { try await model.federate(Self.examples) }
            #expect(await federation.updates.isEmpty)
        }
        // Signed as something else.
        let phone = try Self.phone()
        let federation = try FakeFederation(phone, work: Self.work)
        let model = try await phone.open { $0.sharesUpdates = true }
        await federation.begin()
        await federation.sign(as: .manifest)
        let error = await #expect(throws: ClientError.self) { try await model.federate(Self.examples) }
        guard case .untrusted(what: "the turn", _)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test("writes updates as the turn's codec does, clips them, and adds what was left out to the next one")
    func codec() async throws {
        let phone = try Self.phone()
        let federation = try FakeFederation(phone, work: Self.work)
        let (codec, start) = (try UpdateCodec(density: 0.2, bits: 8), await federation.model)
        await federation.change {
            $0.codec = codec
            $0.clipNorm = 0.1
            $0.work.wantsGradient = true
        }
        let model = try await phone.open { $0.sharesUpdates = true }
        await federation.begin()
        _ = try await model.federate(Self.examples, rounds: 2)
        var (now, residual) = (start, [Float](repeating: 0, count: start.count))
        var work = Self.work
        work.wantsGradient = true
        for (round, sent) in await federation.updates.enumerated() {
            var whole = zip(try Self.update(now, round: round, work), residual).map { $0 + $1 }
            let norm = Float(whole.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot())
            #expect(norm > 0.1)
            whole = whole.map { $0 * 0.1 / norm }
            let read = try UpdateCodec.decoded(sent.encoded, count: now.count)
            #expect(read.count { $0 != 0 } <= Int((0.2 * Double(now.count)).rounded()))
            var random = UpdateCodec.random(seed: 5, device: 0, turn: round + 1, isUpdate: true)
            let expected = try UpdateCodec.decoded(codec.encoded(whole, random: &random), count: now.count)
            #expect(Self.distance(read, expected) < 1e-5)
            #expect(sent.gradient?.count == now.count && sent.gradient?.contains { $0 != 0 } == true)
            residual = zip(whole, read).map { $0 - $1 }
            now = zip(now, read).map { $0 + $1 }
        }
    }

    @Test("sends nothing of a training that comes to no finite numbers")
    func overflow() async throws {
        let phone = try Self.phone()
        let federation = try FakeFederation(phone, work: LocalWork(epochs: 5, batch: 4, rate: 1e300))
        let model = try await phone.open { $0.sharesUpdates = true }
        await federation.begin()
        await #expect(throws: ClientError.self) { try await model.federate(Self.examples) }
        #expect(await federation.updates.isEmpty)
    }
}
