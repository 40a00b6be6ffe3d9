import MetaNetwork
import MetaNetworkData
import MetaNetworkModels

/// The steps of an epoch. What makes their batches is asked for step by step, so that it need not all be there at once.
public struct EpochSteps<Batch> {
    /// Number of steps.
    public let count: Int
    /// What makes the batch of a piece of a step, each from 0; `nil` where the step has no such piece. Steps are asked for in ascending order.
    let plan: (_ step: Int, _ piece: Int) throws -> BatchPlan<Batch>?
}

/// A task whose data are in memory, so that all batches of an epoch are planned at once.
public protocol PlannedTask: LearningTask {
    /// Plans the batches of an epoch from its random source alone, so that a resumed run visits the same positions.
    ///
    /// - Parameters:
    ///   - model: The model, whose window says what a batch holds.
    ///   - configuration: Batch size in positions, and negatives.
    ///   - random: Random source of the epoch.
    /// - Returns: For each step, what makes its batch.
    func batches(
        of model: JointModel,
        _ configuration: TrainingConfiguration,
        random: inout SeededGenerator
    ) throws -> [BatchPlan<Batch>]
}

extension PlannedTask {
    /// As many batches a step as there are pieces; the last step may have fewer.
    public func steps(
        of model: JointModel,
        _ configuration: TrainingConfiguration,
        random: inout SeededGenerator
    ) throws -> EpochSteps<Batch> {
        let pieces = configuration.pieces ?? 1
        var cut = configuration
        cut.batch /= pieces
        let plans = try batches(of: model, cut, random: &random)
        return EpochSteps(count: (plans.count + pieces - 1) / pieces) { step, piece in
            let place = step * pieces + piece
            return place < plans.count ? plans[place] : nil
        }
    }
}
