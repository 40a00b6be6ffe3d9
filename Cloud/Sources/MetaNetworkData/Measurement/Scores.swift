import MetaNetwork

/// What a model scored on held-out data: metrics by set, each a value by subject (user or device).
public struct Scores: Sendable {
    /// Whom intervals are drawn over, in the plural: `users`, `devices` or, of a stream, `batches` or `wearers`.
    public let subjects: String
    /// Indices of the subjects that were measured, as ``Metrics`` counts them.
    public let indices: [Int]
    /// The sets in the order of reports; the first is the main one, by whose metric subjects gain and lose.
    public let sets: [MetricSet]
    /// Parts of the data that are reported apart; `nil` where the data has none.
    public let breakdown: Breakdown?
    /// The parts of ``breakdown``; none where it is `nil`.
    public var parts: [Part] { if let breakdown { breakdown.parts } else { [] } }

    /// Metrics on one set.
    public struct MetricSet: Sendable {
        /// For example `sampled`.
        public let name: String
        /// For example `99 sampled negatives`.
        public let label: String
        /// The metrics.
        public let metrics: Metrics

        init(_ name: String, _ label: String, _ metrics: Metrics) {
            (self.name, self.label, self.metrics) = (name, label, metrics)
        }
    }

    /// A division of the data.
    public struct Breakdown: Sendable {
        /// For example `By shift and severity`.
        public let title: String
        /// The parts, in order.
        public let parts: [Part]
    }

    /// One part of a ``Breakdown``.
    public struct Part: Sendable {
        /// For example `rotation 3`.
        public let name: String
        /// Subjects, or positions, in it.
        public let count: Int
        /// Its metrics.
        public let values: [String: Double]
        /// Its subjects, over whom the main set's metrics can be drawn again; `nil` where it does not consist of subjects.
        public let subjects: [Int]?
    }

    /// Every metric by set and name.
    public var values: [String: [String: Double]] {
        Dictionary(uniqueKeysWithValues: sets.map { ($0.name, $0.metrics.values) })
    }
}

extension Scores {
    /// Lengths of history by which the AUC is reported.
    private static let historyGroups = [1...10, 11...20, 21...50, 51...100, 101...200, 201...Int(Int32.max)]

    /// The scores of a ranking.
    ///
    /// - Parameters:
    ///   - sampled: Of the stored candidates.
    ///   - full: Ranks in the full catalogue; `nil` where they were not taken.
    /// - Throws: ``DataError`` where a score is infinite or NaN.
    public init(_ sampled: RankedScores, full: FullRanks?) throws(DataError) {
        subjects = "users"
        indices = Set(sampled.users).map(Int.init).sorted()
        let negatives = MetricSet("sampled", "\(sampled.candidatesPerRow - 1) sampled negatives", try Metrics(sampled))
        var sets = [negatives]
        if let full { sets.append(MetricSet("full", "full catalogue", Metrics(full))) }
        self.sets = sets
        let areas = try sampled.areaUnderCurve(historyLengths: Self.historyGroups)
        let longest = Int(sampled.historyLengths.reduce(0, max))
        breakdown = Breakdown(
            title: "By length of history",
            parts: zip(Self.historyGroups, areas).compactMap { group, area in
                area.map { count, value in
                    let last = min(group.upperBound, longest)
                    let lengths = group.lowerBound == last ? "\(last)" : "\(group.lowerBound)\u{2013}\(last)"
                    return Part(name: "history \(lengths)", count: count, values: ["auc": value], subjects: nil)
                }
            }
        )
    }

    /// The scores of several rankings of the same lists, a set each, without a division of the data.
    ///
    /// - Parameter rankings: One or more, the main one first.
    /// - Throws: ``DataError`` where a score is infinite or NaN.
    package init(_ rankings: [(name: String, label: String, scores: RankedScores)]) throws(DataError) {
        guard let main = rankings.first else { preconditionFailure("scores are of a set at least") }
        var sets: [MetricSet] = []
        for ranking in rankings { sets.append(MetricSet(ranking.name, ranking.label, try Metrics(ranking.scores))) }
        subjects = "users"
        indices = Set(main.scores.users).map(Int.init).sorted()
        self.sets = sets
        breakdown = nil
    }

    /// The scores of a ranking of the full catalogue alone.
    ///
    /// - Parameters:
    ///   - name: Name of the set.
    ///   - label: What reports call it.
    package init(ranks: FullRanks, named name: String, _ label: String) {
        subjects = "users"
        indices = Set(ranks.users).map(Int.init).sorted()
        sets = [MetricSet(name, label, Metrics(ranks))]
        breakdown = nil
    }

