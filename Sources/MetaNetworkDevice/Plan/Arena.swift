/// Zeroed memory for lanes, freed when the last owner is gone.
// Safe to send: its pointer never changes, and what it points to is written by one thread alone. `DevicePlan`, `EncoderPlan` and
// `WeightDecoder` write while they are made, before anybody else can see them, and never again. `DeviceModel`, `Generation` and `Solver` (with its
// `OptimizerState`) own theirs alone: they cannot be copied, and what writes there is called by their `mutating` methods. `Execution`, which has the
// bare pointers, lives no longer than one such call.
final class Arena: @unchecked Sendable {
    let base: UnsafeMutablePointer<Lanes>

    init(count: Int) {
        base = .allocate(capacity: max(1, count))
        base.initialize(repeating: Lanes(), count: max(1, count))
    }

    deinit { base.deallocate() }
}
