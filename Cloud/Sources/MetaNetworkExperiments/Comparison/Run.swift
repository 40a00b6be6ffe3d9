import MetaNetwork
import MetaNetworkData
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
    /// What it costs, by name; see ``MeasuredMethod/cost``.
    public var cost: [String: Double] = [:]

    /// Puts together what is known of a run.
    ///
    /// - Parameters:
    ///   - trained: The model.
    ///   - method: How it was trained.
    ///   - scores: What it scored.
    public init(_ trained: TrainedModel, _ method: Method, _ scores: Scores) {
        model = trained.configuration.architecture.name
        self.method = method
        seed = trained.configuration.seed
        metrics = scores.values
        metrics[MeasuredSet.training.name] = [
            "seconds": trained.seconds, "epochs": Double(trained.curve.count),
            "best-epoch": Double(trained.bestEpoch), "positions-per-second": trained.positionsPerSecond,
        ]
        curve = trained.curve
    }

    /// Puts together what is known of a published model: how training went is taken over from its bundle.
    ///
    /// - Parameters:
    ///   - trained: The model of the bundle.
    ///   - scores: What it scores now.
    ///   - manifest: The bundle's manifest.
    ///   - provenance: Where the bundle comes from.
    public init(
        _ trained: TrainedModel,
        _ scores: Scores,
        of manifest: BundleManifest,
        _ provenance: BundleProvenance
    ) {
        let variant = provenance.training["generator"] ?? manifest.generator?.form
        let method = variant.map {
            ComparisonVariant(rawValue: $0)?.method ?? Method(name: $0, label: $0, role: .method)
        }
        self.init(trained, method ?? ComparisonVariant.none.method, scores)
        seed = provenance.training["seed"].flatMap(UInt64.init) ?? seed
        let training = MeasuredSet.training.name
        metrics[training] = provenance.metrics[training]
    }
}