    /// The same with the ranks of generated weights of some ages, a set each.
    package func adding(_ aged: [(age: Int, ranks: FullRanks)]) -> Scores {
        adding(aged.map { Self.agedSet($0.age, Metrics($0.ranks)) })
    }

    /// The same with the full catalogue's metrics once more for each age, of what does not age.
    package func repeatingFull(ages: [Int]) -> Scores {
        guard let full = sets.first(where: { $0.name == "full" }) else { return self }
        return adding(ages.map { Self.agedSet($0, full.metrics) })
    }

    private static func agedSet(_ age: Int, _ metrics: Metrics) -> MetricSet {
        MetricSet("age-\(age)", "full catalogue, weights of age \(age)", metrics)
    }

    /// The same with a set of how well a device's inputs of a class are found by it.
    ///
    /// - Parameter scores: The classes of the same devices.
    package func addingRetrieval(_ scores: EpisodeScores) -> Scores {
        adding([MetricSet(Self.retrievalSet, "inputs found by their class", Metrics(retrieval: scores))])
    }

    /// Name of the set of retrieval.
    package static let retrievalSet = "retrieval"

    private func adding(_ others: [MetricSet]) -> Scores {
        Scores(subjects: subjects, indices: indices, sets: sets + others, breakdown: breakdown)
    }

    /// The scores of several answers, a set each.
    ///
    /// - Parameters:
    ///   - answers: One or more, the main one first; of the same devices.
    ///   - subjects: What a device of the episodes is, in the plural.
    ///   - title: The title under which the main one's groups are reported; `nil` where they are not.
    package init(
        _ answers: [(name: String, label: String, scores: EpisodeScores)],
        subjects: String = "devices",
        groupsAs title: String? = nil
    ) {
        guard let main = answers.first else { preconditionFailure("scores are of a set at least") }
        let groups = main.scores.groups
        self.subjects = subjects
        indices = groups.flatMap(\.devices)
        sets = answers.map { MetricSet($0.name, $0.label, Metrics($0.scores)) }
        breakdown = title.flatMap { [sets] in Breakdown($0, groups, sets[0].metrics) }
    }

    /// The scores of episodes; of several values to predict, such as the steps of a forecast, each apart too.
    ///
    /// - Parameters:
    ///   - scores: The model's.
    ///   - naive: Forecasts of the same that nobody learned, a set each; the inputs of the episodes are windows then.
    public init(_ scores: EpisodeScores, beside naive: [NaiveForecast] = []) {
        let others = naive.map { forecast in
            let outputs = scores.episodes.flatMap { episode in
                episode.query.flatMap { forecast.values(after: $0[...], horizon: scores.description.names.count) }
            }
            let own = EpisodeScores(episodes: scores.episodes, outputs: outputs, description: scores.description)
            return (forecast.words.name, forecast.words.label, own)
        }
        let main = Scores([("devices", "held-out devices", scores)] + others, groupsAs: "By shift and severity")
        self.init(
            subjects: main.subjects,
            indices: main.indices,
            sets: main.sets,
            breakdown: main.breakdown ?? Breakdown(ofValues: scores)
        )
    }

}

extension Scores.Breakdown {
    /// A part for each group; `nil` where there are not two.
    fileprivate init?(_ title: String, _ groups: [(name: String, devices: [Int])], _ metrics: Metrics) {
        guard groups.count > 1 else { return nil }
        self.title = title
        parts = groups.map {
            Scores.Part(
                name: $0.name,
                count: $0.devices.count,
                values: metrics.values(of: $0.devices),
                subjects: $0.devices
            )
        }
    }

    /// Values that are reported apart at most; of more, some that are spread over them.
    private static let mostValues = 12

    /// A part for each value to predict; `nil` of classes, and of one value.
    fileprivate init?(ofValues scores: EpisodeScores) {
        let names = scores.description.names
        guard scores.description.kind == .regression, names.count > 1 else { return nil }
        let errors = scores.errorsByValue
        let shown = min(names.count, Self.mostValues)
        title = "By value"
        parts = (0..<shown).map { number in
            let place = (number + 1) * names.count / shown - 1
            return Scores.Part(
                name: names[place],
                count: errors.count,
                values: ["mse": errors.squared[place], "mae": errors.absolute[place]],
                subjects: nil
            )
        }
    }
}
