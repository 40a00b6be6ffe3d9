import MetaNetworkExperiments

/// Made-up results: the values mean nothing.
enum Made {
    /// Methods of one model in the order of their places; the control stays near 0, the others reach ever more of a change.
    static let methods: [(name: String, label: String, role: Method.Role)] = [
        ("none", "base", .base), ("wide", "wide (control)", .control), ("plain", "plain", .method),
        ("residual", "residual", .method), ("stabilized", "stabilized", .method),
    ]

    /// A comparison of rankers.
    ///
    /// - Parameters:
    ///   - changes: For each model, the change of its last method.
    ///   - seeds: Number of seeds.
    ///   - more: Methods after those of ``methods``.
    static func ranking(changes: [String: Double], seeds: Int = 3, more: [String] = []) -> ExperimentResult {
        let methods = methods + more.map { ($0, $0, .method) }
        var result = ExperimentResult(
            experiment: "compare",
            data: DataSummary(
                name: "made",
                sha256: String(repeating: "0a", count: 32),
                facts: [.init("Users", 943), .init("Items", 1152), .init("Interactions", 97_953)]
            ),
            split: "last interaction of each user held out",
            seeds: seeds,
            sets: [
                MeasuredSet(name: "sampled", label: "99 sampled negatives", subjects: "users", count: 943),
                MeasuredSet(name: "full", label: "Full catalogue", subjects: "users", count: 943),
                MeasuredSet(name: "history 1", label: "1\u{2013}9", count: 120, breakdown: "By length of history"),
                MeasuredSet(name: "history 2", label: "10\u{2013}49", count: 823, breakdown: "By length of history"),
                .training,
            ],
            methods: [],
            settings: ["window": "10", "batch": "512", "seed": "1"],
            command: "metanetwork compare made --window 10"
        )
        for (model, change) in changes.sorted(by: { $0.key < $1.key }) {
            for (place, method) in methods.enumerated() {
                let name = "\(model)/\(method.name)"
                let share = method.role == .control ? 0.1 : 1 - 0.1 * Double(methods.count - 1 - place)
                let difference = method.role == .base ? nil : change * share
                add(name, method.label, method.role, model, difference, to: &result)
            }
        }
        return result
    }

    private static func add(
        _ name: String,
        _ label: String,
        _ role: Method.Role,
        _ model: String,
        _ change: Double?,
        to result: inout ExperimentResult
    ) {
        func runs(_ mean: Double) -> Statistic {
            let value = mean + (change ?? 0)
            return Statistic((0..<result.seeds).map { value + 0.001 * Double($0) })
        }
        let cutoffs = ["ndcg", "hr"].flatMap { metric in [5, 10, 20].map { "\(metric)@\($0)" } }
        let ranked = Dictionary(uniqueKeysWithValues: cutoffs.map { ($0, runs(0.4)) })
        let whole = ["auc": runs(0.8), "uauc": runs(0.79), "logloss": runs(0.31)]
        let training = [
            "oscillation": Statistic([0.0012]), "epochs": Statistic([12, 13]), "best-epoch": Statistic([8, 9.5]),
            "seconds": Statistic([20 + 100 * abs(change ?? 0)]), "positions-per-second": Statistic([123_456.7]),
        ]
        result.methods.append(
            MeasuredMethod(
                Method(name: name, label: label, role: role),
                model: model,
                metrics: [
                    "sampled": ranked.merging(whole) { $1 }, "full": ranked, "history 1": ["auc": runs(0.75)],
                    "history 2": ["auc": runs(0.82)], "training": training,
                ]
            )
        )
        let points = (1...12).map { epoch in
            let rise = 1 - 1 / Double(epoch + 1)
            return Curve.Point(x: Double(epoch), mean: 0.6 + (0.2 + (change ?? 0)) * rise, sd: 0.004)
        }
        result.curves.append(Curve(method: name, axis: "epoch", set: "validation", metric: "auc", points: points))
        guard let change else { return }
        let base = "\(model)/none"
        result.differences += ["auc", "uauc", "logloss", "ndcg@10", "hr@10"].map {
            difference(name, base, "sampled", $0, change, changes: $0 == "uauc" ? spread(change) : nil)
        }
        result.differences += ["ndcg@10", "hr@10"].map { difference(name, base, "full", $0, change / 2) }
    }

