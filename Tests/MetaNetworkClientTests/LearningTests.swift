import Foundation
import MetaNetwork
import MetaNetworkDevice
import Testing

@testable import MetaNetworkClient

@Suite("Learning from labels in an app")
struct LearningTests {
    /// Three numbers in, two classes out.
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

    private static func bundle(
        seed: UInt64 = 1,
        kind: BundleManifest.Outputs.Kind = .classification,
        _ architecture: Architecture = architecture
    ) throws -> TestBundle {
        let outputs = BundleManifest.Outputs(kind: kind, names: ["rest", "wave"])
        return try TestBundle(seed: seed, names: [], architecture: architecture, outputs: outputs)
    }

    /// Readings of this user: a wave is where the first number is above the second.
    private static func examples(_ count: Int, seed: UInt64 = 3) -> [LabelledInput] {
        var random = SeededGenerator(state: seed)
        return (0..<count).map { _ in
            let reading = (0..<3).map { _ in Float.random(in: -1...1, using: &random) }
            return LabelledInput(reading, label: reading[0] > reading[1] ? "wave" : "rest")
        }
    }

    private static let probes = examples(40, seed: 9)

    /// Share of inputs that are classified as labelled.
    private static func accuracy(_ model: PersonalModel) async throws -> Double {
        var right = 0
        for probe in probes {
            let name = try await model.classify(probe.input)[0].name
            if probe.target == .label(name) { right += 1 }
        }
        return Double(right) / Double(probes.count)
    }

    private static func outputs(_ model: PersonalModel) async throws -> [[Float]] {
        var outputs: [[Float]] = []
        for probe in probes { outputs.append(try await model.outputs(of: probe.input)) }
        return outputs
    }

