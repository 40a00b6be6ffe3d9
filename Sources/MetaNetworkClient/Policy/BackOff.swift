/// How long to wait after failures: twice as long after each, up to a bound, less a random part of up to one half, so that
/// devices that failed together do not come back together. Where the service asks for a wait, a random part of up to a quarter is added.
public struct BackOff: Sendable, Equatable {
    /// Wait after the first failure, in seconds.
    public var first = 2.0
    /// Longest wait, in seconds. A longer one that the service asks for is cut to this too.
    public var limit = 3_600.0

    /// Creates the default: 2 seconds to an hour.
    public init() {}

    /// The wait after a number of failures in a row, in seconds: at least what the service asked for, of all devices alike it may be, and
    /// up to a quarter more.
    func delay(
        afterFailures failures: Int,
        asked: Int?,
        using random: inout some RandomNumberGenerator
    ) -> Double {
        var delay = first
        for _ in 1..<max(2, min(failures, 64)) where failures > 1 { delay *= 2 }
        var wait = max(0, min(delay, limit) * Double.random(in: 0.5...1, using: &random))
        if let asked { wait = max(wait, Double(asked) * Double.random(in: 1...1.25, using: &random)) }
        return min(wait, max(limit, 0))
    }
}
