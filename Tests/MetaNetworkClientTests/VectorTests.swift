import Foundation
import MetaNetwork
import MetaNetworkDevice
import MetaNetworkWire
import Testing

@testable import MetaNetworkClient

@Suite("Models over vectors in an app")
struct VectorTests {
    /// Three numbers in, two classes out; a sample is what the first layer makes of it.
    private static let architecture = Architecture(
        name: "gestures",
        inputs: [.vector("reading", width: 3)],
        nodes: [
            .init("features", .dense(units: 4, activation: .tanh), "reading"),
            .init("logits", .dense(units: 2, dynamic: true), "features"),
        ],
        output: "logits",
        sample: "features"
    )

    private static func bundle(
        seed: UInt64 = 1,
        kind: BundleManifest.Outputs.Kind = .classification,
        gate: Weights? = nil
    ) throws -> TestBundle {
        let outputs = BundleManifest.Outputs(kind: kind, names: ["rest", "wave"])
        return try TestBundle(seed: seed, names: [], architecture: architecture, outputs: outputs, gate: gate)
    }

    private let inputs: [[Float]] = [[0.5, -1, 2], [1, 1, 1], [-0.25, 0, 3]]

    @Test("classifies as the device model does, with names and probabilities")
    func parity() async throws {
        let phone = try Phone(Self.bundle())
        let model = try await phone.open()
        var device = try DeviceModel(Self.architecture, weights: phone.bundle.weights)
        for input in inputs {
            let logits = try device.outputs(of: input)
            #expect(try await model.outputs(of: input) == logits)
            let classes = try await model.classify(input)
            let wave = 1 / (1 + exp(logits[0] - logits[1]))
            #expect(classes.map(\.name) == (logits[1] > logits[0] ? ["wave", "rest"] : ["rest", "wave"]))
            let probability = try #require(classes.first { $0.name == "wave" }?.probability)
            #expect(abs(probability - wave) < 1e-6)
        }
        #expect(await model.outputNames == ["rest", "wave"])
        #expect(await model.topItems(5).isEmpty)
        #expect(await model.rank(["rest"]).map(\.score) == [-.infinity])
    }

    @Test("an app gives inputs by name, leaves out what it does not know, and is told what does not fit")
    func named() async throws {
        let several = Architecture(
            name: "gestures",
            inputs: [.vector("reading", width: 3), .token("arm", ["left", "right"])],
            nodes: [
                .init("side", .embedding(table: "arms", width: 2), "arm"),
                .init("joined", .concatenate, "reading", "side"),
                .init("logits", .dense(units: 2, dynamic: true), "joined"),
            ],
            output: "logits",
            sample: "joined"
        )
        let outputs = BundleManifest.Outputs(kind: .classification, names: ["rest", "wave"])
        let phone = try Phone(TestBundle(seed: 1, names: [], architecture: several, outputs: outputs))
        let model = try await phone.open()
        let whole = try await model.input(["arm": "right", "reading": [0.5, -1, 2]])
        #expect(whole == [0.5, -1, 2, 2])
        let (known, half) = (try await model.outputs(of: whole), try await model.input(["reading": [0.5, -1, 2]]))
        #expect(try await model.outputs(of: half) != known)
        await model.record(whole)
        await model.record(half)
        try await model.refresh()
        let embeddings = try #require(await phone.service.questions.last?.embeddings)
        let table = try #require(phone.bundle.weights["arms.embedding"]).values
        #expect(embeddings.map { Array($0.suffix(2)) } == [Array(table[4...]), Array(table[..<2])])
        await #expect(throws: ClientError.self) { _ = try await model.input(["leg": "right"]) }
        await #expect(throws: ClientError.self) { _ = try await model.input([:]) }
    }

    @Test("sends what the sample node makes of recorded inputs, and uses the weights made of it")
    func refresh() async throws {
        let phone = try Phone(Self.bundle())
        let model = try await phone.open()
        let before = try await model.outputs(of: inputs[0])
        for input in inputs { await model.record(input) }
        try await model.refresh()
        let question = try #require(await phone.service.questions.last)
        var device = try DeviceModel(Self.architecture, weights: phone.bundle.weights)
        #expect(question.samples == nil)
        #expect(try question.embeddings == inputs.map { try device.sample(of: $0) })
        try device.personalize(phone.bundle.personalWeights(inputs.count).rounded())
        #expect(try await model.outputs(of: inputs[0]) == device.outputs(of: inputs[0]))
        #expect(try await model.outputs(of: inputs[0]) != before)
        #expect(await phone.service.storedEvents.isEmpty, "no vector is shared for training")
    }

