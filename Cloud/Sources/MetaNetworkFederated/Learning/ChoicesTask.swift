import MetaNetwork
import MetaNetworkData
import MetaNetworkModels
import MetaNetworkTraining
import Torch

/// What a user chooses next, with the loss that training on gathered data has: cross-entropy over the catalogue, a sample of it, or of yes
/// and no.
struct ChoicesTask: NetworkTask {
    let data: FederatedChoices
    let configuration: TrainingConfiguration

    /// Positions whose loss is measured at a time.
    private static let rowsAtATime = 256

    func loss(_ model: JointModel, _ rows: [Int32], random: inout SeededGenerator) throws -> Tensor {
        try loss(model, rows, isTraining: true, random: &random)
    }

    func measure(_ model: JointModel, on part: ExamplePart) throws -> Measurement {
        let rows = data.rows(of: part)
        // The same negatives in every measurement.
        var random = SeededGenerator(seed: 1, streams: [Purpose.heldOut.stream])
        var sum = 0.0
        for first in stride(from: 0, to: rows.count, by: Self.rowsAtATime) {
            let some = Array(rows[first..<min(rows.count, first + Self.rowsAtATime)])
            sum += Double(try loss(model, some, isTraining: false, random: &random).scalar()) * Double(some.count)
        }
        let loss = sum / Double(max(1, rows.count))
        // A model that went astray ranks nothing, and has a loss that says so.
        guard loss.isFinite else { return Measurement(loss: loss, accuracy: 0) }
        let ranks = try ranks(model, rows)
        let metrics = Metrics(ranks).values
        return Measurement(
            loss: loss,
            accuracy: Double(ranks.ranks.count { $0 == 1 }) / Double(max(1, rows.count)),
            ranks: metrics.filter { ["ndcg@10", "hr@10"].contains($0.key) }
        )
    }

    func scores(_ model: JointModel) throws -> Scores {
        Scores(ranks: try ranks(model, data.rows(of: .test)), named: "test", "examples that no device has")
    }

    private func ranks(_ model: JointModel, _ rows: [Int32]) throws -> FullRanks {
        try data.task.ranks(model, at: rows.map(Int.init), of: data.owners(of: rows), mayRepeat: data.mayRepeat)
    }

    private func loss(
        _ model: JointModel,
        _ rows: [Int32],
        isTraining: Bool,
        random: inout SeededGenerator
    ) throws -> Tensor {
        try data.task.loss(
            model,
            at: rows.map(Int.init),
            of: data.owners(of: rows),
            configuration,
            isTraining: isTraining,
            random: &random
        )
    }
}
