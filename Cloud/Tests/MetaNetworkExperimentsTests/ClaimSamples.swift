import MetaNetworkExperiments

/// Resamples given as lists.
struct ListedSource: ClaimSource {
    /// By `method/set/metric`.
    var metrics: [String: [Double]]
    /// By method; each resample has a value for each point.
    var curves: [String: [[Double]]] = [:]
    var drawn: [[Int]] = []

    var resamples: Int { metrics.values.first?.count ?? curves.values.first?.count ?? drawn.count }

    func metric(_ method: String, _ set: String, _ name: String, resample: Int) -> Double? {
        metrics["\(method)/\(set)/\(name)"]?[resample]
    }

    func curve(_ method: String, _ axis: String, _ set: String, _ metric: String, resample: Int) -> [Double]? {
        curves[method]?[resample]
    }

    func seeds(resample: Int) -> [Int]? { drawn.isEmpty ? nil : drawn[resample] }
}

extension ExperimentResult {
    /// A result on `devices` with one metric: the runs of each method, curves, and costs by method.
    static func sample(
        _ metric: String = "accuracy",
        _ runs: KeyValuePairs<String, [Double]>,
        curves: [Curve] = [],
        cost: [String: [String: Double]] = [:]
    ) -> ExperimentResult {
        ExperimentResult(
            experiment: "sample",
            data: DataSummary(name: "made up", facts: [.init("Devices", 20)]),
            split: "none",
            seeds: runs.map(\.value.count).max() ?? 1,
            sets: [MeasuredSet(name: "devices", label: "Devices", subjects: "devices", count: 20)],
            methods: runs.map { name, runs in
                MeasuredMethod(
                    Method(name: name, label: name, role: .method),
                    model: "cnn",
                    metrics: ["devices": [metric: Statistic(runs)]],
                    cost: cost[name] ?? [:]
                )
            },
            curves: curves
        )
    }
}

extension Curve {
    /// A curve of the accuracy on `devices`, or of another metric.
    static func sample(
        _ method: String,
        _ axis: String,
        _ metric: String = "accuracy",
        xs: [Double],
        _ runs: [[Double]]
    ) -> Curve {
        Curve(method: method, axis: axis, set: "devices", metric: metric, xs: xs, runs: runs)
    }
}

extension Claim {
    /// A claim without words.
    init(_ left: String, _ relation: Relation, _ right: String) {
        self.init(id: "sample", text: "", left: left, relation: relation, right: right)
    }
}
