/// One moment of one device: the unlabelled samples that it uploads, and the inputs that it meets next.
public struct Episode: Sendable {
    /// Name of the device, for example `rotation 40°`.
    public var device: String
    /// The devices among which results are reported together, for example `rotation 2`; empty where there are none.
    public var group: String
    /// The samples, without labels and oldest first; at least one.
    public var support: [[Float]]
    /// The inputs that the model is asked about; at least one.
    public var query: [[Float]]
    /// For each input of the query the index of its class, or the values to predict, one input after the other.
    public var targets: [Float]
    /// The same for the samples, which fine-tuning alone is told; empty where nobody knows.
    public var supportTargets: [Float]

    /// Creates an episode.
    public init(
        device: String,
        group: String = "",
        support: [[Float]],
        query: [[Float]],
        targets: [Float],
        supportTargets: [Float] = []
    ) {
        self.supportTargets = supportTargets
        self.device = device
        self.group = group
        self.support = support
        self.query = query
        self.targets = targets
    }
}
