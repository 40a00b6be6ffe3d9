import MetaNetwork
import MetaNetworkExperiments

/// What a pass of an adaptation learned and published.
struct AdaptingPass: Encodable, Sendable {
    /// Batches that were learned.
    private(set) var batches = 0
    /// Their inputs.
    private(set) var inputs = 0
    /// Inputs of another size than the model reads, which were left out.
    var skipped = 0
    /// Inputs whose class teacher and device saw differently.
    private(set) var corrected = 0
    /// The mean of what devices said of the inputs, from 0 to 1.
    private(set) var uncertainty: Float = 0
    /// The version that was published; `nil` where nothing was.
    private(set) var version: String?
    /// What a device of the version before fetches for it, in bytes, its manifest apart; `nil` where nothing was published.
    private(set) var bytes: Int?
    /// Whether the version has new weights.
    private(set) var hasWeights = false
    /// The version that somebody else has published, from which it started anew; `nil` where nobody has.
    var startedFrom: String?
    /// Accuracy on clean data of the model with its prompt; `nil` where it was not measured.
    var clean: Double?

    /// Counts a batch.
    mutating func learned(_ uncertainty: Float, corrected: Int, of count: Int) {
        batches += 1
        inputs += count
        self.uncertainty += (uncertainty - self.uncertainty) * Float(count) / Float(inputs)
        self.corrected += corrected
    }

    /// Notes what was published.
    mutating func published(_ manifest: BundleManifest, hasWeights: Bool) {
        (version, self.hasWeights) = (manifest.version, hasWeights)
        let fresh = [BundleLayout.prompt] + (hasWeights ? [BundleLayout.device] : [])
        bytes = fresh.reduce(0) { $0 + (manifest.files[$1]?.bytes ?? 0) }
    }

    /// A line for people.
    var text: String {
        var parts = ["\(inputs) inputs, \(corrected) of them corrected"]
        if skipped > 0 { parts.append("\(skipped) of another size left out") }
        if let version, let bytes {
            let what = hasWeights ? "weights" : "a prompt"
            parts.append("published \(what) as \(version.prefix(16)), \(bytes) bytes for a device")
        } else {
            parts.append("nothing to publish yet")
        }
        if let clean { parts.append("accuracy on clean data \(clean.formatted(digits: 4))") }
        return parts.joined(separator: "; ")
    }
}