    @Test("what is learned answers from then on and after a restart, and nothing of it leaves the device")
    func learns() async throws {
        let phone = try Phone(Self.bundle())
        var model = try await phone.open()
        let before = try await Self.accuracy(model)
        let requests = await phone.service.requests.count
        let report = try await model.learn(Self.examples(32), budget: LearningBudget(steps: 200), learningRate: 0.05)
        #expect(report.verdict == .used && report.steps == 200 && report.multiplyAdds > 0)
        let (loss, heldOut) = try (#require(report.loss), #require(report.heldOutLoss))
        #expect(loss.after < loss.before / 2 && heldOut.after < heldOut.before)
        let after = try await Self.accuracy(model)
        #expect(after > 0.8 && after > before)
        #expect(await model.standing == .personal(.init(samples: 0, seconds: 0)))
        let learned = try await Self.outputs(model)
        phone.time.advance(3_600)
        model = try await phone.open { $0.retireAfter = .expiry }
        #expect(try await Self.outputs(model) == learned, "it has no lifetime")
        #expect(await model.standing == .personal(.init(samples: 0, seconds: 3_600)))
        #expect(await phone.service.requests.count == requests)
        model = try await phone.open { $0.retireAfter = .age(time: .seconds(60)) }
        #expect(try await Self.outputs(model) != learned, "an age that the app sets is meant for all weights")
    }

    @Test("what is worse on the examples that were kept back is not used")
    func worse() async throws {
        let phone = try Phone(Self.bundle())
        let model = try await phone.open()
        let before = try await Self.outputs(model)
        var examples = Self.examples(32)
        // What the model says now is right of those that are kept back, and wrong of the others.
        for place in examples.indices {
            let names = try await model.classify(examples[place].input).map(\.name)
            examples[place].target = .label(place % 4 == 3 ? names[0] : names[1])
        }
        let report = try await model.learn(examples, budget: LearningBudget(steps: 100), learningRate: 0.05)
        let (loss, heldOut) = try (#require(report.loss), #require(report.heldOutLoss))
        #expect(report.verdict == .noBetter && loss.after < loss.before && heldOut.after > heldOut.before)
        #expect(try await Self.outputs(model) == before)
        #expect(await model.standing == .base)
        let again = try await phone.open()
        #expect(try await Self.outputs(again) == before)
    }

    @Test("a few examples are all learned from, and learning goes on from what was learned")
    func few() async throws {
        let phone = try Phone(Self.bundle())
        let model = try await phone.open()
        let examples = Array(Self.examples(7))
        let first = try await model.learn(examples)
        #expect(first.verdict == .used && first.heldOutLoss == nil && first.steps == 20)
        let second = try await model.learn(examples)
        let (end, start) = try (#require(first.loss).after, #require(second.loss).before)
        #expect(abs(end - start) < 1e-6)
        #expect(try await model.learn(Self.examples(8)).heldOutLoss != nil)
    }

    @Test("a model that predicts values learns them")
    func regression() async throws {
        let phone = try Phone(Self.bundle(kind: .regression))
        let model = try await phone.open()
        let examples = Self.examples(16).map { LabelledInput($0.input, values: [$0.input[0], 2]) }
        let report = try await model.learn(examples, budget: LearningBudget(steps: 300), learningRate: 0.05)
        #expect(try report.verdict == .used && #require(report.heldOutLoss).after < 0.2)
        await #expect(throws: ClientError.self) { try await model.learn(Self.examples(3)) }
        await #expect(throws: ClientError.self) { try await model.learn([LabelledInput([1, 2, 3], values: [1])]) }
        await #expect(throws: ClientError.self) {
            try await model.learn([LabelledInput([1, 2, 3], values: [1, .nan])])
        }
    }

    @Test(
        "weights from the service, another version and forgetting take its place, and it comes back after none of them"
    )
    func replaced() async throws {
        let phone = try Phone(Self.bundle())
        let model = try await phone.open { $0.versionInterval = .zero }
        let base = try await Self.outputs(model)
        #expect(try await model.learn(Self.examples(16)).verdict == .used)
        let learned = try await Self.outputs(model)
        await model.record(Self.probes[0].input)
        try await model.refresh()
        let generated = try await Self.outputs(model)
        #expect(generated != learned && generated != base)
        let reopened = try await phone.open()
        #expect(try await Self.outputs(reopened) == generated)
        #expect(try await model.learn(Self.examples(16)).verdict == .used)
        try await model.forget()
        #expect(try await Self.outputs(model) == base)
        let forgotten = try await phone.open()
        #expect(try await Self.outputs(forgotten) == base)
        #expect(try await model.learn(Self.examples(16)).verdict == .used)
        let second = try Self.bundle(seed: 2)
        await phone.service.serve(second)
        try await model.refresh()
        let fresh = try await Phone(second).open()
        #expect(try await Self.outputs(model) == Self.outputs(fresh))
    }

    /// Learning that takes minutes, unless its time is made to pass. It asks for the time 750 times before its first step, and for
    /// each step.
    private static func longLearning(_ model: PersonalModel) -> Task<LearningReport, any Error> {
        let budget = LearningBudget(steps: LearningBudget.mostSteps, seconds: 100)
        return Task.detached { try await model.learn(examples(1_000), budget: budget) }
    }

    @Test(
        "what was learned while others came is not used, nor what was while everything was forgotten; the model answers meanwhile"
    )
    func meanwhile() async throws {
        let phone = try Phone(Self.bundle())
        let time = CountingTime()
        let model = try await phone.open { $0.time = time }
        await model.record(Self.probes[0].input)
        for isForgotten in [false, true] {
            let before = try await Self.outputs(model)
            let learning = Self.longLearning(model)
            await time.ask(6_000)
            #expect(try await Self.outputs(model) == before, "it answers while it learns")
            if isForgotten { try await model.forget() } else { try await model.refresh() }
            let after = try await Self.outputs(model)
            time.jump(.seconds(200))
            if isForgotten {
                await #expect(throws: ClientError.forgotten) { try await learning.value }
            } else {
                #expect(try await learning.value.verdict == .outdated)
            }
            #expect(try await Self.outputs(model) == after && after != before)
        }
    }

    @Test("it ends when it is cancelled, and when the time is over")
    func ends() async throws {
        let phone = try Phone(Self.bundle())
        let time = CountingTime()
        let model = try await phone.open { $0.time = time }
        let before = try await Self.outputs(model)
        let learning = Self.longLearning(model)
        await time.ask(6_000)
        learning.cancel()
        await #expect(throws: CancellationError.self) { try await learning.value }
        #expect(try await Self.outputs(model) == before)
        time.pass(.milliseconds(50))
        // Twelve examples are prepared, and twelve are asked about in each pass.
        for (seconds, steps) in [(0.01, 0), (0.5, 0), (1.25, 0), (1.9, 1), (2.5, 2)] {
            let report = try await model.learn(Self.examples(16), budget: LearningBudget(steps: 100, seconds: seconds))
            #expect(report.steps == steps && (report.verdict == .used) == (steps > 0), "\(seconds)")
        }
    }

    @Test("bad examples and budgets are refused with what to do, change nothing and never trap")
    func bad() async throws {
        let phone = try Phone(Self.bundle())
        let model = try await phone.open()
        let before = try await Self.outputs(model)
        let good = Self.examples(12)
        func refusal(
            _ examples: [LabelledInput],
            _ budget: LearningBudget = LearningBudget(),
            rate: Double = 0.01
        ) async throws -> String {
            do {
                _ = try await model.learn(examples, budget: budget, learningRate: rate)
            } catch ClientError.invalidInput(let reason) { return reason }
            return "none"
        }
        #expect(
            try await refusal(good + [LabelledInput([1, 2, 3], label: "jump")]).contains(
                "example 12 has the label 'jump'"
            )
        )
        #expect(try await refusal(good + [LabelledInput([1, .nan, 3], label: "rest")]).contains("example 12"))
        #expect(try await refusal([LabelledInput([1, 2], label: "rest")]).contains("example 0"))
        #expect(try await refusal(good + [LabelledInput([1, 2, 3], values: [1, 2])]).contains("give a label"))
        #expect(try await refusal([]).contains("at least one"))
        for (steps, seconds) in [(0, 1.0), (-5, 1), (.min, 1), (5, 0), (5, -1), (5, .nan), (5, -.infinity)] {
            #expect(try await refusal(good, LearningBudget(steps: steps, seconds: seconds)).contains("budget"))
        }
        for rate in [0, -1, Double.nan, .infinity] {
            #expect(try await refusal(good, rate: rate).contains("learning rate"))
        }
        let large = LearningBudget(steps: .max, seconds: .infinity)
        #expect(try large.bounded() == LearningBudget(steps: 10_000, seconds: 600))
        let overflowing = try await model.learn(good, learningRate: 1e300)
        #expect(overflowing.verdict == .noBetter)
        await #expect(throws: ClientError.self, "the norm of what was learned is bounded") {
            let examples = good.map { LabelledInput($0.input, label: "wave") }
            _ = try await model.learn(examples, learningRate: 1e4)
        }
        #expect(try await Self.outputs(model) == before)
        let movies = try await Phone().open()
        await #expect(throws: ClientError.self) { try await movies.learn(good) }
        var architecture = Self.architecture
        architecture.nodes.insert(.init("own", .personal(width: 6)), at: 1)
        architecture.nodes.insert(.init("shifted", .add, "features", "own"), at: 2)
        architecture.nodes.insert(.init("norm", .layerNorm(), "shifted"), at: 3)
        architecture.nodes[4].inputs = ["norm"]
        let other = try await Phone(Self.bundle(architecture)).open()
        await #expect(
            throws: ClientError.invalidInput(
                reason: DeviceModelError.cannotLearn(node: "norm", operation: "layerNorm").description
            )
        ) {
            try await other.learn(good)
        }
    }

    @Test("learned weights that are damaged, or are not what they could be, are not used after a restart")
    func damaged() async throws {
        let phone = try Phone(Self.bundle())
        var model = try await phone.open()
        let base = try await Self.outputs(model)
        #expect(try await model.learn(Self.examples(16)).verdict == .used)
        let folder = phone.modelFolder.appendingPathComponent("personal")
        let file = folder.appendingPathComponent("1")
        let sealed = try #require(try SealedFile.read(file, limit: 1 << 20))
        var set = try #require(StoredParameters(sealed))
        #expect(set.record.isLearned == true && set.record.signature == nil)
        var weights = try SafeTensors.decode(Array(set.payload)).weights
        weights["logits.bias"] = try WeightTensor(shape: [2], values: [1e6, 0])
        set.payload = Data(try SafeTensors.encode(weights))
        try SealedFile.write(set.encoded(), to: file)
        model = try await phone.open()
        #expect(try await Self.outputs(model) == base, "the norm is beyond the bound")
        try Data("{}".utf8).write(to: file)
        model = try await phone.open()
        #expect(try await Self.outputs(model) == base)
        #expect(!FileManager.default.fileExists(atPath: file.path))
    }
}

/// A clock that goes on when it is told to, or with each question, and counts the questions.
///
/// It is safe to send: `lock` is held wherever the values are touched.
private final class CountingTime: TimeSource, @unchecked Sendable {
    private let lock = NSLock()
    private var elapsed = Duration.zero
    private var step = Duration.zero
    private var questions = 0

    func now() -> Int { 1_000_000 }
    func sleep(for duration: Duration) async throws { try await Task.sleep(for: .seconds(3_600)) }

    /// Waits until it was asked so often: learning asks before each example.
    func ask(_ count: Int) async {
        let start = lock.withLock { questions }
        while lock.withLock({ questions }) < start + count { await Task.yield() }
    }

    func jump(_ duration: Duration) { lock.withLock { elapsed += duration } }
    func pass(_ step: Duration) { lock.withLock { self.step = step } }

    func uptime() -> Duration {
        lock.withLock {
            questions += 1
            elapsed += step
            return elapsed
        }
    }
}
