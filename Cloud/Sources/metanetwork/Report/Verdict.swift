import MetaNetwork
import MetaNetworkData
import MetaNetworkTraining

/// What the 95 % interval of a difference says.
enum Verdict: String, Sendable {
    /// The whole interval lies on the good side of 0.
    case better
    /// The whole interval lies on the bad side of 0.
    case worse
    /// The interval includes 0.
    case unclear
    /// There is no interval to judge by.
    case unmeasured

    /// Judges the difference of `metric`; an interval that only touches 0 includes it.
    init(_ statistic: Comparison.Statistic, metric: Metric) {
        guard let interval = statistic.interval else {
            self = .unmeasured
            return
        }
        if interval.lower > 0 {
            self = metric.isLowerBetter ? .worse : .better
        } else if interval.upper < 0 {
            self = metric.isLowerBetter ? .better : .worse
        } else {
            self = .unclear
        }
    }

    /// The verdict in words.
    var words: String {
        switch self {
        case .better, .worse: rawValue
        case .unclear: "includes 0"
        case .unmeasured: "no interval"
        }
    }
}

/// A metric of the tables.
struct Metric: Sendable {
    /// Key in ``Comparison/Summary/sampled`` or ``Comparison/Summary/full``.
    let key: String
    /// Name in the tables.
    let label: String

    /// Whether a small value is the good one.
    var isLowerBetter: Bool { ["logloss", "mse", "mae"].contains(key) }

    /// The area under the curve over all positions, on which the finding rests.
    static let auc = Metric(key: "auc", label: "AUC")

    /// The ranking of all items, which qualifies the finding.
    static let fullNDCG = Metric(key: "ndcg@10", label: "NDCG@10")

    /// The columns on the sampled candidates.
    static let sampled = [
        auc, Metric(key: "uauc", label: "UAUC"), Metric(key: "logloss", label: "Log-loss"),
        Metric(key: "ndcg@10", label: "NDCG@10"), Metric(key: "hr@10", label: "HR@10"),
    ]

    /// The columns on the full catalogue, where only ranking metrics exist.
    static let full = [fullNDCG, Metric(key: "hr@10", label: "HR@10")]

    /// The columns of a model over vectors, the main one first; empty where the comparison is of rankings.
    static func devices(_ summaries: [Comparison.Summary]) -> [Metric] {
        devices(keys: summaries.first?.devices.map { Set($0.keys) } ?? [])
    }

    /// The columns of these metrics of a model over vectors.
    static func devices(keys: Set<String>) -> [Metric] {
        let labels = [
            "accuracy": "Accuracy", "device-accuracy": "Mean over devices", "logloss": "Log-loss",
            "mse": "Squared error", "mae": "Absolute error",
        ]
        return (Metrics.deviceNames(.classification) + Metrics.deviceNames(.regression)).filter(keys.contains)
            .map { Metric(key: $0, label: labels[$0] ?? $0) }
    }

    /// The ranking metrics at every cut-off.
    static let cutoffs =
        [5, 10, 20].map { Metric(key: "ndcg@\($0)", label: "NDCG@\($0)") }
        + [5, 10, 20].map { Metric(key: "hr@\($0)", label: "HR@\($0)") }
}
