import Foundation
import MetaNetwork
import MetaNetworkData
import Testing
import Torch

@testable import MetaNetworkCollaboration
@testable import MetaNetworkModels
@testable import MetaNetworkTraining

@Suite("The cloud learns what the models of devices say", .serialized)
struct MoMoDistillTests {
    @Test("divergences are KL(teacher ‖ student): of yes and no, of choices, and squared differences of values")
    func divergences() throws {
        func logit(_ p: Double) -> Float { Float(log(p / (1 - p))) }
        func value(_ likelihood: Likelihood, _ student: [Float], _ teacher: [Float]) throws -> Double {
            let shape = [1, student.count]
            return try Double(
                likelihood.divergence(of: Tensor(student, shape: shape), from: Tensor(teacher, shape: shape)).scalar()
            )
        }
        // 0.8 ln(0.8 / 0.5) + 0.2 ln(0.2 / 0.5), and the same of 0.3 and 0.9.
        let first = 0.8 * log(1.6) + 0.2 * log(0.4)
        let second = 0.3 * log(0.3 / 0.9) + 0.7 * log(0.7 / 0.1)
        let binary = try value(.bernoulli, [0, logit(0.9)], [logit(0.8), logit(0.3)])
        #expect(abs(binary - (first + second) / 2) < 1e-5)
        let (p, q) = ([0.7, 0.2, 0.1], [0.25, 0.25, 0.5])
        let expected = zip(p, q).reduce(0) { $0 + $1.0 * log($1.0 / $1.1) }
        #expect(try abs(value(.softmax, q.map { Float(log($0)) }, p.map { Float(log($0)) + 3 }) - expected) < 1e-5)
        #expect(try abs(value(.normal, [1, 2], [3, 1]) - 2.5) < 1e-6)
        for likelihood in [Likelihood.softmax, .bernoulli, .normal] {
            #expect(try abs(value(likelihood, [0.3, -2], [0.3, -2])) < 1e-6)
        }
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

    private func configuration(_ architecture: Architecture = architecture, epochs: Int = 4) -> TrainingConfiguration {
        TrainingConfiguration(
            architecture: architecture,
            generator: GeneratorConfiguration(form: .metaPatch, window: 8, patches: .init(width: 3, rank: 4)),
            epochs: epochs,
            batch: 64,
            learningRate: 5e-3,
            patience: 0
        )
    }

    /// How far the answers of a base are from those of the devices' models, on the rows of training.
    private func distance<Task: DistillingTask>(
        _ base: TrainedModel,
        _ devices: TrainedModel,
        _ task: Task
    ) throws -> Double {
        var random = SeededGenerator(seed: 9)
        let generator = devices.model.requiredGenerator
        let likelihood = try task.likelihood(of: base.model, devices.configuration)
        try LibTorch.setThreads(1)
        return try withoutGradients {
            try task.batches(of: devices.model, devices.configuration, random: &random).reduce(0) { sum, step in
                var random = SeededGenerator(seed: 10)
                let batch = try step(&random)
                let layers = try generator.layers(
                    generator.vectors(of: task.owners(batch).map(\.self)),
                    generator.decoders(),
                    global: GlobalLayers(parameters: devices.model.network.parameters)
                )
                let own = GlobalLayers(parameters: base.model.network.parameters)
                let divergence = try likelihood.divergence(
                    of: task.outputs(base.model, batch, own, isTraining: false),
                    from: task.outputs(devices.model, batch, layers, isTraining: false)
                )
                return sum + Double(try divergence.scalar())
            }
        }
    }

    @Test(
        "the base comes nearer to what devices say than rows alone bring it, and the devices' models stay as they are"
    )
    func base() throws {
        try LibTorch.setThreads(1)
        let task = EpisodicTask(try madeUpDevices(.classification, devices: 20))
        let trained = try Training(configuration(), task).run()
        let before = try trained.model.tensors.map { try $0.floats() }
        func learned(_ teacher: DistillingTeacher, weight: Double) throws -> Double {
            let base = try MoMoDistill(trained, task, configuration(), weight: weight).base(teacher)
            #expect(base.model.generator == nil && base.configuration.architecture == Self.architecture)
            return try distance(base, trained, task)
        }
        let alone = try learned(.nobody, weight: 10)
        let taught = try learned(.devices, weight: 10)
        #expect(taught < alone, "\(alone) → \(taught)")
        #expect(try learned(.devices, weight: 0) == alone, "without a weight nobody teaches")
        #expect(try learned(.cloud, weight: 10) != taught)
        #expect(try trained.model.tensors.map { try $0.floats() } == before)
    }

    @Test(
        "proxies learn over a base that stays as it is, and their codes are what U makes of the devices' rows"
    )
    func proxies() throws {
        try LibTorch.setThreads(1)
        let task = EpisodicTask(try madeUpDevices(.classification, devices: 20))
        let trained = try Training(configuration(), task).run()
        let before = try trained.model.tensors.map { try $0.floats() }
        let distill = MoMoDistill(trained, task, configuration(epochs: 8), weight: 0.3)
        let base = try distill.base()
        let expected = try base.model.network.parameters.weights()
        let proxies = try distill.proxies(over: base)
        #expect(try trained.model.tensors.map { try $0.floats() } == before)
        let weights = try proxies.model.model.network.parameters.weights()
        #expect(expected.names.allSatisfy { expected[$0] == weights[$0] })
        #expect(try proxies.losses.count == 8 && #require(proxies.losses.last) < proxies.losses[0])
        let (old, new) = (try trained.basis(), try proxies.model.basis())
        #expect(old.names == new.names)
        let same = old.names.filter { old[$0] == new[$0] }
        #expect(same.isEmpty, "\(same)")
        #expect(try proxies.model.model.requiredGenerator.codes().count == task.userCount)
        let start = try proxies.coldStart()
        #expect(start.count == 4 && start.allSatisfy(\.isFinite))
        #expect(try distill.proxies(over: base).losses == proxies.losses, "one seed, one result")
        #expect(try proxies.model.scores(task).indices == trained.scores(task).indices)
    }

    /// Users who each choose twelve items, and one who chose three: after the split one item is left, and no row.
    private func users() throws -> InteractionDataset {
        var (log, random) = (InteractionLog(), SeededGenerator(seed: 5))
        for user in 0..<16 {
            for step in 0..<12 {
                let item = user % 2 * 10 + Int(random.uniform() * 10)
                log.append(user: "user \(user)", item: "item \(item)", time: Double(step))
            }
        }
        for step in 0..<3 { log.append(user: "new", item: "item \(step)", time: Double(step)) }
        return try InteractionDataset(log, kCore: 1, split: .leaveOneOut)
    }

    /// Profiles of all users but one of them.
    private func profiles(of dataset: InteractionDataset) throws -> UserProfiles {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).user")
        defer { try? FileManager.default.removeItem(at: file) }
        let lines = (1..<16).map { "user \($0)\t\($0 % 2 == 0 ? "even" : "odd")" } + ["new\todd"]
        try Data((["user_id:token\tkind:token"] + lines).joined(separator: "\n").utf8).write(to: file)
        return try UserProfiles(file, of: dataset.userNames)
    }

