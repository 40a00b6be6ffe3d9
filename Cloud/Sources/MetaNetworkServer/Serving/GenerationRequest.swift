import MetaNetworkWire

/// A request for parameters as it waits for a batch.
public struct GenerationRequest: BatchedRequest {
    /// Weights, signed.
    public typealias Answer = SignedAnswer

    /// The device's samples.
    public let samples: DeviceSamples
    /// The metadata of the answer.
    public let metadata: ParametersMetadata
    /// How the weights are stored.
    public let format: PayloadFormat
    /// How the answer is signed.
    public let label: WireLabel
    /// The device that asks; empty where devices need no token.
    public let device: String
    /// Whether somebody waits for the answer; asked when its batch begins, from any thread.
    public let isWanted: @Sendable () -> Bool

    /// Creates a request.
    public init(
        samples: DeviceSamples,
        metadata: ParametersMetadata,
        format: PayloadFormat,
        label: WireLabel,
        device: String = "",
        isWanted: @escaping @Sendable () -> Bool = { true }
    ) {
        self.samples = samples
        self.metadata = metadata
        self.format = format
        self.label = label
        self.device = device
        self.isWanted = isWanted
    }
}
