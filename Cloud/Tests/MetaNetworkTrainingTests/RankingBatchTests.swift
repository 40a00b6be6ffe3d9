import MetaNetwork
import MetaNetworkData
import MetaNetworkGenerators
import Testing
import Torch

@testable import MetaNetworkModels
@testable import MetaNetworkTraining

/// What a training step sees is what a held-out position will see, and nothing more.
@Suite("A training step of a ranking")
struct RankingBatchTests {
    private let dataset: InteractionDataset
    private let task: RankingTask

    init() throws {
        dataset = try madeUpDataset(users: 12)
        task = try RankingTask(dataset, negatives: 15)
    }

    private func configuration(
        _ form: GeneratorConfiguration.Form?,
        _ loss: RankingLossName = .softmax,
        encoder: EncoderChoice = .automatic
    ) throws -> TrainingConfiguration {
        // A ranker of the cloud has a table of its own, and no device model.
        let encoder = form == .cloud ? .shipped(.transformer) : encoder
        let configuration = TrainingConfiguration(
            architecture: .sasrec(Architecture.RankerOptions(width: 8, window: 5, dropout: 0)),
            generator: form.map { GeneratorConfiguration(form: $0, window: 6, encoder: encoder, width: 8, rank: 4) },
            batch: 16,
            loss: loss,
            negatives: loss == .softmax ? nil : 7
        )
        return form == .cloud ? try configuration.ofEncoder(itemCount: dataset.itemCount) : configuration
    }

    /// The first step of an epoch, with its chunks.
    private func step(
        _ model: JointModel,
        _ configuration: TrainingConfiguration
    ) throws -> (chunks: [EpochPlan.Chunk], batch: RankingBatch) {
        var (order, same) = (SeededGenerator(seed: 8), SeededGenerator(seed: 8))
        let window = try #require(configuration.generator).window
        let chunks = EpochPlan(dataset, window: window, batch: configuration.batch, random: &order).batches[0]
        var random = SeededGenerator(seed: 9)
        return (chunks, try task.batches(of: model, configuration, random: &same)[0](&random))
    }

