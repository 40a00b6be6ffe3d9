import Synchronization

/// Token buckets: one per device and one for all devices.
final class RateLimiter: Sendable {
    /// Requests per second in the long run, and how many may come at once.
    struct Rate: Sendable {
        let perSecond: Double
        let burst: Double
    }

    private struct Bucket {
        var tokens: Double
        var filled: ContinuousClock.Instant

        /// Takes a token; the seconds until there is one where there is none.
        mutating func take(_ rate: Rate, _ now: ContinuousClock.Instant) -> Double? {
            let passed = (now - filled).inSeconds
            tokens = min(rate.burst, tokens + max(0, passed) * rate.perSecond)
            filled = now
            guard tokens < 1 else {
                tokens -= 1
                return nil
            }
            return (1 - tokens) / rate.perSecond
        }
    }

    private struct State {
        var all: Bucket
        var devices: [String: Bucket] = [:]
    }

    private let state: Mutex<State>
    private let device: Rate
    private let overall: Rate

    /// Maximum number of devices that are remembered; idle ones are forgotten first.
    private static let deviceLimit = 200_000

    init(device: Rate, overall: Rate, now: ContinuousClock.Instant = .now) {
        self.device = device
        self.overall = overall
        state = Mutex(State(all: Bucket(tokens: overall.burst, filled: now)))
    }

    /// The buckets of a service.
    convenience init(_ limits: ServerConfiguration.Limits) {
        self.init(
            device: Rate(perSecond: limits.deviceRate.perSecond, burst: limits.deviceRate.burst),
            overall: Rate(perSecond: limits.overallRate.perSecond, burst: limits.overallRate.burst)
        )
    }

    /// Lets a request through.
    ///
    /// - Parameter name: The device; `nil` where it is not known, then only the bucket for all counts.
    /// - Returns: `nil`, or after how many seconds to try again.
    func admit(_ name: String?, now: ContinuousClock.Instant = .now) -> Double? {
        state.withLock { state in
            guard let name else { return state.all.take(overall, now) }
            if state.devices.count >= Self.deviceLimit {
                // A bucket that had time to fill up is the same as a new one.
                let idle = Duration.seconds(device.burst / device.perSecond)
                state.devices = state.devices.filter { now - $0.value.filled < idle }
                if state.devices.count >= Self.deviceLimit { state.devices.removeAll() }
            }
            var bucket = state.devices[name] ?? Bucket(tokens: device.burst, filled: now)
            defer { state.devices[name] = bucket }
            return bucket.take(device, now) ?? state.all.take(overall, now)
        }
    }
}

extension Duration {
    /// The duration in seconds.
    var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
