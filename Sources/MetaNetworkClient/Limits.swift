/// The maximum sizes and numbers that the client accepts and keeps. Sizes are checked before anything is parsed.
public struct Limits: Sendable, Equatable {
    /// Maximum size of a manifest in bytes.
    public var manifestBytes = 1 << 20
    /// Maximum size of the static weights in bytes.
    public var deviceBytes = 256 << 20
    /// Maximum size of the vocabulary in bytes.
    public var vocabularyBytes = 64 << 20
    /// Maximum size of the gate, and of the switcher, in bytes.
    public var gateBytes = 1 << 20
    /// Maximum size of the prompt in bytes.
    public var promptBytes = 4 << 20
    /// Maximum size of an answer with personal weights in bytes.
    public var parametersBytes = 4 << 20
    /// Maximum memory that the model takes in bytes.
    public var memoryBytes = 512 << 20
    /// Maximum length of a raw id in bytes of UTF-8.
    public var idBytes = 512
    /// Maximum size of a recorded vector in bytes of base64: 196,608 hold 36,864 values.
    public var vectorBytes = 192 << 10
    /// Maximum number of samples kept on the device.
    public var samples = 1_000
    /// Maximum number of samples that wait to be shared; the oldest are dropped first.
    public var outbox = 10_000
    /// Maximum size of the ids and inputs that wait to be shared, in bytes; the oldest are dropped first.
    public var outboxBytes = 16 << 20

    /// Creates the limits that suit a phone.
    public init() {}

    /// The same within what the client can compute with.
    var bounded: Limits {
        var limits = self
        for bytes in [
            \Limits.manifestBytes, \.deviceBytes, \.vocabularyBytes, \.gateBytes, \.promptBytes, \.parametersBytes,
            \.memoryBytes,
        ] {
            limits[keyPath: bytes] = min(max(0, self[keyPath: bytes]), 1 << 40)
        }
        limits.idBytes = min(max(1, idBytes), 1 << 16)
        limits.vectorBytes = min(max(16, vectorBytes), 1 << 24)
        limits.samples = min(max(1, samples), 1 << 20)
        limits.outbox = min(max(1, outbox), 1 << 20)
        limits.outboxBytes = min(max(1, outboxBytes), 16 << 20)
        return limits
    }
}
