import MetaNetwork
import MetaNetworkData
import MetaNetworkModels
import Torch

/// Learning to rank what a user chose next above sampled negatives.
public struct RankingTask: PlannedTask, Sendable {
    /// The interactions.
    public let dataset: InteractionDataset
    /// The profile of each user; `nil` where nothing is known of them.
    package private(set) var profiles: [[Float]]?
    private let validation: EvaluationCandidates
    /// Validation positions that are measured at most: enough for a metric that steers, and few enough for every epoch.
    private static let validationLimit = 5000
    /// Whether quarters of the users by activity are reported apart, in place of positions by the length of their history.
    private let isByActivity: Bool
    /// The ages of generated weights at which held-out parts are measured beside fresh ones.
    private let ages: [Int]
    /// The ages at which weights are measured where training hides samples from the generator.
    public static let measuredAges = [1, 5, 10, 20, 50]

    /// Creates a task and draws the lists of its validation positions.
    ///
    /// - Parameters:
    ///   - dataset: The interactions.
    ///   - negatives: Items beside the positive in the lists of validation and test; as many as there are where a user with held-out
    ///     interactions has fewer that are unseen.
    ///   - ages: Ages of generated weights, in interactions, at which held-out parts are measured in the full catalogue too.
    ///   - isByActivity: Whether quarters of the users by their number of training interactions are reported apart, in place of
    ///     positions by the length of their history.
    /// - Throws: `DataError` where a user has no unseen item to be ranked among.
    public init(
        _ dataset: InteractionDataset,
        negatives: Int = EvaluationCandidates.standardNegatives,
        ages: [Int] = [],
        isByActivity: Bool = false
    ) throws {
        (self.dataset, self.ages, self.isByActivity) = (dataset, ages, isByActivity)
        validation = try EvaluationCandidates(
            dataset,
            .validation,
            negatives: Self.negatives(negatives, of: dataset),
            limit: Self.validationLimit
        )
    }

    /// How many negatives every list of validation and test can have, so that small catalogues are measured too.
    private static func negatives(_ wanted: Int, of dataset: InteractionDataset) -> Int {
        let longest = zip(dataset.offsets, dataset.offsets.dropFirst()).map { $1 - $0 }.max() ?? 0
        // A history has no more items than interactions, so there is nothing to count.
        guard dataset.itemCount - longest < wanted else { return wanted }
        let sampler = NegativeSampler(dataset, excluding: .history)
        let users = Set([Part.validation, .test].flatMap { dataset.positions($0).users })
        let fewest = users.map { sampler.unseenCount(user: Int($0)) }.min() ?? wanted
        // With none the lists say which user it is.
        return min(wanted, max(1, fewest))
    }

    /// The same task with what is known of its users.
    ///
    /// - Parameter profiles: A profile of each user, see `UserProfiles`.
    public func with(_ profiles: UserProfiles) -> RankingTask {
        precondition(profiles.rows.count == userCount, "a profile for each user")
        var task = self
        task.profiles = profiles.rows
        return task
    }

    /// The lists of a held-out part: each positive with its sampled negatives.
    ///
    /// - Throws: `DataError` where a user has too few unseen items.
    public func candidates(_ part: Part) throws -> EvaluationCandidates {
        try EvaluationCandidates(dataset, part, negatives: validation.negatives)
    }

    /// Some of them, the same ones for every method.
    func candidates(_ part: Part, limit: Int) throws -> EvaluationCandidates {
        try EvaluationCandidates(dataset, part, negatives: validation.negatives, limit: limit)
    }

    /// Digest of the interactions.
    public var dataDigest: String { dataset.digest }
    /// Every metric of the full catalogue and of the sampled lists of which more is better; NDCG@10 of the full catalogue first.
    public var validationMetrics: [ValidationMetric] {
        let standard = ValidationMetric("full", "ndcg@10")
        let others =
            Metrics.rankingNames.map { ValidationMetric("full", $0) }
            + Metrics.sampledNames.filter { $0 != "logloss" }.map { ValidationMetric("sampled", $0) }
        return [standard] + others.filter { $0 != standard }
    }
    /// How ``dataset`` is split.
    public var split: String { dataset.split.text }
    /// Raw ids of the items, in order of their indices.
    public var itemNames: Vocabulary { dataset.itemNames }
    /// Number of users.
    public var userCount: Int { dataset.userCount }
    /// None: the model ranks items.
    public var outputs: BundleManifest.Outputs? { nil }
    /// Users, items, interactions and test positions.
    public var facts: [(label: String, count: Int)] {
        [
            ("Users", dataset.userCount), ("Items", dataset.itemCount), ("Interactions", dataset.items.count),
            ("Test positions", dataset.positions(.test).positions.count),
        ]
    }

