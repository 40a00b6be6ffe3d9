import Synchronization

/// Set by the first Ctrl-C (or SIGTERM), so that work in progress can be saved; the second ends the process at once.
final class InterruptFlag: Sendable {
    private let isSetFlag = Atomic<Bool>(false)

    /// Whether the user asked to stop.
    var isSet: Bool { isSetFlag.load(ordering: .relaxed) }

    /// - Returns: Whether it was set before.
    func set() -> Bool { isSetFlag.exchange(true, ordering: .relaxed) }
}
