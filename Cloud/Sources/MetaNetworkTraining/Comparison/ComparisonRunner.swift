import MetaNetwork
import MetaNetworkData

/// Trains and evaluates every model with every generator and seed on the same data and lists.
public struct ComparisonRunner {
    /// The data and what is learned of it.
    public let workload: any Workload
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
        workload: any Workload,
        templates: [TrainingConfiguration],
        variants: [ComparisonVariant],
        seeds: [UInt64],
        bootstrap: PairedBootstrap = PairedBootstrap()
    ) {
        self.workload = workload
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
                    let trainer = try workload.trainer(configuration, checkpoint: nil, resume: false)
                    let trained = try trainer.run(shouldStop: shouldStop) { try report(.training($0)) }
                    let measurement = try workload.measure(trained, variant)
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
