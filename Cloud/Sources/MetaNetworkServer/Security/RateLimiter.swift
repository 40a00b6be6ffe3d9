import Synchronization

/// Token buckets: one per device and one for all devices.
final class RateLimiter: Sendable {
    /// Requests per second in the long run, and how many may come at once.
    struct Rate: Sendable {
        let perSecond: Double
        let burst: Double

        /// More than any service answers.
        static let unlimited = Rate(perSecond: 1e9, burst: 1e9)

        /// - Parameter burst: At least 1: a smaller bucket would never hold what a request takes.
        init(perSecond: Double, burst: Double) {
            self.perSecond = perSecond
            self.burst = max(1, burst)
        }
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

    private let all: Mutex<Bucket>
    private let devices: ShardedGenerations<String, Bucket>
    private let device: Rate
    private let overall: Rate

    /// A bucket that was forgotten is full again: a day is long enough to remember the slowest.
    private static let longest = 86_400.0

    /// - Parameters:
    ///   - device: The rate of one device.
    ///   - overall: The rate of all devices.
    ///   - limit: Maximum number of devices in a generation of buckets; the elder generation is forgotten when there are more.
    init(
        device: Rate,
        overall: Rate,
        limit: Int = 1 << 18,
        now: ContinuousClock.Instant = .now
    ) {
        self.device = device
        self.overall = overall
        all = Mutex(Bucket(tokens: overall.burst, filled: now))
        // A bucket that had time to fill up is the same as a new one, so its generation may go.
        let idle = Duration.seconds(min(Self.longest, device.burst / device.perSecond))
        devices = ShardedGenerations(limit: limit, lifetime: idle, now: now)
    }

    /// The buckets of a service.
    convenience init(_ limits: ServerConfiguration.Limits) {
        self.init(
            device: Rate(perSecond: limits.deviceRate.perSecond, burst: limits.deviceRate.burst),
            overall: Rate(perSecond: limits.overallRate.perSecond, burst: limits.overallRate.burst)
        )
    }

    /// Devices that are remembered.
    var count: Int { devices.count }

    /// Lets a request through.
    ///
    /// - Parameter name: The device; `nil` where it is not known, then only the bucket for all counts.
    /// - Returns: `nil`, or after how many seconds to try again.
    func admit(_ name: String?, now: ContinuousClock.Instant = .now) -> Double? {
        let wait = name.flatMap { name in
            devices.withShard(of: name) { devices in
                var bucket = devices.value(of: name, now: now) ?? Bucket(tokens: device.burst, filled: now)
                defer { devices.keep(bucket, for: name, now: now) }
                return bucket.take(device, now)
            }
        }
        return wait ?? all.withLock { $0.take(overall, now) }
    }
}

extension Duration {
    /// The duration in seconds.
    var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