    /// Checks that the architecture ranks items.
    ///
    /// - Throws: ``MetaNetworkModels/ModelError/unsuitable(_:)`` where it reads vectors.
    public static func check(_ architecture: Architecture) throws { try architecture.requireItems() }

    /// Checks that model and settings fit, and measures what is standardized of contexts.
    ///
    /// - Throws: ``MetaNetworkModels/ModelError/unsuitable(_:)`` where the model reads beside items what the data do not have;
    ///   ``TrainingError/badSetting(_:)`` where the loss does not fit the model or the catalogue, devices are to be made of
    ///   features, or ages hide more samples than the encoder can tell apart.
    public func prepare(_ model: JointModel, _ configuration: TrainingConfiguration) throws {
        try prepareContexts(model)
        if let count = configuration.generator?.anchors, count > 0 {
            throw TrainingError.badSetting(
                "anchors is \(count), but the samples of a ranking are items, which stand for themselves; leave it out"
            )
        }
        if let strength = configuration.generator?.virtualDevices, strength > 0 {
            throw TrainingError.badSetting(
                "virtual-devices is \(strength), but a ranking has no features to make devices of; leave it out"
            )
        }
        if let generator = model.generator, generator.encoder?.countsSamples == true {
            let (ages, window) = (generator.configuration.ages, generator.configuration.window)
            guard ages < window else {
                throw TrainingError.badSetting(
                    "ages is \(ages), but the encoder '\(generator.configuration.encoder.name)' knows the place of no more than \(window) "
                        + "samples; give fewer ages, or a longer --generator-window"
                )
            }
        }
        _ = try configuration.loss.resolved(model.network.graph, itemCount: dataset.itemCount)
    }

    /// Draws what training compares positions with.
    ///
    /// Memory: 4 bytes an interaction, and up to 64 MiB.
    package func sampler() -> NegativeSampler { NegativeSampler(dataset, excluding: .training) }

    /// The loss of a run.
    func loss(_ model: JointModel, _ configuration: TrainingConfiguration) throws -> any RankingLoss {
        let name = try configuration.loss.resolved(model.network.graph, itemCount: dataset.itemCount)
        return name.loss(
            itemCount: dataset.itemCount,
            negatives: configuration.negatives,
            counts: dataset.trainingCounts,
            sampler: sampler()
        )
    }

    /// Chunks of consecutive interactions of one user, in random order, ``TrainingConfiguration/batch`` positions a step at most.
    ///
    /// - Throws: `DataError` from a batch whose user leaves no negative to draw; `TorchError`.
    public func batches(
        of model: JointModel,
        _ configuration: TrainingConfiguration,
        random: inout SeededGenerator
    ) throws -> [BatchPlan<RankingBatch>] {
        let loss = try loss(model, configuration)
        let reach = Self.reach(of: model, configuration)
        return EpochPlan(
            dataset,
            window: reach.window,
            ages: reach.ages,
            batch: configuration.batch,
            random: &random
        ).batches.map { batch(of: $0, model, loss) }
    }

    /// The generator's window, and the largest age of its weights: how many samples it reads of each chunk.
    static func reach(of model: JointModel, _ configuration: TrainingConfiguration) -> (window: Int, ages: Int) {
        let generator = configuration.generator ?? GeneratorConfiguration()
        // Of an encoder that counts samples, those that ages hide are among the window's.
        let hidden = model.generator?.encoder?.countsSamples == true ? generator.ages : 0
        return (generator.window - hidden, configuration.generator.map(\.ages) ?? 0)
    }

    /// What makes the batch of some chunks.
    func batch(
        of chunks: [EpochPlan.Chunk],
        _ model: JointModel,
        _ loss: any RankingLoss,
        moments: RankingBatch.KnownMoments = .some
    ) -> BatchPlan<RankingBatch> {
        { random in
            try RankingBatch(
                chunks,
                dataset,
                loss,
                window: model.network.graph.window,
                generator: model.generator?.configuration,
                moments: moments,
                random: &random
            )
        }
    }

    /// Those of histories, of candidates, and of the generator's samples.
    public func rows(readBy batch: RankingBatch) -> [RowReader: Tensor] {
        var rows: [RowReader: Tensor] = [
            .history: batch.history.sequences.items, .candidates: batch.scored.candidates.items,
        ]
        rows[.samples] = batch.samples?.sequences.items
        return rows
    }

