import MetaNetwork
import MetaNetworkData
import MetaNetworkModels
import Torch

extension RankingTask: AgeingTask {
    /// Situations that a gate learns from at most: some for each of its parameters, and a list each to be ranked.
    private static let situationLimit = 30_000

    /// Every user's log goes on.
    package func checkAgeing() {}

    package func answers(of trained: TrainedModel, on part: Part, age: Int, seed: UInt64) throws -> RankedScores {
        try RankingEvaluator(trained.model, dataset, age: age).sampledScores(candidates(part))
    }

    package func situations(of trained: TrainedModel, on part: Part, ages: [Int], seed: UInt64) throws
        -> AgedSituations
    {
        precondition(!ages.isEmpty && ages.allSatisfy { $0 >= 0 }, "situations are of some ages")
        let means = try SampleMeans(trained.model, dataset)
        let all = try candidates(part, limit: Self.situationLimit)
        var situations = AgedSituations(sampleWidth: means.width)
        for (place, age) in ages.enumerated() {
            let lists = all.rows(Array(stride(from: place, to: all.positions.count, by: ages.count)))
            var own = self.situations(lists, age: age, means)
            let scores = try RankingEvaluator(trained.model, dataset, age: age).sampledScores(lists)
            own.isWrong = scores.mistakes
            situations.append(own)
        }
        return situations
    }

    package func unlabelledSituations(of trained: TrainedModel, on part: Part, age: Int, seed: UInt64) throws
        -> AgedSituations
    {
        situations(try candidates(part), age: age, try SampleMeans(trained.model, dataset))
    }

    /// What a device knows before each list.
    private func situations(_ lists: EvaluationCandidates, age: Int, _ means: SampleMeans) -> AgedSituations {
        var result = AgedSituations(sampleWidth: means.width)
        for (row, (position, user)) in zip(lists.positions, lists.users).enumerated() {
            let history = dataset.offsets[Int(user)]..<position
            result.recent.append(means.mean(history))
            result.behind.append(means.mean(history.lowerBound..<ModelScorer.end(of: history, age: age)))
            let list = row * (1 + lists.negatives)
            result.chosen.append(means.embedding(of: lists.items[list]))
            result.other.append(means.embedding(of: lists.items[list + 1]))
        }
        return result
    }
}

/// Means of what stands for samples, as a device takes them.
struct SampleMeans {
    let width: Int
    private let table: [Float]
    private let items: [Int32]
    private let window: Int

    init(_ model: JointModel, _ dataset: InteractionDataset) throws {
        guard let history = model.network.graph.historyTable else {
            throw ModelError.unsuitable(
                "the architecture '\(model.network.graph.architecture.name)' embeds no history, so nothing stands for a sample"
            )
        }
        width = history.width
        table = try model.network.parameters[history.parameter].floats()
        items = dataset.items
        window = model.requiredGenerator.configuration.window
    }

    /// What stands for an item.
    func embedding(of item: Int32) -> [Float] { Array(table[Int(item) * width..<(Int(item) + 1) * width]) }

    /// Mean over the last samples that the generator reads; zeros where there is none.
    func mean(_ history: Range<Int>) -> [Float] {
        let read = history.suffix(window)
        var sum = [Float](repeating: 0, count: width)
        for position in read {
            let first = Int(items[position]) * width
            for column in 0..<width { sum[column] += table[first + column] }
        }
        return read.isEmpty ? sum : sum.map { $0 / Float(read.count) }
    }
}
