import MetaNetwork
import MetaNetworkData

/// One run with the scores that its summary needs.
public struct ComparisonMeasurement {
    /// The run as reported.
    public let run: Comparison.Run
    /// Metrics by the set of ``Comparison/Run`` that they are in.
    let sampled: Metrics?
    let full: Metrics?
    let devices: Metrics?
    /// The scores of a model that ranks items.
    let scores: RankedScores?
    /// The groups of a model over vectors: indices of their devices in ``devices``.
    let groups: [(name: String, devices: [Int])]

    /// What users or devices gain and lose by.
    var main: Metrics? { sampled ?? devices }

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
        let (sampled, full) = (try Metrics(evaluated.sampled), Metrics(evaluated.full))
        scores = evaluated.sampled
        groups = []
        devices = nil
        run = Comparison.Run(trained, variant, sampled: sampled.values, full: full.values, devices: nil)
        (self.sampled, self.full) = (sampled, full)
    }

    /// Measures what a model over vectors gave for held-out devices.
    ///
    /// - Parameters:
    ///   - trained: The model.
    ///   - variant: How it was trained.
    ///   - scores: Its outputs.
    init(_ trained: TrainedModel, _ variant: ComparisonVariant, _ scores: EpisodeScores) {
        let metrics = Metrics(scores)
        (sampled, full, self.scores) = (nil, nil, nil)
        groups = scores.groups
        devices = metrics
        run = Comparison.Run(trained, variant, sampled: [:], full: [:], devices: metrics.values)
    }
}

extension Comparison.Run {
    fileprivate init(
        _ trained: TrainedModel,
        _ variant: ComparisonVariant,
        sampled: [String: Double],
        full: [String: Double],
        devices: [String: Double]?
    ) {
        self.init(
            model: trained.configuration.architecture.name,
            generator: variant.rawValue,
            seed: trained.configuration.seed,
            sampled: sampled,
            full: full,
            devices: devices,
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
        let measured = devices.map { ["devices": $0] } ?? ["sampled": sampled, "full": full]
        let training = [
            "training": [
                "seconds": seconds, "epochs": Double(epochs), "bestEpoch": Double(bestEpoch),
                "positionsPerSecond": positionsPerSecond,
            ]
        ]
        return measured.merging(training) { first, _ in first }
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
