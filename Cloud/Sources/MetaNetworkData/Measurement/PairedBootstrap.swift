import Dispatch
import Synchronization

/// Intervals of the difference between two methods: users are drawn with replacement, both methods are measured on the
/// same draw, and the middle 95 % of the differences is reported (Efron's percentile interval).
public struct PairedBootstrap: Sendable {
    /// Number of draws.
    public var draws: Int
    /// Seed of the draws.
    public var seed: UInt64

    /// Creates a bootstrap.
    ///
    /// - Parameters:
    ///   - draws: Number of draws.
    ///   - seed: Seed of the draws; the same for every comparison unless told otherwise.
    public init(draws: Int = 400, seed: UInt64 = 1) {
        self.draws = draws
        self.seed = seed
    }

    /// How often each user is drawn, for the four draws from `first` on.
    ///
    /// - Parameter users: Indices of the users who have rows.
    private func weights(from first: Int, users: [Int], bound: Int) -> [SIMD4<Double>] {
        var weights = [SIMD4<Double>](repeating: .zero, count: bound)
        for lane in 0..<4 {
            var random = SeededGenerator(seed: seed, streams: [UInt64(first + lane)])
            for _ in users { weights[users[random.index(below: users.count)]][lane] += 1 }
        }
        return weights
    }

    /// Every metric on each draw of the users, the mean over the seeds.
    ///
    /// - Parameters:
    ///   - metrics: Metrics of a method, one entry a seed.
    ///   - users: Indices of the users who have rows; the same users are drawn for every method.
    /// - Returns: ``draws`` values by name of the metric; NaN where a draw has no value.
    public func samples(_ metrics: [Metrics], users: [Int]) -> [String: [Double]] {
        guard let first = metrics.first, !users.isEmpty else { return [:] }
        let sums = concurrently((draws + 3) / 4) { block in
            // Drawn here and let go again: with many users, the weights of all draws are larger than the data.
            let weights = weights(from: 4 * block, users: users, bound: first.userBound)
            var sum: [String: SIMD4<Double>] = [:]
            for metrics in metrics {
                for (name, value) in metrics.values(weights: weights) { sum[name, default: .zero] += value }
            }
            return sum.mapValues { $0 / Double(metrics.count) }
        }
        var samples: [String: [Double]] = [:]
        for name in first.names {
            samples[name] = Array(
                sums.flatMap { block in
                    guard let values = block[name] else { preconditionFailure("a draw has no \(name)") }
                    return (0..<4).map { values[$0] }
                }.prefix(draws)
            )
        }
        return samples
    }

    /// The 95 % interval of each metric's difference, the mean over the seeds.
    ///
    /// - Parameters:
    ///   - variant: Metrics of the method, one entry a seed.
    ///   - base: Metrics of the base on the same positions, in the same order of the seeds.
    ///   - users: Indices of the users who have rows.
    /// - Returns: Lower and upper end by name of the metric.
    public func intervals(
        _ variant: [Metrics],
        against base: [Metrics],
        users: [Int]
    ) -> [String: (lower: Double, upper: Double)] {
        intervals(samples(variant, users: users), against: samples(base, users: users))
    }

    /// The same of what ``samples(_:users:)`` gave for the same users.
    public func intervals(
        _ variant: [String: [Double]],
        against base: [String: [Double]]
    ) -> [String: (lower: Double, upper: Double)] {
        var result: [String: (lower: Double, upper: Double)] = [:]
        for (name, values) in variant {
            guard let others = base[name] else { continue }
            let sorted = zip(values, others).map(-).filter(\.isFinite).sorted()
            guard !sorted.isEmpty else { continue }
            result[name] = (Self.quantile(0.025, of: sorted), Self.quantile(0.975, of: sorted))
        }
        return result
    }

    /// The quantile of sorted values, linear between neighbours.
    static func quantile(_ fraction: Double, of sorted: [Double]) -> Double {
        let rank = fraction * Double(sorted.count - 1)
        let below = Int(rank)
        guard below + 1 < sorted.count else { return sorted[sorted.count - 1] }
        return sorted[below] + (rank - Double(below)) * (sorted[below + 1] - sorted[below])
    }

    private func concurrently<Result: Sendable>(
        _ count: Int,
        _ body: @Sendable (Int) -> Result
    ) -> [Result] {
        let results = Mutex<[Int: Result]>([:])
        DispatchQueue.concurrentPerform(iterations: count) { index in
            let result = body(index)
            results.withLock { $0[index] = result }
        }
        let byIndex = results.withLock { $0 }
        return (0..<count).compactMap { byIndex[$0] }
    }
}
