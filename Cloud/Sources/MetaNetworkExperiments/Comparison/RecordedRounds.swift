import MetaNetworkFederated

/// The measurements of a federated run as records keep them: a column each.
public struct RecordedRounds: Codable, Sendable {
    private var columns: [String: PackedValues]

    /// The axes of curves: the models made, the simulated seconds, and the bytes sent in both directions.
    private static let axes: [(name: String, value: @Sendable (FederatedPoint) -> Double)] = [
        ("round", { Double($0.version) }), ("seconds", \.seconds),
        ("bytes", { Double($0.bytesUp) + Double($0.bytesDown) }),
    ]
    /// What curves show where devices learn by themselves: the set, the metric and its value.
    private static let measures: [(set: String, metric: String, value: @Sendable (FederatedPoint) -> Double?)] = [
        (FederatedSource.measuredSet, "accuracy", { $0.metrics["accuracy"] }),
        (FederatedSource.measuredSet, "ndcg@10", { $0.metrics["ndcg@10"] }),
        (FederatedSource.measuredSet, "hr@10", { $0.metrics["hr@10"] }),
        (FederatedSource.measuredSet, "logloss", { $0.metrics["logloss"] }),
        (FederatedSource.measuredSet, "mse", { $0.metrics["mse"] }),
        (FederatedSource.measuredSet, "mae", { $0.metrics["mae"] }),
        (MeasuredSet.training.name, "loss", { $0.trainingLoss }),
    ]

    /// The curves that there are, each where its column is: those of ``measures``, the errors of runs whose devices share rows, and what
    /// generated images are worth.
    private static let shown: [(set: String, metric: String)] = [
        (FederatedSource.measuredSet, "accuracy"), (FederatedSource.measuredSet, "ndcg@10"),
        (FederatedSource.measuredSet, "hr@10"), (FederatedSource.measuredSet, "logloss"),
        (FederatedSource.measuredSet, "excess"), (FederatedSource.measuredSet, "mse"),
        (FederatedSource.measuredSet, "mae"),
        (FederatedSource.measuredSet, "frechet"), (FederatedSource.measuredSet, "neighbours"),
        (FederatedSource.measuredSet, "covered"),
        (MeasuredSet.training.name, "loss"), (MeasuredSet.training.name, "generator-loss"),
    ]

    package init(_ points: [FederatedPoint]) {
        var columns: [String: PackedValues] = [:]
        for axis in Self.axes { columns[axis.name] = PackedValues(points.map(axis.value)) }
        for measure in Self.measures {
            let values = points.compactMap(measure.value)
            if values.count == points.count { columns[Self.name(measure.set, measure.metric)] = PackedValues(values) }
        }
        self.columns = columns
    }

    private static func name(_ set: String, _ metric: String) -> String { "\(set) \(metric)" }

    private func column(_ name: String) -> [Double]? { columns[name]?.values }

    /// Of a run whose devices share rows.
    package init(_ points: [CodedPoint]) {
        func column(_ value: (CodedPoint) -> Double) -> PackedValues { PackedValues(points.map(value)) }
        columns = [
            "round": column { Double($0.version) }, "seconds": column(\.seconds),
            "bytes": column { Double($0.bytesUp) + Double($0.bytesDown) + Double($0.bytesBetween) },
            Self.name(FederatedSource.measuredSet, "mse"): column(\.error),
            Self.name(FederatedSource.measuredSet, "excess"): column(\.excess),
            Self.name(MeasuredSet.training.name, "loss"): column(\.trainingError),
        ]
        if points.allSatisfy({ $0.accuracy != nil }) {
            columns[Self.name(FederatedSource.measuredSet, "accuracy")] = column { $0.accuracy ?? 0 }
        }
    }

    /// Of a run that generates images.
    package init(_ points: [SplitPoint]) {
        func column(_ value: (SplitPoint) -> Double) -> PackedValues { PackedValues(points.map(value)) }
        columns = [
            "round": column { Double($0.version) }, "seconds": column(\.seconds),
            "bytes": column { Double($0.bytesUp) + Double($0.bytesDown) + Double($0.bytesBetween) },
            Self.name(FederatedSource.measuredSet, "frechet"): column(\.quality.frechet),
            Self.name(FederatedSource.measuredSet, "neighbours"): column(\.quality.neighbours),
            Self.name(FederatedSource.measuredSet, "covered"): column { Double($0.quality.covered) },
            Self.name(MeasuredSet.training.name, "loss"): column(\.loss),
            Self.name(MeasuredSet.training.name, "generator-loss"): column(\.generatorLoss),
        ]
    }

    // MARK: Curves

    /// Places on an axis whose points differ from seed to seed.
    private static let places = 200

    /// The curves of a method.
    ///
    /// The seeds of a run of rounds are measured after the same models. Seconds and bytes differ, so there each seed is read at the same
    /// places: what was last measured until then, as far as every seed went.
    ///
    /// - Parameter seeds: An entry a seed; at least one.
    package static func curves(_ method: String, _ seeds: [RecordedRounds]) -> [Curve] {
        axes.flatMap { axis in
            let own = seeds.compactMap { $0.column(axis.name) }
            let xs = places(own)
            return shown.compactMap { measure -> Curve? in
                let columns = seeds.compactMap { $0.column(name(measure.set, measure.metric)) }
                guard columns.count == seeds.count else { return nil }
                let runs = zip(columns, own).map { read($0, at: xs, of: $1) }
                return Curve(
                    method: method,
                    axis: axis.name,
                    set: measure.set,
                    metric: measure.metric,
                    xs: xs,
                    runs: runs
                )
            }
        }
    }

    private static func places(_ axes: [[Double]]) -> [Double] {
        let last = axes.compactMap(\.last).min() ?? 0
        let shared = axes[0].filter { $0 <= last }
        if axes.allSatisfy({ $0.filter { $0 <= last } == shared }) { return shared }
        return (0...places).map { last * Double($0) / Double(places) }
    }

    /// The last value until each place; places ascend, and none is before the first value.
    private static func read(_ values: [Double], at places: [Double], of axis: [Double]) -> [Double] {
        var next = 1
        return places.map { place in
            while next < axis.count, axis[next] <= place { next += 1 }
            return values[next - 1]
        }
    }
}