    /// A comparison of episodic models with a breakdown by group.
    static func episodes() -> ExperimentResult {
        let groups = ["rotation", "contrast"].flatMap { kind in (1...5).map { "\(kind) \($0)" } }
        let methods = [
            Method(name: "none", label: "base", role: .base),
            Method(name: "residual", label: "residual", role: .method),
            Method(name: "stabilized", label: "stabilized", role: .method),
        ]
        return ExperimentResult(
            experiment: "compare",
            data: DataSummary(name: "digits", facts: [.init("Test devices", 60), .init("Test inputs", 1080)]),
            split: "devices that training never saw",
            seeds: 2,
            sets: [MeasuredSet(name: "devices", label: "Held-out devices", subjects: "devices", count: 60)]
                + groups.map { MeasuredSet(name: $0, label: $0, count: 6, breakdown: "By shift and severity") },
            methods: methods.enumerated().map { place, method in
                let gain = 0.03 * Double(place)
                let parts = groups.enumerated().map { index, group in
                    (group, ["accuracy": Statistic([0.9 - 0.03 * Double(index % 5) + gain, 0.89 + gain])])
                }
                let whole = [
                    "accuracy": Statistic([0.85 + gain, 0.86 + gain]), "logloss": Statistic([0.5 - gain, 0.52 - gain]),
                ]
                return MeasuredMethod(
                    method,
                    model: "cnn",
                    metrics: Dictionary(uniqueKeysWithValues: parts + [("devices", whole)])
                )
            },
            differences: methods.dropFirst().enumerated().flatMap { place, method in
                let gain = 0.03 * Double(place + 1)
                return [
                    difference(method.name, "none", "devices", "accuracy", gain, changes: spread(gain)),
                    difference(method.name, "none", "devices", "logloss", -gain),
                ] + groups.map { difference(method.name, "none", $0, "accuracy", gain - 0.02, reach: 0.015) }
            }
        )
    }

    /// A simulation: the methods are refresh policies with costs.
    static func simulation() -> ExperimentResult {
        let policies: [(name: String, role: Method.Role, refreshes: Double, gain: Double)] = [
            ("never", .base, 0, 0), ("every-1", .method, 24.3, 0.021), ("every-5", .method, 5.1, 0.017),
            ("drift-0.2", .method, 8.4, 0.020), ("interval-3600", .method, 2.2, 0.009),
        ]
        return ExperimentResult(
            experiment: "simulate",
            data: DataSummary(name: "made", facts: [.init("Devices", 50), .init("Rankings", 1210)]),
            split: "held-out interactions in order of time",
            seeds: 1,
            sets: [MeasuredSet(name: "sampled", label: "99 sampled negatives", subjects: "users", count: 50)],
            methods: policies.map { policy in
                MeasuredMethod(
                    Method(name: policy.name, label: policy.name, role: policy.role),
                    model: "sasrec",
                    metrics: [
                        "sampled": ["auc": Statistic([0.8 + policy.gain]), "ndcg@10": Statistic([0.4 + policy.gain])]
                    ],
                    cost: [
                        "requests": 51 * policy.refreshes, "refreshes": policy.refreshes,
                        "bytesUp": 130 * policy.refreshes,
                        "bytesDown": 4321 * policy.refreshes, "fileBytes": 1_234_567,
                        "latencyMilliseconds": 3.25 + policy.gain, "latencyP99Milliseconds": 9.5,
                    ]
                )
            },
            curves: policies.dropFirst().map { policy in
                let points = [0.0, 2, 7, 14, 20].map { Curve.Point(x: $0, mean: policy.gain - $0 / 2000, sd: 0) }
                return Curve(method: policy.name, axis: "age", set: "sampled", metric: "auc", points: points)
            },
            differences: policies.dropFirst().flatMap { policy in
                ["auc", "ndcg@10"].map {
                    difference(
                        policy.name,
                        "never",
                        "sampled",
                        $0,
                        policy.gain,
                        changes: $0 == "auc" ? spread(policy.gain) : nil
                    )
                }
            },
            claims: claims,
            command: "metanetwork simulate made --policies every-1,every-5,drift-0.2,interval-3600"
        )
    }

    /// One claim of each outcome.
    static let claims = [
        ClaimResult(
            id: "gain",
            text: "Asking at every fifth sample is worth it",
            left: "metric(every-5, sampled, auc) - metric(never, sampled, auc)",
            relation: ">",
            right: "0",
            value: 0.017,
            low: 0.012,
            high: 0.022,
            bound: 0,
            holds: true,
            reason: "the whole interval lies above 0"
        ),
        ClaimResult(
            id: "cheap",
            text: "Asking on drift needs at most a fifth of the bytes",
            left: "cost(drift-0.2, bytesDown) / cost(every-1, bytesDown)",
            relation: "<=",
            right: "0.2",
            value: 0.3457,
            low: 0.31,
            high: 0.38,
            bound: 0.2,
            holds: false,
            reason: "the whole interval lies above 0.2"
        ),
        ClaimResult(
            id: "watch",
            text: "The same holds on the watch",
            left: "metric(every-5, watch, accuracy)",
            relation: ">=",
            right: "metric(never, watch, accuracy)",
            reason: "the data is not there"
        ),
    ]

    /// A difference with an interval about it.
    static func difference(
        _ method: String,
        _ against: String,
        _ set: String,
        _ metric: String,
        _ mean: Double,
        reach: Double = 0.002,
        changes: [Double]? = nil
    ) -> Difference {
        Difference(
            method: method,
            against: against,
            set: set,
            metric: metric,
            mean: mean,
            low: mean - reach,
            high: mean + reach,
            changes: changes
        )
    }

    /// Changes of 90 subjects about a mean, and of 10 without any.
    private static func spread(_ mean: Double) -> [Double] {
        (0..<90).map { mean + 0.04 * (Double($0 * 37 % 90) / 45 - 1) } + [Double](repeating: 0, count: 10)
    }
}
