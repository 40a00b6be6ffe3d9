import Foundation
import MetaNetwork
import MetaNetworkDevice
import Testing

@testable import MetaNetworkClient

@Suite("Learning from choices in an app")
struct ChoiceLearningTests {
    /// A model whose service has no generator, so that as many choices are learned from as there may be.
    private static func phone(_ architecture: Architecture = .paperSASRec(width: 4, window: 3, heads: 2)) throws
        -> Phone
    {
        try Phone(TestBundle(architecture: architecture, hasGenerator: false))
    }

    /// A user who goes round three films.
    private static func record(_ count: Int, in model: PersonalModel) async {
        for number in 0..<count { await model.record("film \(1 + number % 3)") }
    }

    @Test(
        "a ranking learns from what the user chose, without a label and without a request, and keeps it over a restart"
    )
    func learns() async throws {
        let phone = try Self.phone()
        var model = try await phone.open()
        await Self.record(40, in: model)
        let (before, requests) = (await model.scores(), await phone.service.requests.count)
        let report = try await model.learn(budget: LearningBudget(steps: 60), learningRate: 0.03)
        let (loss, heldOut) = try (#require(report.loss), #require(report.heldOutLoss))
        #expect(report.verdict == .used && report.steps == 60 && report.multiplyAdds > 0)
        #expect(loss.after < loss.before && heldOut.after < heldOut.before)
        let learned = await model.scores()
        #expect(learned != before)
        #expect(await model.standing == .personal(.init(samples: 0, seconds: 0)))
        #expect(await phone.service.requests.count == requests)
        model = try await phone.open()
        #expect(await model.scores() == learned)
    }

    @Test("what is drawn follows from the samples and the version, and each step draws anew")
    func seeded() throws {
        let graph = try ModelGraph(.din(), itemCount: 500)
        let model = try DeviceModel(.din(), itemCount: 500, weights: weights(.din(), items: 500))
        func losses(seed: UInt64) throws -> [Double?] {
            let lesson = ChoiceLesson([5, 6, 7, 8], limit: 50, graph, seed: seed)
            let places = Array(0..<lesson.count)
            var solver = try lesson.solver(model, places, learningRate: 1e-12, code: nil, memoryLimit: 1 << 24) {
                false
            }
            return try (0..<3).map { step in
                try lesson.prepare(&solver, places, step: step)
                return solver.step()
            }
        }
        let first = try losses(seed: 4)
        #expect(try losses(seed: 4) == first && losses(seed: 5) != first)
        #expect(Set(first).count == 3, "with a rate of nearly nothing, losses differ by what was drawn")
    }

    @Test(
        "each choice is compared with the catalogue, with a sample of a large one, or with four others where that is dear"
    )
    func comparisons() throws {
        func lesson(_ architecture: Architecture, items: Int, _ samples: [Int] = [1, 2, 3]) throws -> ChoiceLesson {
            ChoiceLesson(samples, limit: 50, try ModelGraph(architecture, itemCount: items), seed: 1)
        }
        #expect(try lesson(.bag(), items: 20_000).comparison == .catalogue)
        #expect(try lesson(.sasrec(.init(itemBias: true)), items: 500).comparison == .catalogue)
        #expect(try lesson(.gru4rec(), items: 20_001).comparison == .sample(1024))
        #expect(try lesson(.din(), items: 10).comparison == .binary(4))
        let model = try DeviceModel(.din(), itemCount: 6, weights: weights(.din(), items: 6))
        // A user who chose all six items is compared with what that choice was not; one item alone leaves nothing.
        for samples in [[1, 2], [1, 2, 3, 4, 5, 6]] {
            let lesson = try lesson(.din(), items: 6, samples)
            var solver = try lesson.solver(
                model,
                Array(0..<lesson.count),
                learningRate: 0.01,
                code: nil,
                memoryLimit: 1 << 24
            ) {
                false
            }
            for step in 0..<3 { try lesson.prepare(&solver, Array(0..<lesson.count), step: step) }
            #expect(solver.step() != nil)
        }
    }

    private func weights(_ architecture: Architecture, items: Int) throws -> Weights {
        var weights = Weights()
        for parameter in try ModelGraph(architecture, itemCount: items).parameters {
            let count = parameter.shape.reduce(1, *)
            let values = (0..<count).map { Float($0 % 7) / 10 - 0.3 }
            weights[parameter.name] = try WeightTensor(shape: parameter.shape, values: values)
        }
        return weights
    }

    @Test(
        "no more choices are learned from than the generator reads, and the rule of those that are kept back is the same"
    )
    func limits() async throws {
        let phone = try Phone()
        let model = try await phone.open()
        let window = try #require(phone.bundle.manifest.generator).window
        await Self.record(40, in: model)
        let few = try await model.learn(budget: LearningBudget(steps: 1))
        #expect((few.heldOutLoss != nil) == (window >= 8))
        let larger = try await Self.phone().open()
        await Self.record(8, in: larger)
        #expect(try await larger.learn(budget: LearningBudget(steps: 1)).heldOutLoss == nil, "seven choices")
        await Self.record(1, in: larger)
        #expect(try await larger.learn(budget: LearningBudget(steps: 1)).heldOutLoss != nil)
    }

    @Test("histories of which nothing is learned are refused with what to do, change nothing and never trap")
    func bad() async throws {
        let phone = try Self.phone()
        let model = try await phone.open()
        let before = await model.scores()
        func refusal(_ budget: LearningBudget = LearningBudget(), rate: Double = 0.01) async throws -> String {
            do {
                _ = try await model.learn(budget: budget, learningRate: rate)
            } catch ClientError.invalidInput(let reason) { return reason }
            return "none"
        }
        #expect(try await refusal().contains("0 of the recorded samples"))
        for number in 0..<20 { await model.record("unknown \(number)") }
        #expect(try await refusal().contains("record what the user chooses"), "items that the model does not know")
        await model.record("film 1")
        #expect(try await refusal().contains("1 of the recorded samples"))
        await model.record("film 2")
        #expect(try await refusal() == "none")
        for budget in [LearningBudget(steps: 0), LearningBudget(seconds: 0), LearningBudget(seconds: .nan)] {
            #expect(try await refusal(budget).contains("budget"))
        }
        for rate in [0, -1, Double.nan, .infinity] { #expect(try await refusal(rate: rate).contains("learning rate")) }
        #expect(try await model.learn(learningRate: 1e300).verdict == .noBetter)
        try await model.forget()
        #expect(await model.scores() == before)
        await #expect(throws: ClientError.self) { try await model.learn([LabelledInput([1], label: "x")]) }
        let vectors = Architecture(
            name: "gestures",
            inputs: [.vector("reading", width: 3)],
            nodes: [.init("logits", .dense(units: 2, dynamic: true), "reading")],
            output: "logits"
        )
        let outputs = BundleManifest.Outputs(kind: .classification, names: ["rest", "wave"])
        let gestures = try await Phone(TestBundle(names: [], architecture: vectors, outputs: outputs)).open()
        await #expect(throws: ClientError.self, "nobody said what is right") { try await gestures.learn() }
        let fixed = Architecture(
            name: "fixed",
            inputs: [.init(name: "history", kind: .items, length: 3), .init(name: "candidate", kind: .item)],
            nodes: [
                .init("read", .embedding(table: "items", width: 4), "history"),
                .init("user", .last, "read"),
                .init("target", .embedding(table: "items", width: 4), "candidate"),
                .init("score", .dot, "user", "target"),
            ],
            output: "score"
        )
        let constant = try await Self.phone(fixed).open()
        await Self.record(5, in: constant)
        await #expect(
            throws: ClientError.invalidInput(reason: DeviceModelError.nothingToLearn("fixed").description)
        ) { try await constant.learn() }
    }
}
