import MetaNetwork
import Testing

@testable import MetaNetworkCollaboration
@testable import MetaNetworkData
@testable import MetaNetworkModels
@testable import MetaNetworkTraining

@Suite("Devices that learn from a few labels", .serialized)
struct FewLabelsTests {
    /// Two devices with 20 inputs of each of two classes, one class after the other, numbered in order of time.
    private static let devices = (0..<2).map { device in
        LabelledDevice(
            name: "d\(device)",
            group: "g",
            inputs: (0..<40).map { [Float($0)] },
            targets: (0..<40).map { [$0 < 20 ? 0 : 1] }
        )
    }

    @Test(
        "labelled inputs are of the first 45 % of each class, those asked about of its last half, the same for each noise"
    )
    func times() throws {
        let labels = try FewLabels(Self.devices, classes: 2)
        let episodes = labels.episodes(.init(labels: 4, noise: 0), draws: 3, seed: 1)
        #expect(episodes.map(\.device) == ["d0", "d0", "d0", "d1", "d1", "d1"])
        for episode in episodes {
            let asked = episode.query.map { Int($0[0]) }
            #expect(asked == Array(10..<20) + Array(30..<40))
            let targets = episode.targets.map { Int($0) }
            #expect(targets == [Int](repeating: 0, count: 10) + [Int](repeating: 1, count: 10))
            let places = episode.support.map { Int($0[0]) }
            #expect(Set(places).count == 8 && places.prefix(4).allSatisfy { $0 < 9 })
            #expect(places.suffix(4).allSatisfy { (20..<29).contains($0) })
            #expect(episode.supportTargets == [0, 0, 0, 0, 1, 1, 1, 1])
        }
        #expect(episodes[0].support != episodes[1].support)
        let noisy = labels.episodes(.init(labels: 4, noise: 30), draws: 3, seed: 1)
        #expect(zip(episodes, noisy).allSatisfy { $0.support == $1.support && $0.query == $1.query })
        let few = labels.episodes(.init(labels: 1, noise: 0), draws: 3, seed: 1)
        #expect(zip(episodes, few).allSatisfy { Set($0.support).isSuperset(of: $1.support) })
        #expect(
            labels.episodes(.init(labels: 4, noise: 0), draws: 3, seed: 1).map(\.support) == episodes.map(\.support)
        )
        #expect(
            labels.episodes(.init(labels: 4, noise: 0), draws: 3, seed: 2).map(\.support) != episodes.map(\.support)
        )
    }

    @Test("30 % of the labels are drawn from all classes, so that with two of them 15 % are wrong")
    func noise() throws {
        let labels = try FewLabels(Self.devices, classes: 2)
        func wrong(_ noise: Int) -> Double {
            let episodes = labels.episodes(.init(labels: 9, noise: noise), draws: 200, seed: 3)
            let right = [Float](repeating: 0, count: 9) + [Float](repeating: 1, count: 9)
            let wrong = episodes.reduce(0) { $0 + zip($1.supportTargets, right).count { $0 != $1 } }
            return Double(wrong) / Double(18 * episodes.count)
        }
        #expect(wrong(0) == 0 && abs(wrong(30) - 0.15) < 0.02 && abs(wrong(100) - 0.5) < 0.02)
    }

    @Test("a device with two inputs of a class at most is refused by name")
    func tooFew() {
        let device = LabelledDevice(name: "young", group: "g", inputs: [[1], [2], [3]], targets: [[0], [0], [1]])
        let error = #expect(throws: DataError.self) { _ = try FewLabels([device], classes: 2) }
        #expect(error?.description.contains("'young'") == true)
    }

    private static let architecture = Architecture(
        name: "sensor",
        inputs: [.vector("x", width: 2)],
        nodes: [
            .init("whitened", .standardize, "x"),
            .init("hidden", .dense(units: 8, activation: .relu, dynamic: true), "whitened"),
            .init("out", .dense(units: 2), "hidden"),
        ],
        output: "out",
        sample: "whitened"
    )

    @Test("what a device learns helps it and no device after it; a part has as many values as it says")
    func learns() throws {
        let task = EpisodicTask(try madeUpDevices(.classification, devices: 30))
        let patches = GeneratorConfiguration.Patches(width: 3, rank: 4)
        let configuration = TrainingConfiguration(
            architecture: Self.architecture,
            generator: GeneratorConfiguration(form: .metaPatch, window: 8, patches: patches),
            epochs: 6,
            batch: 64,
            learningRate: 5e-3,
            patience: 0
        )
        let base = try Training(configuration.ofBase, task).run()
        let meta = try Training(configuration, task).run(base: base)
        func measured(_ part: LearnedPart) throws -> LearnedAnswers {
            let plan = LearnedAnswers.Plan(
                part,
                patches: patches,
                labels: [2, 4],
                noise: [0, 30],
                steps: 20,
                draws: 2
            )
            return try LearnedAnswers(part.needsBasis ? meta : base, task, plan, seed: 1)
        }
        let names = [
            "noise-0", "noise-30", "noise-0-labels-2", "noise-0-labels-4", "noise-30-labels-2", "noise-30-labels-4",
        ]
        #expect(LearnedAnswers.Plan.setNames(labels: [2, 4], noise: [0, 30]) == names)
        func accuracy(_ answers: LearnedAnswers, _ set: String) throws -> Double {
            try #require(answers.scores.values[set]?["accuracy"])
        }
        let idle = try measured(.nothing)
        #expect(idle.learnedValues == 0 && idle.learningRate == nil && idle.scores.sets.map(\.name) == names)
        #expect(try accuracy(idle, "noise-0") == accuracy(idle, "noise-30"), "what is told is not heard")
        for (part, values) in [(LearnedPart.all, 2 * 8 + 8 + 8 * 2 + 2), (.patch, 8 * 3 + 3 + 3 * 8 + 8), (.code, 4)] {
            let answers = try measured(part)
            #expect(answers.learnedValues == values)
            #expect(try LearnedAnswers.learningRates.contains(#require(answers.learningRate)))
            let (before, after) = (try accuracy(idle, "noise-0"), try accuracy(answers, "noise-0"))
            #expect(after > before, "\(part): \(before) → \(after)")
            #expect(try measured(part).scores.values == answers.scores.values, "one run leaves nothing for another")
        }
        let (own, foreign) = (try measured(.code), try measured(.others))
        #expect(try accuracy(foreign, "noise-0") < accuracy(own, "noise-0"))
    }
}
