import MetaNetwork
import MetaNetworkData

/// Trains and evaluates every model with every generator and seed on the same data and lists.
public struct ComparisonRunner {
    /// The interactions.
    public let dataset: InteractionDataset
    /// The models, each a template whose architecture, sizes and epochs the variants share.
    public let templates: [TrainingConfiguration]
    /// The variants; the base (``ComparisonVariant/none``) is measured whether or not it is listed.
    public let variants: [ComparisonVariant]
    /// The seeds.
    public let seeds: [UInt64]
    /// Draws users for the intervals.
    public let bootstrap: PairedBootstrap

    /// Creates a runner.
    public init(
        dataset: InteractionDataset,
        templates: [TrainingConfiguration],
        variants: [ComparisonVariant],
        seeds: [UInt64],
        bootstrap: PairedBootstrap = PairedBootstrap()
    ) {
        self.dataset = dataset
        self.templates = templates
        self.variants = [.none] + variants.filter { $0 != .none }
        self.seeds = seeds
        self.bootstrap = bootstrap
    }

    /// What a comparison reports while it runs.
    public enum Event {
        /// A run begins: its number from 1, runs in all, model, variant and seed.
        case began(run: Int, of: Int, model: String, variant: ComparisonVariant, seed: UInt64)
        /// The run's training reports.
        case training(TrainingEvent)
        /// The run was evaluated.
        case finished(Comparison.Run, TrainedModel)
    }

    /// Runs everything.
    ///
    /// - Parameters:
    ///   - shouldStop: Asked after each training step; on `true` the comparison ends with an error.
    ///   - report: Receives progress, and each trained model before it is let go.
    /// - Returns: The runs and their summary.
    public func run(
        shouldStop: () -> Bool = { false },
        report: (Event) throws -> Void
    ) throws -> (runs: [Comparison.Run], summary: [Comparison.Summary]) {
        let validation = try EvaluationCandidates(dataset, .validation)
        let test = try EvaluationCandidates(dataset, .test)
        var runs: [Comparison.Run] = []
        var summaries: [Comparison.Summary] = []
        let total = templates.count * variants.count * seeds.count
        for template in templates {
            var base: [ComparisonMeasurement] = []
            for variant in variants {
                var measured: [ComparisonMeasurement] = []
                for seed in seeds {
                    let model = template.architecture.name
                    try report(.began(run: runs.count + 1, of: total, model: model, variant: variant, seed: seed))
                    var configuration = variant.configuration(template)
                    configuration.seed = seed
                    let trainer = try Trainer(configuration, dataset: dataset, validation: validation)
                    let trained = try trainer.run(shouldStop: shouldStop) { try report(.training($0)) }
                    let measurement = try ComparisonMeasurement(trained, variant, dataset, test)
                    runs.append(measurement.run)
                    measured.append(measurement)
                    try report(.finished(measurement.run, trained))
                }
                if variant == .none { base = measured }
                summaries.append(
                    try ComparisonSummarizer(bootstrap: bootstrap).summary(
                        measured,
                        base: variant == .none ? nil : base
                    )
                )
            }
        }
        return (runs, summaries)
    }
}

/// One run with the scores that its summary needs.
public struct ComparisonMeasurement {
    /// The run as reported.
    public let run: Comparison.Run
    let sampled: Metrics
    let full: Metrics
    let scores: RankedScores

    /// Evaluates a trained model on the test lists.
    ///
    /// - Parameters:
    ///   - trained: The model.
    ///   - variant: How it was trained.
    ///   - dataset: The interactions.
    ///   - test: Stored candidates of the test positions.
    public init(
        _ trained: TrainedModel,
        _ variant: ComparisonVariant,
        _ dataset: InteractionDataset,
        _ test: EvaluationCandidates
    ) throws {
        let evaluated = try trained.evaluate(dataset, test)
        scores = evaluated.sampled
        sampled = try Metrics(evaluated.sampled)
        full = Metrics(evaluated.full)
        run = Comparison.Run(
            model: trained.configuration.architecture.name,
            generator: variant.rawValue,
            seed: trained.configuration.seed,
            sampled: sampled.values,
            full: full.values,
            seconds: trained.seconds,
            epochs: trained.curve.count,
            bestEpoch: trained.bestEpoch,
            positionsPerSecond: trained.positionsPerSecond,
            curve: trained.curve
        )
    }
}

extension Comparison.Run {
    /// What a bundle keeps of the run, by set and name; `training` says how long it took.
    public var metrics: [String: [String: Double]] {
        [
            "sampled": sampled,
            "full": full,
            "training": [
                "seconds": seconds, "epochs": Double(epochs), "bestEpoch": Double(bestEpoch),
                "positionsPerSecond": positionsPerSecond,
            ],
        ]
    }

    /// Takes over from a bundle what measuring again does not tell.
    ///
    /// - Parameter manifest: Manifest of the bundle that was measured.
    public mutating func restore(from manifest: BundleManifest) {
        let training = manifest.metrics["training"] ?? [:]
        seed = manifest.training["seed"].flatMap(UInt64.init) ?? seed
        generator = manifest.training["generator"] ?? generator
        seconds = training["seconds"] ?? seconds
        epochs = training["epochs"].map { Int($0) } ?? epochs
        bestEpoch = training["bestEpoch"].map { Int($0) } ?? bestEpoch
        positionsPerSecond = training["positionsPerSecond"] ?? positionsPerSecond
    }
}
