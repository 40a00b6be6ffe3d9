/// What is known of one device at one moment: the unlabelled samples that it uploads, and the inputs that it meets next.
public struct Episode: Sendable {
    /// Name of the device, for example `rotation 40°`.
    public var device: String
    /// The devices among which results are reported together, for example `rotation 2`; empty where there are none.
    public var group: String
    /// The samples, oldest first; at least one.
    public var samples: [[Float]]
    /// The inputs; at least one.
    public var inputs: [[Float]]
    /// For each input the index of its class, or the numbers to predict.
    public var targets: [Float]

    /// Creates an episode.
    public init(device: String, group: String = "", samples: [[Float]], inputs: [[Float]], targets: [Float]) {
        self.device = device
        self.group = group
        self.samples = samples
        self.inputs = inputs
        self.targets = targets
    }
}
