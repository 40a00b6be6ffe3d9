import MetaNetwork
import MetaNetworkData
import MetaNetworkModels
import Torch

/// Single interactions, for whoever learns a base model without a plan of epochs: devices that learn their own.
extension RankingTask {
    /// The loss of foreseeing some interactions from what preceded each, a mean over them; as in training, but for a generator.
    ///
    /// - Parameters:
    ///   - model: A model without a generator.
    ///   - positions: Indices into the data set's items, at least one, each behind another of its user.
    ///   - users: The user of each.
    ///   - isTraining: Whether dropout takes elements.
    ///   - random: Source of negatives, and of what dropout takes.
    package func loss(
        _ model: JointModel,
        at positions: [Int],
        of users: [Int32],
        _ configuration: TrainingConfiguration,
        isTraining: Bool,
        random: inout SeededGenerator
    ) throws -> Tensor {
        let chunks = zip(positions, users).map { position, user in
            EpochPlan.Chunk(user: user, targets: position..<position + 1, samples: position - 1..<position)
        }
        let batch = try batch(of: chunks, model, loss(model, configuration))(&random)
        return try loss(model, batch, dropoutSeed: isTraining ? batch.dropoutSeed : nil).loss
    }

    /// Ranks each interaction's item in the full catalogue.
    ///
    /// - Parameters:
    ///   - model: The model.
    ///   - positions: As in ``loss(_:at:of:_:isTraining:random:)``.
    ///   - users: The user of each.
    ///   - mayRepeat: Whether what a user had before is ranked, too, as characters of a text are.
    /// - Throws: ``TrainingError/scoreNotFinite`` where a score is infinite or NaN.
    package func ranks(_ model: JointModel, at positions: [Int], of users: [Int32], mayRepeat: Bool) throws -> FullRanks
    {
        var evaluator = try RankingEvaluator(model, dataset)
        evaluator.mayRepeat = mayRepeat
        return try evaluator.fullRanks(positions, users: users)
    }
}
