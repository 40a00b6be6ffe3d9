import Foundation
import MetaNetwork
import MetaNetworkDevice
import Testing

@testable import MetaNetworkClient

@Suite("Learning a code in an app")
struct CodeLearningTests {
    private static let architecture = Architecture(
        name: "gestures",
        inputs: [.vector("reading", width: 3)],
        nodes: [
            .init("features", .dense(units: 6, activation: .tanh), "reading"),
            .init("logits", .dense(units: 2, dynamic: true), "features"),
        ],
        output: "logits",
        sample: "features"
    )

    private static func basis(seed: UInt64 = 5, rank: Int = 6) throws -> Weights {
        var (weights, random) = (Weights(), SeededGenerator(state: seed))
        for parameter in try ModelGraph(architecture).parameters where parameter.isDynamic {
            let count = rank * parameter.shape.reduce(1, *)
            let values = (0..<count).map { _ in Float.random(in: -1...1, using: &random) }
            weights[parameter.name] = try WeightTensor(shape: [rank] + parameter.shape, values: values)
        }
        weights["start"] = try WeightTensor(shape: [rank], values: (0..<rank).map { Float($0) / 10 })
        return weights
    }

    private static func bundle(seed: UInt64 = 1, _ basis: Weights?) throws -> TestBundle {
        try TestBundle(
            seed: seed,
            names: [],
            architecture: architecture,
            outputs: .init(kind: .classification, names: ["rest", "wave"]),
            hasGenerator: false,
            basis: basis
        )
    }

    private static func examples(_ count: Int) -> [LabelledInput] {
        var random = SeededGenerator(state: 3)
        return (0..<count).map { _ in
            let reading = (0..<3).map { _ in Float.random(in: -1...1, using: &random) }
            return LabelledInput(reading, label: reading[0] > reading[1] ? "wave" : "rest")
        }
    }

    private static func folder(_ phone: borrowing Phone) -> ModelFolder {
        ModelFolder(directory: phone.folder, model: TestBundle.model, limits: Limits())
    }

    private static let budget = LearningBudget(steps: 60)
    private let probe: [Float] = [0.3, -0.8, 0.1]

    @Test("4 bytes a value are stored, answer after a restart, and are learned on from")
    func learns() async throws {
        let phone = try Phone(Self.bundle(Self.basis()))
        var model = try await phone.open()
        let before = try await model.outputs(of: probe)
        let report = try await model.learn(Self.examples(32), budget: Self.budget, learningRate: 0.05)
        #expect(report.verdict == .used)
        let (loss, heldOut) = try (#require(report.loss), #require(report.heldOutLoss))
        #expect(loss.after < loss.before && heldOut.after < heldOut.before)
        let after = try await model.outputs(of: probe)
        #expect(after != before)
        let folder = Self.folder(phone)
        let sets = folder.personalSets().sets
        let stored = try #require(sets.first)
        #expect(stored.payload.count == 24 && stored.record.isCode == true && stored.record.isLearned == true)
        let code = try #require([Float](littleEndian: stored.payload))
        let basis = try WeightBasis(Self.basis(), of: ModelGraph(Self.architecture))
        var device = try DeviceModel(Self.architecture, weights: phone.bundle.weights)
        try device.personalize(basis.weights(code))
        #expect(try device.outputs(of: probe) == after, "it is the code, and no other code, that answers")
        model = try await phone.open()
        #expect(try await model.outputs(of: probe) == after)
        let again = try await model.learn(Self.examples(32), budget: Self.budget, learningRate: 0.05)
        #expect(try abs(#require(again.loss).before - loss.after) < 1e-6)
        try await model.forget()
        #expect(try await phone.open().outputs(of: probe) == before)
    }

    @Test("a stored code of another length, or one that is not finite, is not used")
    func damaged() async throws {
        let phone = try Phone(Self.bundle(Self.basis()))
        _ = try await phone.open().learn(Self.examples(32), budget: Self.budget, learningRate: 0.05)
        let folder = Self.folder(phone)
        let sets = folder.personalSets().sets
        var stored = try #require(sets.first)
        let zeros = [0, 20, 23, 28].map { Data(repeating: 0, count: $0) }
        for payload in zeros + [Data(repeating: 0xFF, count: 24)] {
            let phone = try Phone(Self.bundle(Self.basis()))
            stored.payload = payload
            _ = try await phone.open()
            try Self.folder(phone).keep(stored)
            let model = try await phone.open()
            var device = try DeviceModel(Self.architecture, weights: phone.bundle.weights)
            #expect(try await model.outputs(of: probe) == device.outputs(of: probe), "\(payload.count) bytes")
        }
    }

    @Test("a budget of nothing, labels that are no classes and NaN are refused, and nothing is stored")
    func refused() async throws {
        let phone = try Phone(Self.bundle(Self.basis()))
        let model = try await phone.open()
        let examples = Self.examples(8)
        await #expect(throws: ClientError.self) {
            try await model.learn(examples, budget: LearningBudget(steps: 0))
        }
        await #expect(throws: ClientError.self) { try await model.learn([LabelledInput(probe, label: "jump")]) }
        await #expect(throws: ClientError.self) { try await model.learn([LabelledInput([.nan, 0, 0], label: "wave")]) }
        let sets = Self.folder(phone).personalSets().sets
        #expect(sets.isEmpty)
    }

    @Test("an input of several that is missing is learned from as what stands for it, and none at all is refused")
    func missing() async throws {
        let architecture = Architecture(
            name: "gestures",
            inputs: [.vector("reading", width: 2), .vector("noise", width: 2)],
            nodes: [
                .init("all", .concatenate, "reading", "noise"),
                .init("features", .dense(units: 6, activation: .tanh), "all"),
                .init("logits", .dense(units: 2, dynamic: true), "features"),
            ],
            output: "logits",
            sample: "features"
        )
        let bundle = try TestBundle(
            names: [],
            architecture: architecture,
            outputs: .init(kind: .classification, names: ["rest", "wave"]),
            hasGenerator: false,
            basis: Self.basis()
        )
        var device = try DeviceModel(architecture, weights: bundle.weights)
        let partial = Self.examples(32).enumerated().map { place, example in
            let noise: [Float] = place % 2 == 0 ? [.nan, .nan] : [example.input[2], 0.5]
            var partial = example
            partial.input = Array(example.input[..<2]) + noise
            return partial
        }
        var whole = partial
        for place in whole.indices { whole[place].input = try device.completed(partial[place].input) }
        var codes: [Data] = []
        for examples in [partial, whole] {
            let phone = try Phone(bundle)
            let report = try await phone.open().learn(examples, budget: Self.budget, learningRate: 0.05)
            #expect(report.steps == 60)
            codes += Self.folder(phone).personalSets().sets.map(\.payload)
        }
        #expect(codes.count == 2 && codes[0] == codes[1] && codes[0].count == 24)
        let phone = try Phone(bundle)
        let nothing = LabelledInput([.nan, .nan, .nan, .nan], label: "rest")
        await #expect(throws: ClientError.self) { try await phone.open().learn([nothing, nothing]) }
    }

    @Test("a version whose basis is of another shape is refused, and says which tensor")
    func foreign() async throws {
        var wrong = try Self.basis()
        wrong["logits.bias"] = try WeightTensor(shape: [6, 3], values: .init(repeating: 0, count: 18))
        let phone = try Phone(Self.bundle(wrong))
        do {
            _ = try await phone.open()
            Issue.record("a wrong basis was taken")
        } catch let error as ClientError {
            #expect("\(error)".contains("basis.safetensors") && "\(error)".contains("logits.bias"))
        }
    }
}
