/// Zeroed memory for lanes, freed when the last owner is gone.
// Safe to send: its pointer never changes, and what it points to is written by one thread alone. `DevicePlan`, `EncoderPlan` and
// `WeightDecoder` write while they are made, before anybody else can see them, and never again. `DeviceModel`, `Generation` and `Solver` (with its
// `OptimizerState`) own theirs alone: they cannot be copied, and what writes there is called by their `mutating` methods. `Execution`, which has the
// bare pointers, lives no longer than one such call.
final class Arena: @unchecked Sendable {
    let base: UnsafeMutablePointer<Lanes>

    /// Bytes of two lines of the cache, which processors fetch together; of one on Apple's. Where a table began was the allocator's whim
    /// before, and the time of a ranking hung on it.
    private static let alignment = 128

    init(count: Int) {
        let lanes = max(1, count)
        let bytes = UnsafeMutableRawPointer.allocate(
            byteCount: lanes * MemoryLayout<Lanes>.stride,
            alignment: Self.alignment
        )
        base = bytes.initializeMemory(as: Lanes.self, repeating: Lanes(), count: lanes)
    }

    deinit { UnsafeMutableRawPointer(base).deallocate() }
}
