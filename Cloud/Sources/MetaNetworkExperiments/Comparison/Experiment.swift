import MetaNetwork
import MetaNetworkData
import MetaNetworkTraining

/// Models, methods and seeds that are trained and measured on the same data and lists, and what is claimed of them.
public struct Experiment {
    /// Its name.
    public var name: String
    /// What the user calls the data.
    public var data: String
    /// The models, each a template whose architecture, sizes and epochs the variants share.
    public var templates: [TrainingConfiguration]
    /// The variants; the base (``ComparisonVariant/none``) is measured whether or not it is listed, and first.
    public let variants: [ComparisonVariant]
    /// The seeds.
    public var seeds: [UInt64]
    /// What is claimed; `nil` for what a comparison is always asked: whether each method beats its base and its controls.
    public var claims: [Claim]?
    /// Draws subjects for the intervals.
    public var bootstrap: PairedBootstrap
    /// The settings as the user gave them, by key.
    public var settings: [String: String]
    /// The command line that repeats it.
    public var command: String

    /// Creates an experiment.
    ///
    /// - Precondition: There is at least one template and one seed.
    public init(
        name: String,
        data: String,
        templates: [TrainingConfiguration],
        variants: [ComparisonVariant],
        seeds: [UInt64],
        bootstrap: PairedBootstrap = PairedBootstrap(),
        settings: [String: String] = [:],
        command: String = ""
    ) {
        precondition(!templates.isEmpty && !seeds.isEmpty, "an experiment needs a model and a seed")
        (self.name, self.data, self.templates, self.seeds) = (name, data, templates, seeds)
        self.variants = [.none] + variants.filter { $0 != .none }
        (self.bootstrap, self.settings, self.command) = (bootstrap, settings, command)
    }

    /// What an experiment reports while it runs.
    public enum Event {
        /// A run begins: its number from 1, runs in all, model, variant and seed.
        case began(run: Int, of: Int, model: String, variant: ComparisonVariant, seed: UInt64)
        /// The run's training reports.
        case training(TrainingEvent)
        /// The run was measured.
        case finished(Run, ComparisonVariant, TrainedModel)
    }

    /// Runs everything.
    ///
    /// - Parameters:
    ///   - task: What is learned.
    ///   - shouldStop: Asked after each training step; on `true` the experiment ends with an error.
    ///   - report: Receives progress, and each trained model before it is let go.
    /// - Returns: What was measured.
    public func run(
        _ task: some LearningTask,
        shouldStop: () -> Bool = { false },
        report: (Event) throws -> Void
    ) throws -> ExperimentResult {
        var measured: [MethodRuns] = []
        let total = templates.count * variants.count * seeds.count
        var count = 0
        for template in templates {
            let model = template.architecture.name
            for variant in variants {
                var runs: [(run: Run, scores: Scores)] = []
                for seed in seeds {
                    count += 1
                    try report(.began(run: count, of: total, model: model, variant: variant, seed: seed))
                    let measured = try variant.measure(template, seed: seed, on: task, shouldStop: shouldStop) {
                        try report(.training($0))
                    }
                    runs.append((measured.run, measured.scores))
                    if let trained = measured.trained { try report(.finished(measured.run, variant, trained)) }
                }
                measured.append(MethodRuns(model: model, method: variant.method, runs: runs))
            }
        }
        return try ResultBuilder(self, task).result(measured)
    }
}

/// The runs of one method, an entry a seed.
struct MethodRuns {
    let model: String
    let method: Method
    let runs: [(run: Run, scores: Scores)]

    /// The scores of each seed.
    var scores: [Scores] { runs.map(\.scores) }
}
