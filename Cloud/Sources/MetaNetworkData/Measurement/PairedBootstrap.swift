import Dispatch
import MetaNetwork
import Synchronization

/// Draws of the users and of the seeds, with replacement, that intervals are taken from: the middle 95 % of what all methods
/// give on the same draws (Efron's percentile interval).
///
/// A draw is one of the users and one of the seeds. Every method and seed is measured on the same draws of the users, and every
/// method is averaged over the same draw of the seeds, so that differences are paired.
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

    /// Every metric of one run on each draw of the users.
    ///
    /// - Parameters:
    ///   - metrics: Metrics of one method with one seed.
    ///   - users: Indices of the users who have rows; the same users are drawn for every method and seed.
    /// - Returns: ``draws`` values by name of the metric; NaN where a draw has no value.
    public func samples(_ metrics: Metrics, users: [Int]) -> [String: [Double]] {
        guard !users.isEmpty else { return [:] }
        let blocks = concurrently((draws + 3) / 4) { block in
            // Drawn here and let go again: with many users, the weights of all draws are larger than the data.
            metrics.values(weights: weights(from: 4 * block, users: users, bound: metrics.userBound))
        }
        var samples: [String: [Double]] = [:]
        for name in metrics.names {
            samples[name] = Array(
                blocks.flatMap { block in
                    guard let values = block[name] else { preconditionFailure("a draw has no \(name)") }
                    return (0..<4).map { values[$0] }
                }.prefix(draws)
            )
        }
        return samples
    }

    /// The seeds of one draw, as indices.
    ///
    /// - Parameters:
    ///   - draw: Number of the draw, from 0.
    ///   - count: Number of seeds.
    public func seeds(draw: Int, of count: Int) -> [Int] {
        var random = SeededGenerator(seed: seed, streams: [UInt64(draw), Self.seedStream])
        return (0..<count).map { _ in random.index(below: count) }
    }

    /// Keeps the draws of the seeds apart from those of the users, whose path is the draw alone.
    private static let seedStream: UInt64 = 1

    /// The mean over the drawn seeds, for each draw.
    ///
    /// - Parameter samples: For each of at least two seeds its values on the draws of the users.
    /// - Returns: A value a draw; `nil` where there are too few seeds to draw from.
    public func samples(overSeeds samples: [[Double]]) -> [Double]? {
        guard samples.count > 1, let draws = samples.map(\.count).min() else { return nil }
        return (0..<draws).map { draw in
            seeds(draw: draw, of: samples.count).reduce(0) { $0 + samples[$1][draw] } / Double(samples.count)
        }
    }

    /// The middle 95 % of values; `nil` where none is finite.
    public static func interval(of values: [Double]) -> (lower: Double, upper: Double)? {
        let sorted = values.filter(\.isFinite).sorted()
        guard !sorted.isEmpty else { return nil }
        return (quantile(0.025, of: sorted), quantile(0.975, of: sorted))
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
