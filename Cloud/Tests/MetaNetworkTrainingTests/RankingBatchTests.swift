import MetaNetwork
import MetaNetworkData
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
        _ loss: RankingLossName = .softmax
    ) -> TrainingConfiguration {
        TrainingConfiguration(
            architecture: .sasrec(Architecture.RankerOptions(width: 8, window: 5, dropout: 0)),
            generator: form.map { GeneratorConfiguration(form: $0, window: 6, width: 8, rank: 4) },
            batch: 16,
            loss: loss,
            negatives: loss == .softmax ? nil : 7
        )
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

    @Test("the z of each position is the evaluator's of the same prefix")
    func encodings() throws {
        let configuration = configuration(.residual)
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

    @Test(
        "no position's logits change when its own target is another item",
        arguments: [nil, GeneratorConfiguration.Form.residual]
    )
    func targetsAreNotRead(form: GeneratorConfiguration.Form?) throws {
        let model = try configuration(form).model(itemCount: dataset.itemCount)
        let catalogue = try CandidateBatch(shared: Array(1...Int32(dataset.itemCount)))
        // One chunk: the last target of a user, and everything before it.
        let target = dataset.trainingEnds[0] - 1
        let start = dataset.offsets[0]
        func logits(_ items: [Int32]) throws -> [Float] {
            let history = try HistoryBatch(items: items, spans: [start..<target], window: 5)
            let shared = try model.network.shared(history, catalogue)
            let layers = try model.layers(model.generator?.decoders()) {
                let samples = try ItemSequences(items: items, spans: [max(start, target - 6)..<target], steps: 6)
                let state = try Tensor(indices: [Int64(target - max(start, target - 6) - 1)], shape: [1])
                return try model.requiredGenerator.encode(
                    samples,
                    states: state,
                    users: Tensor(indices: [0], shape: [1])
                )
            }
            return try model.network.logits(shared, layers).floats()
        }
        var changed = dataset.items
        changed[target] = changed[target] % Int32(dataset.itemCount) + 1
        #expect(try logits(changed) == logits(dataset.items))
        changed = dataset.items
        changed[target - 1] = changed[target - 1] % Int32(dataset.itemCount) + 1
        #expect(try logits(changed) != logits(dataset.items), "what precedes the target is read")
    }

    @Test(
        "after three steps every parameter of model and generator has moved",
        arguments: GeneratorConfiguration.Form.allCases,
        [RankingLossName.softmax, .binary]
    )
    func everythingLearns(form: GeneratorConfiguration.Form, loss: RankingLossName) throws {
        let configuration = configuration(form, loss)
        let model = try configuration.model(itemCount: dataset.itemCount, userCount: dataset.userCount)
        let before = try model.tensors.map { try $0.floats() }
        let optimizer = try Adam(model.tensors, learningRate: 1e-2)
        for step in 0..<3 {
            var (order, random) = (SeededGenerator(seed: 8), SeededGenerator(seed: UInt64(step)))
            let plan = try task.batches(of: model, configuration, random: &order)[step]
            try task.loss(model, plan(&random)).loss.backward()
            _ = try optimizer.takeStep()
        }
        // A plain generator makes all weights of the dynamic layers, so the global ones are not read.
        let unread: Set<String> =
            form == .plain ? Set(model.network.graph.parameters.filter(\.isDynamic).map { "device/\($0.name)" }) : []
        for ((name, tensor), old) in zip(zip(model.tensorNames, model.tensors), before) {
            let moved = try tensor.floats() != old
            #expect(moved != unread.contains(name), "\(name) \(moved ? "moved" : "did not move")")
        }
    }
}