    @Test(
        "a generator that is trained for age reads each position's history but for up to so many of its latest samples"
    )
    func ages() throws {
        var configuration = try configuration(.residual)
        configuration.generator?.ages = 3
        let model = try configuration.model(itemCount: dataset.itemCount)
        var (order, random) = (SeededGenerator(seed: 8), SeededGenerator(seed: 9))
        let chunks = EpochPlan(dataset, window: 6, ages: 3, batch: 200, random: &order).batches[0]
        let batch = try task.batch(of: chunks, model, task.loss(model, configuration))(&random)
        let samples = try #require(batch.samples)
        let generator = model.requiredGenerator
        func encoded(_ states: Tensor) throws -> [ArraySlice<Float>] {
            let z = try generator.encode(samples.sequences, states: states).floats()
            return stride(from: 0, to: z.count, by: 8).map { z[$0..<$0 + 8] }
        }
        let steps = chunks.map(\.samples.count).reduce(1, max)
        let count = chunks.count * steps
        let every = try encoded(Tensor(indices: (0..<count).map(Int64.init), shape: [count]))
        let drawn = try encoded(samples.states)
        var (row, found) = (0, [Int: Int]())
        for (index, chunk) in chunks.enumerated() {
            for target in chunk.targets {
                let latest = target - 1 - chunk.samples.lowerBound
                let age = (0...3).first { latest >= $0 && every[index * steps + latest - $0].elementsEqual(drawn[row]) }
                found[try #require(age, "position \(target) reads none of the ages"), default: 0] += 1
                row += 1
            }
        }
        #expect(row == drawn.count && row > 100)
        #expect(Set(found.keys) == [0, 1, 2, 3], "every age is drawn: \(found)")
        #expect(found[0, default: 0] > found[3, default: 0], "young weights are drawn more often: \(found)")
    }

    @Test(
        "the z of each position is the evaluator's of the same prefix, for every encoder of items",
        arguments: [.automatic, .shipped(.attention), .shipped(.transformer)] as [EncoderChoice]
    )
    func encodings(encoder: EncoderChoice) throws {
        let configuration = try configuration(.residual, encoder: encoder)
        let model = try configuration.model(itemCount: dataset.itemCount)
        let (chunks, batch) = try step(model, configuration)
        let samples = try #require(batch.samples)
        let generator = model.requiredGenerator
        let trained = try generator.encode(samples.sequences, states: samples.states, users: samples.users).floats()
        #expect(chunks.count > 1, "positions of several users")
        var row = 0
        for chunk in chunks {
            for target in chunk.targets {
                // What the generator may read before this target: from the chunk's first sample to the one before the target.
                let prefix = try HistoryBatch(
                    items: dataset.items,
                    spans: [chunk.samples.lowerBound..<target],
                    window: target - chunk.samples.lowerBound
                )
                let users = try Tensor(indices: [Int64(chunk.user)], shape: [1])
                let alone = try generator.encode(prefix.sequences, states: prefix.recent, users: users).floats()
                #expect(zip(alone, trained[row * 8..<(row + 1) * 8]).allSatisfy { abs($0 - $1) < 1e-5 })
                #expect(chunk.samples.lowerBound >= dataset.offsets[Int(chunk.user)])
                row += 1
            }
        }
        #expect(row == batch.positions)
    }

    /// The scores of the whole catalogue at each position of a step, as training computes them.
    private func logits(_ model: JointModel, _ batch: RankingBatch) throws -> [[Float]] {
        let shared = try model.network.shared(batch.history, batch.scored.candidates)
        let layers = try model.layers(model.generator?.decoders()) {
            let samples = try #require(batch.samples)
            return try model.requiredGenerator.encode(
                samples.sequences,
                states: samples.states,
                users: samples.users
            )
        }
        let all = try model.network.logits(shared, layers).floats()
        let count = all.count / batch.positions
        return (0..<batch.positions).map { Array(all[$0 * count..<($0 + 1) * count]) }
    }

    /// The data with another item at one place.
    private func changed(at place: Int) throws -> InteractionDataset {
        var items = dataset.items
        items[place] = items[place] % Int32(dataset.itemCount) + 1
        let users = (0..<dataset.userCount).map { user in
            items[dataset.offsets[user]..<dataset.offsets[user + 1]].map { dataset.itemNames[Int($0) - 1] }
        }
        return try MetaNetworkTrainingTests.dataset(users, itemNames: dataset.itemNames)
    }

    @Test(
        "a target that is another item changes the logits of its user's later positions and of no other",
        arguments: [nil] + GeneratorConfiguration.Form.allCases
    )
    func targetsAreNotRead(form: GeneratorConfiguration.Form?) throws {
        let configuration = try configuration(form)
        let model = try configuration.model(itemCount: dataset.itemCount, userCount: dataset.userCount)
        var order = SeededGenerator(seed: 8)
        let chunks = EpochPlan(dataset, window: 6, batch: 16, random: &order).batches[0]
        func logits(_ dataset: InteractionDataset) throws -> [[Float]] {
            var random = SeededGenerator(seed: 9)
            let task = try RankingTask(dataset, negatives: 15)
            return try self.logits(model, task.batch(of: chunks, model, task.loss(model, configuration))(&random))
        }
        let rows = chunks.flatMap { chunk in chunk.targets.map { (user: chunk.user, place: $0) } }
        let before = try logits(dataset)
        for target in rows {
            let after = try logits(changed(at: target.place))
            for (row, position) in rows.enumerated() {
                let difference = largestDifference(before[row], after[row])
                let isLater = position.user == target.user && position.place > target.place
                // The next position reads the target for certain; one far ahead may not.
                if isLater, position.place == target.place + 1 { #expect(difference > 1e-4) }
                if !isLater { #expect(difference < 1e-6, "\(position) reads \(target)") }
            }
        }
    }

    @Test("a position is scored in training as the evaluator scores it", arguments: Architecture.shippedNames)
    func trainedAsEvaluated(name: String) throws {
        let options = Architecture.RankerOptions(width: 8, window: 5, dropout: 0.5)
        let configuration = TrainingConfiguration(
            architecture: try #require(Architecture.shipped(name, options)),
            // As long as the users' histories, so that no chunk cuts them shorter than the evaluator does.
            generator: GeneratorConfiguration(form: .residual, window: 24, width: 8, rank: 4),
            batch: 32
        )
        let model = try configuration.model(itemCount: dataset.itemCount)
        let (chunks, _) = try step(model, configuration)
        var random = SeededGenerator(seed: 9)
        let batch = try task.batch(of: chunks, model, SoftmaxLoss(itemCount: dataset.itemCount))(&random)
        let positions = chunks.flatMap(\.targets)
        let evaluated = try ModelScorer(model, dataset).scores(
            positions[...],
            users: chunks.flatMap { chunk in chunk.targets.map { _ in chunk.user } }[...],
            candidates: positions.flatMap { _ in 1...Int32(dataset.itemCount) }[...]
        )
        #expect(largestDifference(try logits(model, batch).flatMap { $0 }, evaluated) < 1e-5)
    }

    @Test(
        "after three steps every parameter of model and generator has moved",
        arguments: GeneratorConfiguration.Form.allCases,
        [RankingLossName.softmax, .binary]
    )
    func everythingLearns(form: GeneratorConfiguration.Form, loss: RankingLossName) throws {
        try expectEverythingMoves(try configuration(form, loss))
    }

    @Test("after three steps every parameter of every shipped model has moved", arguments: Architecture.shippedNames)
    func everyModelLearns(name: String) throws {
        let options = Architecture.RankerOptions(width: 8, window: 5, output: .free, itemBias: true)
        var configuration = try configuration(.residual)
        configuration.architecture = try #require(Architecture.shipped(name, options))
        configuration.loss = .automatic
        try expectEverythingMoves(configuration)
    }

    @Test(
        "after three steps every parameter of every encoder of items has moved, and with ages it tells as many samples apart as its window has",
        arguments: [ShippedEncoder.gru, .attention, .transformer]
    )
    func everyEncoderLearns(encoder: ShippedEncoder) throws {
        var configuration = try configuration(.vector, encoder: .shipped(encoder))
        try expectEverythingMoves(configuration)
        configuration.generator?.ages = 3
        let model = try configuration.model(itemCount: dataset.itemCount)
        var order = SeededGenerator(seed: 8)
        for plan in try task.batches(of: model, configuration, random: &order) {
            var random = SeededGenerator(seed: 9)
            #expect(try task.loss(model, plan(&random)).loss.scalar().isFinite)
        }
        guard encoder != .gru else { return }
        configuration.generator?.ages = 6
        let error = #expect(throws: TrainingError.self) { try Trainer(configuration, task) }
        #expect(error?.description.contains("longer --generator-window") == true)
    }

    private func expectEverythingMoves(_ configuration: TrainingConfiguration) throws {
        let model = try configuration.model(itemCount: dataset.itemCount, userCount: dataset.userCount)
        let before = try model.tensors.map { try $0.floats() }
        let optimizer = try Adam(model.tensors, learningRate: 1e-2)
        for step in 0..<3 {
            var (order, random) = (SeededGenerator(seed: 8), SeededGenerator(seed: UInt64(step)))
            let plan = try task.batches(of: model, configuration, random: &order)[step]
            try task.loss(model, plan(&random)).loss.backward()
            _ = try optimizer.takeStep()
        }
        // A plain generator makes all weights of the dynamic layers, a ranker of the cloud its one vector, and a basis the patches, so the
        // global ones are not read. A random basis stays as it was drawn.
        let dynamic = model.network.graph.parameters.filter(\.isDynamic)
        var unread: Set<String> = []
        switch configuration.generator?.form {
        case .plain, .cloud, .metaPatch: unread = Set(dynamic.map { "device/\($0.name)" })
        case .randomPatch: unread = Set(dynamic.flatMap { ["device/\($0.name)", "generator/\($0.id.decoder.text)"] })
        default: break
        }
        for ((name, tensor), old) in zip(zip(model.tensorNames, model.tensors), before) {
            let moved = try tensor.floats() != old
            #expect(moved != unread.contains(name), "\(name) \(moved ? "moved" : "did not move")")
        }
    }
}
