/// Windows of no series, with what follows them: made by the coordinator, for devices to learn from beside their own.
public struct SyntheticWindows: Sendable, Equatable {
    /// Values that are read, [count, window].
    public var inputs: [Float]
    /// Values that follow, [count, horizon].
    public var targets: [Float]
    /// Number of windows, above 0.
    public let count: Int

    /// Bytes of a message: 4 a value.
    public var bytes: Int { 4 * (inputs.count + targets.count) }
}