    @Test("profiles are told to U, and the code of a device without a row is the cold start of its profile")
    func coldStart() throws {
        try LibTorch.setThreads(1)
        let dataset = try users()
        let profiles = try profiles(of: dataset)
        let plain = try RankingTask(dataset, negatives: 5)
        let task = plain.with(profiles)
        #expect(plain.profiles == nil && task.profiles == profiles.rows && profiles.rows[0] == profiles.profile([:]))
        let settings = configuration(.bag(Architecture.RankerOptions(width: 8, window: 5)), epochs: 3)
        let trained = try Training(settings, task).run()
        let distill = MoMoDistill(trained, task, settings, weight: 0.3)
        let base = try distill.base()
        let proxies = try distill.proxies(over: base)
        let starts = try ["odd", "even", "unheard of"].map { try proxies.coldStart(profiles.profile(["kind": $0])) }
        #expect(Set(starts).count == 3 && starts.allSatisfy { $0.count == 4 && $0.allSatisfy(\.isFinite) })
        let codes = try proxies.model.model.requiredGenerator.codes()
        let new = try #require(dataset.userNames.index(of: "new"))
        #expect(zip(codes[new], starts[0]).allSatisfy { abs($0 - $1) < 1e-6 })
        #expect(codes.enumerated().allSatisfy { $0 == new || $1 != starts[0] })
        let others = try MoMoDistill(trained, plain, settings, weight: 0.3).proxies(over: base)
        #expect(others.losses != proxies.losses, "without profiles U learns something else")
    }

    @Test(
        "a ranking is distilled too, with choices among the whole catalogue or with yes and no",
        arguments: [true, false]
    )
    func ranking(isBinary: Bool) throws {
        let task = try RankingTask(madeUpDataset(users: 12), negatives: 9)
        var settings = configuration(.bag(Architecture.RankerOptions(width: 8, window: 5)), epochs: 2)
        settings.loss = isBinary ? .binary : .softmax
        let trained = try Training(settings, task).run()
        let distill = MoMoDistill(trained, task, settings, weight: 1)
        let base = try distill.base()
        #expect(try base.scores(task).indices == trained.scores(task).indices)
        let proxies = try distill.proxies(over: base)
        #expect(proxies.losses.allSatisfy(\.isFinite) && proxies.losses[1] < proxies.losses[0])
    }
}
