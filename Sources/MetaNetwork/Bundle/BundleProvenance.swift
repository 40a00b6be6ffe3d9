/// Where a bundle comes from: the contents of its `provenance.json`.
///
/// Nothing that runs a model reads it, and no version covers it: the same training gives the same version wherever and
/// whenever it ran. In format 1 these members are part of the manifest.
public struct BundleProvenance: Codable, Sendable, Equatable {
    /// What the model was measured to do, by set (`sampled`, `full`) and metric (`auc`, `ndcg@10`).
    public var metrics: [String: [String: Double]]
    /// The settings that trained it, by name, the seed among them.
    public var training: [String: String]

    /// Creates a description.
    public init(metrics: [String: [String: Double]] = [:], training: [String: String] = [:]) {
        self.metrics = metrics
        self.training = training
    }
}

extension BundleProvenance {
    /// Reads the members of a JSON object.
    public init(from decoder: any Decoder) throws {
        let members = try decoder.members()
        metrics = try members.decode([String: [String: Double]].self, forKey: "metrics")
        training = try members.decode([String: String].self, forKey: "training")
    }

    /// Writes the members of a JSON object.
    public func encode(to encoder: any Encoder) throws {
        var members = encoder.members()
        try members.encode(metrics, forKey: "metrics")
        try members.encode(training, forKey: "training")
    }
}
