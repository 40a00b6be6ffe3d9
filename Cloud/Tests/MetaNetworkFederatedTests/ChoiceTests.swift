import MetaNetwork
import MetaNetworkData
import MetaNetworkModels
import MetaNetworkTraining
import Testing
import Torch

@testable import MetaNetworkFederated

@Suite("Devices that learn what is chosen next")
struct ChoiceTests {
    /// Ten users of some items, each of whom mostly takes the next one.
    private func dataset(_ split: InteractionSplit = .lastTenth, items: Int = 12) throws -> InteractionDataset {
        var random = SeededGenerator(seed: 11)
        var log = InteractionLog()
        for user in 0..<10 {
            var item = random.index(below: items)
            for time in 0..<30 {
                log.append(user: "user \(user)", item: "item \(item)", time: Double(time))
                item = random.index(below: 10) == 0 ? random.index(below: items) : (item + 1) % items
            }
        }
        return try InteractionDataset(log, kCore: 1, split: split)
    }

    private func learner(
        _ data: FederatedChoices,
        _ architecture: Architecture = .gru4rec(.init(width: 12, window: 4, dropout: 0)),
        loss: RankingLossName = .automatic
    ) throws -> NetworkLearner {
        try NetworkLearner(ModelGraph(architecture, itemCount: data.dataset.itemCount), data, loss: loss)
    }

    private func run(
        _ data: FederatedChoices,
        _ learner: NetworkLearner,
        _ change: (inout FederatedPlan) -> Void = { _ in }
    ) throws -> FederatedResult {
        try LibTorch.setThreads(1)
        var plan = FederatedPlan()
        (plan.atOnce, plan.cache, plan.epochs, plan.batch, plan.rate, plan.models) = (5, 5, 3, 8, 0.5, 12)
        plan.measuredEvery = 12
        change(&plan)
        return try plan.run(learner, data, seed: 1, workers: 2)
    }

    @Test(
        "a user is a device, whose examples are its training interactions but the first; what is held out is nobody's"
    )
    func dealing() throws {
        let dataset = try dataset()
        let data = try FederatedChoices(dataset, mayRepeat: true)
        #expect(data.devices.count == 10 && data.shards.allSatisfy { $0.count == 23 })
        let all = data.shards.flatMap { $0 }
        #expect(Set(all).count == 230 && Set(all).isDisjoint(with: data.rows(of: .test)))
        #expect(data.rows(of: .training) == all && data.rows(of: .test).count == 30)
        #expect(data.digest != (try FederatedChoices(self.dataset(.leaveOneOut), mayRepeat: true)).digest)
        #expect(try FederatedChoices(self.dataset(.leaveOneOut), mayRepeat: true).rows(of: .test).count == 10)
    }

    @Test(
        "learns the order of items, and every method can be given them",
        arguments: FederatedPlan.MethodName.allCases.filter { $0.makesModel && !$0.forecasts }
    )
    func methods(method: FederatedPlan.MethodName) throws {
        let data = try FederatedChoices(dataset(), mayRepeat: true)
        let result = try run(data, learner(data)) {
            $0.method = method
            if method == .fedasync { $0.models = 60 }
        }
        let (first, last) = (try #require(result.points.first), try #require(result.points.last))
        #expect(last.loss < first.loss && last.trainingLoss < first.trainingLoss, "\(first) \(last)")
        if [.fedavg, .fedprox].contains(method) {
            #expect(last.metrics["accuracy", default: 0] > 0.6 && last.metrics["ndcg@10", default: 0] > 0.7, "\(last)")
        }
    }

    @Test("the same bits on one thread and three, with negatives and dropout that are drawn")
    func threads() throws {
        let data = try FederatedChoices(dataset(items: 60), mayRepeat: false)
        let options = Architecture.RankerOptions(width: 8, window: 4, dropout: 0.3)
        for (architecture, loss) in [(Architecture.din(options), RankingLossName.automatic), (.bag(options), .binary)] {
            func run(_ workers: Int) throws -> FederatedResult {
                try LibTorch.setThreads(1)
                var plan = FederatedPlan()
                (plan.atOnce, plan.models, plan.epochs, plan.rate) = (4, 3, 1, 0.1)
                return try plan.run(learner(data, architecture, loss: loss), data, seed: 1, workers: workers)
            }
            let (one, three) = (try run(1), try run(3))
            #expect(one.parameters == three.parameters && one.points == three.points)
        }
    }

    @Test("one device that has all of a step's examples takes the step that training on gathered data takes")
    func gathered() throws {
        try LibTorch.setThreads(1)
        let dataset = try dataset()
        let data = try FederatedChoices(dataset, mayRepeat: true)
        let learner = try learner(data)
        let start = try learner.start(seed: 3)
        let rows = data.shards[0]
        var random = SeededGenerator(seed: 1)
        let work = LocalWork(epochs: 1, batch: rows.count, rate: 0.3, wantsGradient: true)
        let learned = try learner.train(from: start, on: rows, work, random: &random)

        let model = try JointModel(learner.architecture, generator: nil, itemCount: dataset.itemCount, seed: 1)
        try model.network.parameters.assign(start)
        let shared = try model.network.shared(
            HistoryBatch(
                items: dataset.items,
                spans: rows.map { dataset.offsets[0]..<Int($0) },
                window: model.network.graph.window
            ),
            CandidateBatch(shared: Array(1...Int32(dataset.itemCount)))
        )
        let logits = try model.network.logits(shared, GlobalLayers(parameters: model.network.parameters))
        let targets = try Tensor(indices: rows.map { Int64(dataset.items[Int($0)] - 1) }, shape: [rows.count])
        let loss = try logits.crossEntropy(targets)
        #expect(abs(Double(try loss.scalar()) - learned.loss) < 1e-5)
        try loss.backward()
        let gradient = try model.network.parameters.all.flatMap {
            try $0.gradient()?.floats() ?? $0.floats().map { _ in 0 }
        }
        #expect(Samples.distance(gradient, try #require(learned.gradient)) < 1e-6)
        #expect(Samples.distance(learned.parameters, zip(start, gradient).map { $0 - 0.3 * $1 }) < 1e-6)
    }

    @Test("a model of classes is not given choices, nor a ranker classes, nor one of another catalogue")
    func fit() throws {
        let data = try FederatedChoices(dataset(), mayRepeat: true)
        let classes = #expect(throws: FederatedError.self) {
            try NetworkLearner(ModelGraph(Samples.architecture), data)
        }
        #expect(classes?.description.contains("ranks no items") == true)
        let ranker = try ModelGraph(.gru4rec(), itemCount: 12)
        let other = #expect(throws: FederatedError.self) { try NetworkLearner(ranker, Samples.data()) }
        #expect(other?.description.contains("use linear or mlp-N") == true)
        let many = #expect(throws: FederatedError.self) {
            try NetworkLearner(ModelGraph(.gru4rec(), itemCount: 40), data)
        }
        #expect(many?.description.contains("40 items, the data have 12") == true)
        #expect(throws: TrainingError.self) { try learner(data, .din(), loss: .softmax) }
    }
}
