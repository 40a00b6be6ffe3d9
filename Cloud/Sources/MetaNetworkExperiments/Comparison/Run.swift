import MetaNetwork
import MetaNetworkData
import MetaNetworkModels
import MetaNetworkTraining

/// One trained model with what was measured of it, as `train` and `evaluate` print it.
public struct Run: Codable, Sendable {
    /// Name of the architecture, for example `sasrec`.
    public var model: String
    /// How it was trained.
    public var method: Method
    /// Seed of every random source of the run.
    public var seed: UInt64
    /// Metrics by set and name; the set `training` says how long it took.
    public var metrics: [String: [String: Double]]
    /// Every epoch.
    public var curve: [EpochPoint]
    /// Name of the metric that validation measured in each epoch; `nil` where nothing was trained.
    public var validation: String?
    /// What it costs, by name: `parameters` that were trained, `bytesDown` of a refresh in half precision, where a device adapts itself
    /// `latencyMilliseconds` and `deviceSteps` (gradient steps), and where the cloud is asked for each ranking `bytesUp` (a window of
    /// items, 4 bytes each) and `cloudMultiplyAdds`. Where a device adapts to a stream, both counts of bytes are of all of it. A name that
    /// does not apply is left out.
    public var cost: [String: Double] = [:]
    /// What was measured on the way where devices learned together; `nil` where they did not.
    public var rounds: RecordedRounds?

    /// Puts together what is known of a run.
    ///
    /// - Parameters:
    ///   - trained: The model.
    ///   - method: How it was trained.
    ///   - scores: What it scored.
    /// - Throws: `TorchError` where the model's tensors cannot be read.
    public init(_ trained: TrainedModel, _ method: Method, _ scores: Scores) throws {
        model = trained.configuration.architecture.name
        self.method = method
        seed = trained.configuration.seed
        metrics = scores.values
        metrics[MeasuredSet.training.name] = [
            "seconds": trained.seconds, "epochs": Double(trained.curve.count),
            "best-epoch": Double(trained.bestEpoch), "positions-per-second": trained.positionsPerSecond,
        ]
        if let candidates = try trained.candidateAgreement() {
            metrics[MeasuredSet.training.name]?["candidate-cosine"] = candidates.cosine
            metrics[MeasuredSet.training.name]?["candidate-entropy"] = candidates.entropy
        }
        curve = trained.curve
        validation = trained.validationMetric?.name
        let counts = trained.parameterCounts
        cost = [
            "parameters": Double(counts.fixed + counts.dynamic + counts.generator),
            "bytesDown": trained.configuration.generator == nil ? 0 : Double(2 * counts.dynamic),
        ]
        guard let encoder = trained.cloudRanker else { return }
        cost["bytesDown"] = 0
        cost["bytesUp"] = Double(4 * encoder.window)
        cost["cloudMultiplyAdds"] = Double(encoder.multiplyAdds)
    }

    /// Puts together what is known of a measurement that trained no model.
    ///
    /// - Parameters:
    ///   - model: Name of the architecture that it stands beside.
    ///   - method: How it was made.
    ///   - seed: Seed of its random sources.
    ///   - scores: What it scored.
    ///   - seconds: How long all of it took.
    init(model: String, _ method: Method, seed: UInt64, _ scores: Scores, seconds: Double) {
        self.init(model: model, method, seed: seed, metrics: scores.values, seconds: seconds)
    }

    /// The same of a measurement that has no subjects, such as one of generated images.
    init(model: String, _ method: Method, seed: UInt64, metrics: [String: [String: Double]], seconds: Double) {
        (self.model, self.method, self.seed) = (model, method, seed)
        self.metrics = metrics
        self.metrics[MeasuredSet.training.name] = ["seconds": seconds]
        curve = []
    }

    /// Puts together what is known of a published model: how training went is taken over from its bundle.
    ///
    /// - Parameters:
    ///   - trained: The model of the bundle.
    ///   - scores: What it scores now.
    ///   - manifest: The bundle's manifest.
    ///   - provenance: Where the bundle comes from.
    /// - Throws: `TorchError` where the model's tensors cannot be read.
    public init(
        _ trained: TrainedModel,
        _ scores: Scores,
        of manifest: BundleManifest,
        _ provenance: BundleProvenance
    ) throws {
        let variant = provenance.training["generator"] ?? manifest.generator?.form
        let method = variant.map {
            ComparisonVariant(rawValue: $0)?.method ?? Method(name: $0, label: $0, role: .method)
        }
        try self.init(trained, method ?? ComparisonVariant.none.method, scores)
        seed = provenance.training["seed"].flatMap(UInt64.init) ?? seed
        let training = MeasuredSet.training.name
        metrics[training] = provenance.metrics[training]
    }
}
