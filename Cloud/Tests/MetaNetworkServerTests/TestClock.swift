import Synchronization

/// A clock that a test sets, in seconds since 1970.
final class TestClock: Sendable {
    private let seconds: Mutex<Int>

    init(_ seconds: Int = 1_700_000_000) { self.seconds = Mutex(seconds) }

    /// What a store asks.
    var now: @Sendable () -> Int { { self.seconds.withLock { $0 } } }

    func set(_ seconds: Int) { self.seconds.withLock { $0 = seconds } }
    func advance(_ seconds: Int) { self.seconds.withLock { $0 += seconds } }
}
