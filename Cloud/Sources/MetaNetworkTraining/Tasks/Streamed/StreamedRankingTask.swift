import MetaNetwork
import MetaNetworkData
import MetaNetworkModels
import Torch

/// Learning to rank from prepared data that are read part by part in every epoch, so that memory does not grow with the log.
///
/// All is as of a ``RankingTask``, but for the order of an epoch (``PartOrder``), and that validation is measured on users who are drawn once and
/// stay in memory.
package struct StreamedRankingTask: LearningTask {
    let parts: PreparedParts
    let survey: StreamSurvey
    /// The task of the users who stay in memory.
    let kept: RankingTask
    /// The ages of generated weights at which the test part is measured beside fresh ones.
    let ages: [Int]

    /// A part in memory, with the order of an epoch.
    struct LoadedPart: Sendable {
        let dataset: InteractionDataset
        let batches: [[EpochPlan.Chunk]]
        let loss: any RankingLoss
    }

    /// Creates a task; every part is read once.
    ///
    /// - Parameters:
    ///   - parts: The data.
    ///   - negatives: As of a ``RankingTask``.
    ///   - ages: As of a ``RankingTask``.
    ///   - progress: Receives how many parts were read, and how many there are.
    /// - Throws: `DataError` where a part cannot be read, or there are not two users.
    package init(
        _ parts: PreparedParts,
        negatives: Int = EvaluationCandidates.standardNegatives,
        ages: [Int] = [],
        progress: (Int, Int) -> Void = { _, _ in }
    ) throws {
        (self.parts, self.ages) = (parts, ages)
        survey = try StreamSurvey(parts, negatives: negatives, progress: progress)
        kept = try RankingTask(survey.kept, negatives: survey.counts.negatives, ages: ages)
    }

    /// Users who have too few interactions to be split.
    package var droppedUsers: Int { survey.counts.droppedUsers }
    package var dataDigest: String { parts.digest }
    package var validationMetrics: [ValidationMetric] { kept.validationMetrics }
    package var split: String { kept.split }
    package var itemNames: Vocabulary { parts.itemNames }
    /// None has a vector of its own: those of all users would have to be in memory.
    package var userCount: Int { 0 }
    package var outputs: BundleManifest.Outputs? { nil }
    package var facts: [(label: String, count: Int)] {
        [
            ("Users", survey.counts.users), ("Items", itemNames.count), ("Interactions", survey.counts.interactions),
            ("Test positions", survey.counts.testPositions),
        ]
    }

    package static func check(_ architecture: Architecture) throws { try RankingTask.check(architecture) }

    /// - Throws: As of a ``RankingTask``; ``TrainingError/badSetting(_:)`` where there are more pieces than parts.
    package func prepare(_ model: JointModel, _ configuration: TrainingConfiguration) throws {
        try kept.prepare(model, configuration)
        guard let pieces = configuration.pieces, pieces > parts.count else { return }
        throw TrainingError.badSetting(
            "pieces is \(pieces), and the data are prepared in \(parts.count) parts, of which each piece streams its own; prepare them in "
                + "\(pieces) --parts or more, or give fewer --pieces"
        )
    }

    /// Parts in the order of a ``PartOrder``; inside a part chunks of consecutive interactions of one user, in random order.
    ///
    /// - Throws: ``TrainingError/badSetting(_:)`` where the loss does not fit; what makes a batch, `DataError` where its part cannot be read.
    package func steps(
        of model: JointModel,
        _ configuration: TrainingConfiguration,
        random: inout SeededGenerator
    ) throws -> EpochSteps<RankingBatch> {
        let (order, epoch) = try epoch(of: model, configuration, random: &random)
        let (window, generator) = (model.network.graph.window, model.generator?.configuration)
        return EpochSteps(count: order.count) { step, piece in
            guard let (part, batch) = try epoch.batch(of: piece, at: step) else { return nil }
            return { random in
                try RankingBatch(
                    part.batches[batch],
                    part.dataset,
                    part.loss,
                    window: window,
                    generator: generator,
                    moments: .some,
                    random: &random
                )
            }
        }
    }

    /// The order of an epoch, and its parts as they are read.
    func epoch(
        of model: JointModel,
        _ configuration: TrainingConfiguration,
        random: inout SeededGenerator
    ) throws -> (order: PartOrder, parts: StreamedEpoch<LoadedPart>) {
        let pieces = configuration.pieces ?? 1
        let batch = configuration.batch / pieces
        let order = PartOrder(survey.counts.trainingPositions, pieces: pieces, batch: batch, random: &random)
        let loss = try loss(model, configuration)
        let reach = RankingTask.reach(of: model, configuration)
        let epoch = StreamedEpoch<LoadedPart>(order) { [parts, survey] number in
            let dataset = try parts.part(number)
            var random = order.random(of: number)
            let plan = EpochPlan(
                dataset,
                window: reach.window,
                ages: reach.ages,
                batch: batch,
                fillsSteps: true,
                random: &random
            )
            return LoadedPart(dataset: dataset, batches: plan.batches, loss: loss(dataset))
        }
        return (order, epoch)
    }

    /// The loss on a part; one for all, where it needs nothing of a part's users.
    private func loss(
        _ model: JointModel,
        _ configuration: TrainingConfiguration
    ) throws -> @Sendable (InteractionDataset) -> any RankingLoss {
        let name = try configuration.loss.resolved(model.network.graph, itemCount: itemNames.count)
        let (itemCount, negatives, counts) = (itemNames.count, configuration.negatives, survey.counts.items)
        @Sendable func own(_ dataset: InteractionDataset) -> any RankingLoss {
            name.loss(
                itemCount: itemCount,
                negatives: negatives,
                counts: counts,
                sampler: NegativeSampler(dataset, excluding: .training)
            )
        }
        guard !name.drawsOfUsers else { return { own($0) } }
        let shared = own(survey.kept)
        return { _ in shared }
    }

    package func rows(readBy batch: RankingBatch) -> [RowReader: Tensor] { kept.rows(readBy: batch) }

    package func loss(_ model: JointModel, _ batch: RankingBatch) throws -> (loss: Tensor, positions: Int) {
        try kept.loss(model, batch)
    }

    /// A metric of at most 5,000 validation positions of the users who stay in memory.
    package func validate(_ model: JointModel, _ metric: ValidationMetric) throws -> Double {
        try kept.validate(model, metric)
    }

    /// Of the users who stay in memory.
    package func help(of trained: TrainedModel) throws -> BundleManifest.Generator.Helps? {
        try kept.help(of: trained)
    }

    /// Of the users who stay in memory.
    package func trainingEncodings(_ model: JointModel, _ configuration: TrainingConfiguration) throws -> Tensor {
        try kept.trainingEncodings(model, configuration)
    }
}
