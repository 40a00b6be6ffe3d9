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
    private static let measures: [(set: String, metric: String, value: @Sendable (FederatedPoint) -> Double)] = [
        ("test", "accuracy", \.accuracy), ("test", "logloss", \.loss),
        (MeasuredSet.training.name, "loss", \.trainingLoss),
    ]

    /// The curves that there are, each where its column is: those of ``measures``, and the errors of runs whose devices share rows.
    private static let shown: [(set: String, metric: String)] = [
        ("test", "accuracy"), ("test", "logloss"), ("test", "excess"), ("test", "mse"),
        (MeasuredSet.training.name, "loss"),
    ]

    package init(_ points: [FederatedPoint]) {
        var columns: [String: PackedValues] = [:]
        for axis in Self.axes { columns[axis.name] = PackedValues(points.map(axis.value)) }
        for measure in Self.measures {
            columns["\(measure.set) \(measure.metric)"] = PackedValues(points.map(measure.value))
        }
        self.columns = columns
    }

    /// Of a run whose devices share rows.
    package init(_ points: [CodedPoint]) {
        func column(_ value: (CodedPoint) -> Double) -> PackedValues { PackedValues(points.map(value)) }
        columns = [
            "round": column { Double($0.version) }, "seconds": column(\.seconds),
            "bytes": column { Double($0.bytesUp) + Double($0.bytesDown) + Double($0.bytesBetween) },
            "test mse": column(\.error), "test excess": column(\.excess),
            "\(MeasuredSet.training.name) loss": column(\.trainingError),
        ]
        if points.allSatisfy({ $0.accuracy != nil }) { columns["test accuracy"] = column { $0.accuracy ?? 0 } }
    }

    private func column(_ name: String) -> [Double] {
        guard let column = columns[name] else { return [] }
        return column.values
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
            let own = seeds.map { $0.column(axis.name) }
            let xs = places(own)
            return shown.filter { seeds[0].columns["\($0.set) \($0.metric)"] != nil }.map { measure in
                let runs = zip(seeds, own).map { seed, own in
                    read(seed.column("\(measure.set) \(measure.metric)"), at: xs, of: own)
                }
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
