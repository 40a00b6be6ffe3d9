import Foundation
import MetaNetwork

/// Every metric as a sum over users, so that each can be taken over all of them or over a resample.
///
/// With one positive a row of rank r: HR@k is 1 where r ≤ k, NDCG@k is 1 / log2(r + 1) where r ≤ k, else 0. The pooled
/// AUC is no such sum and is swept from all scores.
public struct Metrics: Sendable {
    /// Depths at which rankings are cut.
    public static let depths = [5, 10, 20]
    /// Names of the metrics of a ranking, in the order of reports.
    public static let rankingNames = depths.map { "hr@\($0)" } + depths.map { "ndcg@\($0)" }
    /// Depths at which recall is measured.
    static let retrievalDepths = [1, 5, 10]
    /// Names of the metrics of retrieval, in the order of reports.
    public static let retrievalNames = retrievalDepths.map { "recall@\($0)" }
    /// Names of the metrics on stored candidates, in the order of reports.
    public static let sampledNames = ["auc", "uauc", "logloss"] + rankingNames

    /// Numerator and denominator of each metric by user.
    private var sums: [String: (numerators: [Double], denominators: [Double])] = [:]
    private let order: ScoreOrder?
    /// One more than the largest user index.
    let userBound: Int

    /// The value of each subject's own ``subjectMetric``, by index; `nil` for indices without rows. Empty where there is none.
    public let bySubject: [Double?]
    /// Name of the metric that each subject has of its own: `auc`, `accuracy` or `mse`; `nil` for a ranking of the full catalogue.
    public let subjectMetric: String?

    /// The metrics on stored candidates.
    ///
    /// - Throws: ``DataError`` where a score is infinite or NaN.
    public init(_ scores: RankedScores) throws(DataError) {
        userBound = scores.userBound
        order = try scores.order()
        bySubject = try scores.areaUnderCurveByUser()
        subjectMetric = "auc"
        names = Self.sampledNames
        addRanking(scores.ranks())
        var losses = [Double](repeating: 0, count: userBound)
        var counts = losses
        for row in 0..<scores.count {
            losses[Int(scores.users[row])] += scores.crossEntropy(row: row)
            counts[Int(scores.users[row])] += Double(scores.candidatesPerRow)
        }
        sums["logloss"] = (losses, counts)
        sums["uauc"] = (bySubject.map { $0 ?? 0 }, bySubject.map { $0 == nil ? 0 : 1 })
    }

    /// The metrics of a ranking of the full catalogue.
    public init(_ ranks: FullRanks) {
        userBound = ranks.users.reduce(0) { max($0, Int($1) + 1) }
        order = nil
        bySubject = []
        subjectMetric = nil
        names = Self.rankingNames
        addRanking(ranks)
    }

    /// The metrics of a model over vectors, with devices as the subjects: `accuracy`, `device-accuracy` (mean over devices) and
    /// `logloss` of classes; `mse`, `mae` and `r2` of values. R² is the share of the variance that all targets together have which is
    /// explained: that variance stays the same where devices are drawn.
    public init(_ scores: EpisodeScores) {
        let places = scores.devicePlaces
        let bound = places.reduce(0) { max($0, $1 + 1) }
        let zeros = [Double](repeating: 0, count: bound)
        var (counts, hits, losses, absolutes) = (zeros, zeros, zeros, zeros)
        scores.forEachInput { episode, errors in
            let place = places[episode]
            counts[place] += 1
            hits[place] += errors.hit
            losses[place] += errors.loss
            absolutes[place] += errors.absolute
        }
        let isClassification = scores.description.kind == .classification
        let own = zip(isClassification ? hits : losses, counts).map { $0 / $1 }
        userBound = bound
        order = nil
        bySubject = own
        subjectMetric = isClassification ? "accuracy" : "mse"
        names = Self.deviceNames(scores.description.kind)
        sums =
            isClassification
            ? [
                "accuracy": (hits, counts), "device-accuracy": (own, counts.map { _ in 1 }),
                "logloss": (losses, counts),
            ]
            : ["mse": (losses, counts), "mae": (absolutes, counts), "r2": Self.explained(losses, counts, of: scores)]
    }