    @Test(
        "samples survive a restart and a new version, which reads them anew; no more are kept than the generator needs"
    )
    func restart() async throws {
        let phone = try Phone(Self.bundle())
        var model = try await phone.open()
        for number in 0..<40 { await model.record([Float(number), 1, 0]) }
        let second = try Self.bundle(seed: 2)
        await phone.service.serve(second)
        model = try await phone.open { $0.versionInterval = .zero }
        try await model.refresh()
        var device = try DeviceModel(Self.architecture, weights: second.weights)
        let question = try #require(await phone.service.questions.last)
        #expect(try question.embeddings == (34..<40).map { try device.sample(of: [Float($0), 1, 0]) })
        let log = try String(contentsOf: phone.modelFolder.appendingPathComponent("samples.jsonl"), encoding: .utf8)
        #expect(log.split(separator: "\n").count <= 24, "twice what is kept, and that is twice the generator's window")
    }

    @Test("an input of another size, numbers that are none and the other kind of sample are refused, and nothing traps")
    func bad() async throws {
        let phone = try Phone(Self.bundle())
        let model = try await phone.open()
        for input in [[], [1], [1, 2, 3, 4], [1, .nan, 2], [.infinity, 0, 0]] as [[Float]] {
            await #expect(throws: ClientError.self) { try await model.outputs(of: input) }
            await #expect(throws: ClientError.self) { try await model.classify(input) }
            await model.record(input)
        }
        await model.record("film 1")
        try await model.refresh()
        #expect(await phone.service.questions.isEmpty, "nothing was recorded")
        let movies = try await Phone().open()
        await #expect(throws: ClientError.self) { try await movies.classify([1, 2, 3]) }
        await movies.record([1, 2, 3])
        #expect(await movies.history.isEmpty)
    }

    @Test("a model that predicts numbers gives them, and tells no classes")
    func regression() async throws {
        let phone = try Phone(Self.bundle(kind: .regression))
        let model = try await phone.open()
        #expect(try await model.outputs(of: inputs[0]).count == 2)
        await #expect(throws: ClientError.self) { try await model.classify(inputs[0]) }
    }

    @Test("a manifest that does not name the model's outputs is refused", arguments: [0, 1, 3])
    func names(count: Int) async throws {
        let names = (0..<count).map { "class \($0)" }
        let bundle = try TestBundle(
            names: [],
            architecture: Self.architecture,
            outputs: .init(kind: .classification, names: names)
        )
        let phone = try Phone(bundle)
        await #expect(throws: ClientError.self) { try await phone.open() }
    }

    @Test("probabilities add up to one, whatever the logits")
    func softmax() {
        for logits in [[0, 0], [1e30, -1e30], [.infinity, 0], [.nan, 1], [-80, -90, -100]] as [[Float]] {
            let sum = Softmax.probabilities(logits).reduce(0, +)
            #expect(abs(sum - 1) < 1e-6)
        }
    }

    @Test("asks where the bundle's gate thinks a mistake likely, of what the sample node makes of recorded inputs")
    func gate() async throws {
        let phone = try Phone(Self.bundle(gate: TestGate.weights()))
        var device = try DeviceModel(Self.architecture, weights: phone.bundle.weights)
        // The gate goes by the first value of the samples' mean.
        let corners = (0..<8).map { corner in (0..<3).map { corner >> $0 & 1 == 1 ? Float(20) : -20 } }
        let values = try corners.map { try device.sample(of: $0)[0] }
        let high = try #require(zip(values, corners).first { $0.0 > 0.99 }?.1)
        let low = high.map { -$0 }
        let model = try await phone.open { $0.policy = WhenLikelyWrong(budget: 0.5) }
        for _ in 0..<6 {
            await model.record(low)
            await model.waitUntilIdle()
        }
        #expect(await phone.service.questions.count == 1, "the first weights, and no others while all is well")
        let calm = await model.asking
        // The first sample may be decided on too, when its weights have come.
        #expect((5...6).contains(calm.decisions) && calm.requests == 0)
        for _ in 0..<6 {
            await model.record(high)
            await model.waitUntilIdle()
        }
        let asking = await model.asking
        #expect((11...12).contains(asking.decisions) && asking.requests > 0)
        #expect(await phone.service.questions.count == 1 + asking.requests)
    }
}

extension Weights {
    /// The values as a payload of half precision brings them.
    fileprivate func rounded() throws -> Weights {
        try SafeTensors.decode(SafeTensors.encode(self, as: .float16)).weights
    }
}
