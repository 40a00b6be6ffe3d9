/// How a metric is named and read: the one list of what tables, charts and claims know of names.
public struct Metric: Sendable, Hashable {
    /// The key in results, for example `ndcg@10`.
    public let name: String
    /// What tables and charts show.
    public let label: String
    /// Whether a smaller value is better.
    public let isLowerBetter: Bool

    /// The metric of a name; one that is not known is labelled by its name, and more of it is better.
    public init(_ name: String) {
        self.name = name
        label = Self.labels[name] ?? Self.ranked(name) ?? name
        isLowerBetter = Self.lowerBetter.contains(name)
    }

    /// Whether it is a ranking cut at another depth than 10, which reports fold away.
    public var isCutOff: Bool {
        let parts = name.split(separator: "@")
        return parts.count == 2 && parts[1] != "10"
    }

    /// Whether it is one of those that records of experiments keep draws of, so that it has intervals there.
    public var isHeadline: Bool { Self.headlines.contains(name) }

    /// The names that tables, charts and claims know; ``isKnown`` knows ranks of any depth too.
    package static var knownNames: [String] { known.map(\.name) }

    /// Whether the name is one that tables, charts and claims know.
    package var isKnown: Bool { Self.labels[name] != nil || Self.ranked(name) != nil }

    /// Orders names as reports show them: the known ones first, in the order of this list.
    public static func ordered(_ names: some Sequence<String>) -> [Metric] {
        names.sorted { (place($0), $0) < (place($1), $1) }.map(Metric.init)
    }

    private static let known: [(name: String, label: String)] = [
        ("auc", "AUC"), ("uauc", "UAUC"), ("accuracy", "Accuracy"), ("device-accuracy", "Accuracy by device"),
        ("r2", "R²"), ("mse", "MSE"), ("mae", "MAE"), ("validation-mse", "MSE of validation"),
        ("excess", "Error above least squares"), ("logloss", "Log-loss"), ("ndcg@10", "NDCG@10"),
        ("hr@10", "HR@10"),
        ("ndcg@5", "NDCG@5"), ("hr@5", "HR@5"), ("ndcg@20", "NDCG@20"), ("hr@20", "HR@20"), ("loss", "Training loss"),
        ("auc-gain", "AUC gained"), ("personal-share", "Share of personal rankings"),
        ("guarded-share", "Share that the guard left to the base"),
        ("retired-share", "Share of rankings with weights too old"),
        ("oscillation", "Oscillation of validation, last 10 epochs"),
        ("epochs-to-base-best", "Epochs to the base's best"),
        ("candidate-cosine", "Cosine between candidates"), ("candidate-entropy", "Entropy of the candidates' weights"),
        ("detector-auc", "AUC of foreseen mistakes"), ("realised-10", "Asked at the percentile for 10 %"),
        ("realised-30", "Asked at the percentile for 30 %"), ("realised-50", "Asked at the percentile for 50 %"),
        ("asked-share", "Share of answers that a request came before"),
        ("sent-10", "Sent of a budget of 10 %"), ("sent-20", "Sent of a budget of 20 %"),
        ("sent-30", "Sent of a budget of 30 %"), ("sent-40", "Sent of a budget of 40 %"),
        ("sent-50", "Sent of a budget of 50 %"), ("sent-60", "Sent of a budget of 60 %"),
        ("frechet", "Fréchet distance"), ("frechet-floor", "Fréchet distance of held-out images"),
        ("neighbours", "Told apart by the nearest neighbour"),
        ("neighbours-floor", "Held-out images told apart by the nearest neighbour"),
        ("covered", "Classes covered"), ("judge-accuracy", "Accuracy of the classifier that compares"),
        ("generator-loss", "Training loss of the generator"),
        ("disagreement", "Share on which the models disagree"),
        ("cloud-right", "Of these the cloud has right"), ("device-right", "Of these the device has right"),
        ("device-alone-right", "Share that the device alone has right"),
        ("teacher-right", "Share that the teacher has right"),
        ("member-auc", "AUC of membership"), ("member-auc-low", "AUC of membership, low"),
        ("member-auc-high", "AUC of membership, high"), ("member-tpr", "Members told at 0.1 % false alarms"),
        ("member-tpr-low", "Members told, low"), ("member-tpr-high", "Members told, high"),
        ("member-ratio-auc", "AUC of membership by the ratio"),
        ("member-ratio-tpr", "Members told by the ratio at 0.1 %"),
        ("member-control-auc", "AUC without the model"), ("member-control-tpr", "Members told without the model"),
        ("member-tpr-chance", "Members told by chance"),
        ("epsilon", "ε of an upload"), ("read-back", "Read back"), ("read-back-low", "Read back, low"),
        ("read-back-high", "Read back, high"), ("read-back-chance", "Read back by chance"),
        ("pushed-rank", "Median place of the pushed item"),
        ("pushed-share", "Users with the pushed item among ten"),
        ("learning-rate", "Learning rate"), ("best-epoch", "Best epoch"), ("epochs", "Epochs"), ("seconds", "Seconds"),
        ("positions-per-second", "Positions/s"),
    ]
    private static let labels = Dictionary(uniqueKeysWithValues: known.map { ($0.name, $0.label) })
    private static let places = Dictionary(uniqueKeysWithValues: known.enumerated().map { ($1.name, $0) })
    private static let headlines: Set = [
        "auc", "uauc", "accuracy", "device-accuracy", "mse", "mae", "ndcg@10", "hr@10", "recall@10",
    ]
    private static let lowerBetter: Set = [
        "logloss", "mse", "mae", "validation-mse", "excess", "loss", "oscillation", "epochs-to-base-best", "best-epoch",
        "epochs", "seconds", "member-auc", "member-tpr", "member-ratio-auc", "member-ratio-tpr", "read-back",
        "epsilon", "pushed-share", "frechet", "frechet-floor", "neighbours",
        "neighbours-floor", "generator-loss",
    ]

    private static func place(_ name: String) -> Int { places[name] ?? Int.max }

    /// `ndcg@K`, `hr@K` and `recall@K` of any depth.
    private static func ranked(_ name: String) -> String? {
        let parts = name.split(separator: "@")
        guard parts.count == 2, Int(parts[1]) != nil else { return nil }
        return switch parts[0] {
        case "ndcg", "hr": name.uppercased()
        case "recall": "Recall@\(parts[1])"
        default: nil
        }
    }
}
