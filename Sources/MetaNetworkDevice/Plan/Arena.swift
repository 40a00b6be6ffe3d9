/// Zeroed memory for lanes, freed when the last owner is gone.
// Safe to send: whoever makes an arena writes to it before anybody else can see it (`DevicePlan`), or is its only owner for as
// long as it lives (`DeviceModel` and `Solver`, which cannot be copied and whose writing methods are `mutating`).
final class Arena: @unchecked Sendable {
    let base: UnsafeMutablePointer<Lanes>

    init(count: Int) {
        base = .allocate(capacity: max(1, count))
        base.initialize(repeating: Lanes(), count: max(1, count))
    }

    deinit { base.deallocate() }
}