    /// The metrics of retrieval with devices as the subjects: recall@k, a mean over devices and the classes that each has.
    init(retrieval scores: EpisodeScores) {
        let places = scores.devicePlaces
        userBound = places.reduce(0) { max($0, $1 + 1) }
        (order, bySubject, subjectMetric, names) = (nil, [], nil, Self.retrievalNames)
        var queries = [Double](repeating: 0, count: userBound)
        var found = [[Double]](repeating: queries, count: Self.retrievalDepths.count)
        for recall in scores.recalls {
            queries[recall.device] += 1
            for (depth, share) in recall.shares.enumerated() { found[depth][recall.device] += share }
        }
        for (name, shares) in zip(names, found) { sums[name] = (shares, queries) }
    }

    private static func explained(
        _ losses: [Double],
        _ counts: [Double],
        of scores: EpisodeScores
    ) -> (numerators: [Double], denominators: [Double]) {
        let variance = max(scores.targetVariance, .leastNormalMagnitude)
        let spreads = counts.map { $0 * variance }
        return (zip(spreads, losses).map(-), spreads)
    }

    /// The metrics of several parts together; the subjects of each follow those of the parts before it.
    ///
    /// - Parameter parts: One or more, of the same metrics, without a subject in two.
    /// - Precondition: None has a pooled AUC, which is no sum over subjects.
    init(joining parts: [Metrics]) {
        let first = parts[0]
        precondition(parts.allSatisfy { $0.names == first.names && $0.order == nil }, "these metrics cannot be joined")
        userBound = parts.reduce(0) { $0 + $1.userBound }
        order = nil
        bySubject = parts.flatMap(\.bySubject)
        (subjectMetric, names) = (first.subjectMetric, first.names)
        for part in parts {
            sums.merge(part.sums) { ($0.numerators + $1.numerators, $0.denominators + $1.denominators) }
        }
    }

    /// Names of the metrics of a model over vectors, the first one first in reports.
    public static func deviceNames(_ kind: BundleManifest.Outputs.Kind) -> [String] {
        kind == .classification ? ["accuracy", "device-accuracy", "logloss"] : ["mse", "mae", "r2"]
    }

    /// The names of the metrics that this value has.
    public let names: [String]

    /// All metrics by name.
    public var values: [String: Double] {
        values(weights: [SIMD4<Double>](repeating: .one, count: userBound)).mapValues { $0[0] }
    }

    /// All metrics by name over some users or devices.
    ///
    /// - Parameter users: Their indices.
    public func values(of users: [Int]) -> [String: Double] {
        var weights = [SIMD4<Double>](repeating: .zero, count: userBound)
        for user in users { weights[user] = .one }
        return values(weights: weights).mapValues { $0[0] }
    }

    /// Names of the metrics that each user or device can have of its own.
    package var subjectNames: [String] { sums.keys.sorted() }

    /// The metrics of one user or device by name; those of which it has no row are left out, and the pooled AUC is none of one user.
    ///
    /// - Parameter subject: The index. Cost: the number of metrics.
    package func values(ofOne subject: Int) -> [String: Double] {
        sums.compactMapValues { sum in
            let denominator = sum.denominators[subject]
            return denominator > 0 ? sum.numerators[subject] / denominator : nil
        }
    }

    /// All metrics by name for four weightings, each user counting as often as its weight says.
    func values(weights: [SIMD4<Double>]) -> [String: SIMD4<Double>] {
        var result: [String: SIMD4<Double>] = [:]
        for (name, sum) in sums {
            var (numerator, denominator) = (SIMD4<Double>.zero, SIMD4<Double>.zero)
            for user in 0..<userBound {
                numerator += weights[user] * sum.numerators[user]
                denominator += weights[user] * sum.denominators[user]
            }
            result[name] = numerator / denominator
        }
        if let order { result["auc"] = order.areasUnderCurve(weights: weights) }
        return result
    }

    private mutating func addRanking(_ ranks: FullRanks) {
        var counts = [Double](repeating: 0, count: userBound)
        for user in ranks.users { counts[Int(user)] += 1 }
        for depth in Self.depths {
            var hits = [Double](repeating: 0, count: userBound)
            var gains = hits
            for (user, rank) in zip(ranks.users, ranks.ranks) where Int(rank) <= depth {
                hits[Int(user)] += 1
                gains[Int(user)] += Self.gain(rank: rank, depth: depth)
            }
            sums["hr@\(depth)"] = (hits, counts)
            sums["ndcg@\(depth)"] = (gains, counts)
        }
    }

    /// What a row of a rank adds to NDCG at a depth.
    package static func gain(rank: Int32, depth: Int) -> Double {
        Int(rank) <= depth ? 1 / log2(Double(rank) + 1) : 0
    }
}