    /// The loss that the settings name, in nats, a mean over the positions.
    ///
    /// - Throws: `TorchError`.
    public func loss(_ model: JointModel, _ batch: RankingBatch) throws -> (loss: Tensor, positions: Int) {
        try loss(model, batch, dropoutSeed: batch.dropoutSeed)
    }

    /// The same with what dropout takes by another seed, or without dropout.
    func loss(
        _ model: JointModel,
        _ batch: RankingBatch,
        dropoutSeed: UInt64?
    ) throws -> (loss: Tensor, positions: Int) {
        let network = model.network
        let shared = try network.shared(batch.history, batch.scored.candidates, dropoutSeed: dropoutSeed)
        let loss = try model.jointLoss(dropoutSeed: dropoutSeed) {
            guard let samples = batch.samples else { preconditionFailure("a batch for a generator has samples") }
            return try model.requiredGenerator.encode(
                samples.sequences,
                states: samples.states,
                users: samples.users,
                dropoutSeed: MetaGenerator.encoderSeed(batch.dropoutSeed)
            )
        } _: { layers in
            // An inner product's gradient needs what was multiplied, not the product.
            try batch.scored.loss(network.logits(shared, layers), network.graph.endsInDot)
        }
        return (loss, batch.positions)
    }

    /// A metric of at most 5,000 validation positions, the same in every epoch and for every method. A generator that is trained for
    /// weights of some age is measured fresh and at half the largest age; the mean counts.
    ///
    /// - Throws: `DataError` or ``TrainingError/scoreNotFinite`` where a score is infinite or NaN.
    public func validate(_ model: JointModel, _ metric: ValidationMetric) throws -> Double {
        let largest = model.generator.map(\.configuration.ages) ?? 0
        let ages = largest == 0 ? [0] : [0, (largest + 1) / 2]
        return try ages.reduce(0) { try $0 + validate(model, metric, age: $1) } / Double(ages.count)
    }

    /// The metric with weights of an age.
    private func validate(_ model: JointModel, _ metric: ValidationMetric, age: Int) throws -> Double {
        let metrics =
            metric.set == "full"
            ? Metrics(try validationRanks(model, age: age))
            : try Metrics(RankingEvaluator(model, dataset, age: age).sampledScores(validation))
        guard let value = metrics.values[metric.name] else { preconditionFailure("\(metric) is not measured") }
        return value
    }

    /// Ranks of the validation positions in the full catalogue, with weights of an age.
    func validationRanks(_ model: JointModel, age: Int) throws -> FullRanks {
        try RankingEvaluator(model, dataset, age: age).fullRanks(validation.positions, users: validation.users)
    }

    /// Metrics of a held-out part among sampled negatives and in the full catalogue.
    ///
    /// - Throws: `DataError` or ``TrainingError/scoreNotFinite`` where a score is infinite or NaN.
    public func scores(_ model: JointModel, on part: Part) throws -> Scores {
        let candidates = try candidates(part)
        let fresh = try RankingEvaluator(model, dataset).scores(candidates)
        // What is asked for each ranking is always fresh.
        guard let generator = model.generator, generator.configuration.form != .cloud else { return aged(fresh) }
        return try divided(fresh).adding(
            ages.map { age in
                let evaluator = try RankingEvaluator(model, dataset, age: age)
                return (age, try evaluator.fullRanks(candidates.positions, users: candidates.users))
            }
        )
    }

    /// Scores of what has no generated weights, and so no age.
    package func aged(_ scores: Scores) -> Scores { divided(scores).repeatingFull(ages: ages) }

    /// Scores with the parts that are reported apart.
    private func divided(_ scores: Scores) -> Scores {
        guard isByActivity else { return scores }
        return scores.divided(
            byActivity: (0..<dataset.userCount).map { dataset.trainingEnds[$0] - dataset.offsets[$0] }
        )
    }

    /// Encoding of each user's training interactions, [users that have some, h].
    ///
    /// - Throws: `TorchError`.
    public func trainingEncodings(_ model: JointModel, _ configuration: TrainingConfiguration) throws -> Tensor {
        let generator = model.requiredGenerator
        let trained = (0..<dataset.userCount).filter { dataset.offsets[$0] < dataset.trainingEnds[$0] }
        let spans = trained.map { dataset.offsets[$0]..<dataset.trainingEnds[$0] }
        let samples = try HistoryBatch(items: dataset.items, spans: spans, window: generator.configuration.window)
        let users = try Tensor(indices: trained.map(Int64.init), shape: [trained.count])
        return try withoutGradients {
            try generator.encode(samples.sequences, states: samples.recent, users: users)
        }
    }
}
