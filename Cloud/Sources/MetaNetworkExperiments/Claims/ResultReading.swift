/// One reading of results: the measured values, or those of one resample.
struct ResultReading {
    let result: ExperimentResult
    let checks: [String: Bool]
    let draws: SeedDraws
    /// The resample; `nil` for the measured values.
    let resample: Int?

    /// A metric of a method.
    func metric(_ reference: MetricReference) throws(Undecided) -> Double {
        let statistic = try statistic(reference)
        guard let resample else { return try finite(statistic.mean, "metric\(reference)") }
        let (method, set, name) = (reference.method.text, reference.set.text, reference.metric.text)
        if let drawn = draws.source?.metric(method, set, name, resample: resample) {
            return try finite(drawn, "metric\(reference)")
        }
        return try finite(mean(statistic.runs, resample), "metric\(reference)")
    }

    /// The sample standard deviation of a metric over the seeds: a property of the measurement, the same in all resamples.
    func deviation(_ reference: MetricReference) throws(Undecided) -> Double {
        let statistic = try statistic(reference)
        guard statistic.runs.count > 1 else { throw Undecided("sd\(reference) needs more than one seed") }
        return try finite(statistic.sd, "sd\(reference)")
    }

    /// A cost of a method: counted, not drawn.
    func cost(_ reference: CostReference) throws(Undecided) -> Double {
        let method = try method(reference.method)
        guard let cost = method.cost[reference.name.text] else {
            throw missing(reference.name, "cost", among: method.cost.keys, of: "method '\(method.name)'")
        }
        return try finite(cost, "cost\(reference)")
    }

    /// 1 where a property holds, 0 where not.
    func check(_ name: ClaimName) throws(Undecided) -> Double {
        guard let holds = checks[name.text] else { throw missing(name, "check", among: checks.keys) }
        return holds ? 1 : 0
    }

    /// The points of a curve in order of x; those without a value are left out.
    func curve(_ reference: CurveReference) throws(Undecided) -> [(x: Double, y: Double)] {
        let curve = try storedCurve(reference)
        let points = zip(curve.points.map(\.x), try values(of: curve, reference)).map { (x: $0, y: $1) }
        return points.filter { $0.x.isFinite && $0.y.isFinite }.sorted { $0.x < $1.x }
    }

    private func values(of curve: Curve, _ reference: CurveReference) throws(Undecided) -> [Double] {
        guard let resample else { return curve.points.map(\.mean) }
        let drawn = draws.source?.curve(curve.method, curve.axis, curve.set, curve.metric, resample: resample)
        if let drawn {
            guard drawn.count == curve.points.count else { throw Undecided("\(reference) is drawn with other points") }
            return drawn
        }
        guard let runs = curve.runs, !runs.isEmpty else { return curve.points.map(\.mean) }
        let seeds = draws.seeds(resample, of: runs.count)
        return curve.points.indices.map { point in seeds.reduce(0) { $0 + runs[$1][point] } / Double(seeds.count) }
    }

    private func mean(_ runs: [Double], _ resample: Int) -> Double {
        let seeds = draws.seeds(resample, of: runs.count)
        return seeds.reduce(0) { $0 + runs[$1] } / Double(seeds.count)
    }

    private func finite(_ value: Double, _ what: String) throws(Undecided) -> Double {
        guard value.isFinite else { throw Undecided("\(what) has no finite value") }
        return value
    }
}

// MARK: Intervals

extension ResultReading {
    /// Checks that what is read varies over resamples as it would vary over new subjects or seeds.
    func checkInterval(of reference: ClaimReference) throws(Undecided) {
        switch reference {
        case .metric(let metric):
            guard try statistic(metric).runs.count > 1 else { throw Self.noInterval("metric\(metric)") }
        case .curve(let reference):
            let curve = try storedCurve(reference)
            if let runs = curve.runs, runs.count > 1 { return }
            guard result.seeds > 1 else { throw Self.noInterval("\(reference)") }
            guard draws.source?.curve(curve.method, curve.axis, curve.set, curve.metric, resample: 0) == nil else {
                return
            }
            // Without a deviation all runs were the same.
            guard curve.points.allSatisfy({ $0.sd == 0 }) else {
                throw Undecided("the single runs of \(reference) are not kept, so it has no interval")
            }
        case .deviation, .cost, .check: return
        }
    }

    private static func noInterval(_ what: String) -> Undecided {
        Undecided("\(what) has one seed, so it has no interval")
    }
}

// MARK: Look-up

extension ResultReading {
    private func method(_ name: ClaimName) throws(Undecided) -> MeasuredMethod {
        guard let method = result.method(name.text) else {
            throw missing(name, "method", among: result.methods.map(\.name))
        }
        return method
    }

    private func statistic(_ reference: MetricReference) throws(Undecided) -> Statistic {
        let method = try method(reference.method)
        guard let set = method.metrics[reference.set.text] else {
            throw missing(reference.set, "set", among: method.metrics.keys, of: "method '\(method.name)'")
        }
        guard let statistic = set[reference.metric.text] else {
            let place = "set '\(reference.set.text)' of method '\(method.name)'"
            throw missing(reference.metric, "metric", among: set.keys, of: place)
        }
        return statistic
    }

    private func storedCurve(_ reference: CurveReference) throws(Undecided) -> Curve {
        let (method, axis, set, metric) = (reference.method, reference.axis, reference.set, reference.metric)
        let found = result.curves.first {
            $0.method == method.text && $0.axis == axis.text && $0.set == set.text && $0.metric == metric.text
        }
        guard let curve = found else { throw missingCurve(reference) }
        guard !curve.points.isEmpty else { throw Undecided("\(reference) has no points") }
        guard curve.runs?.allSatisfy({ $0.count == curve.points.count }) ?? true else {
            throw Undecided("the runs of \(reference) have not as many values as it has points")
        }
        return curve
    }

    /// Tells the first name of a curve that none of those which share the names before it has.
    private func missingCurve(_ reference: CurveReference) -> Undecided {
        let names: [(String, ClaimName, (Curve) -> String)] = [
            ("method", reference.method, \.method), ("axis", reference.axis, \.axis), ("set", reference.set, \.set),
            ("metric", reference.metric, \.metric),
        ]
        var curves = result.curves
        for (kind, name, value) in names {
            let known = Set(curves.map(value))
            guard known.contains(name.text) else { return missing(name, kind, among: known, of: "the curves") }
            curves.removeAll { value($0) != name.text }
        }
        preconditionFailure("\(reference) is there")
    }

    private func missing(
        _ name: ClaimName,
        _ kind: String,
        among known: some Sequence<String>,
        of place: String? = nil
    ) -> Undecided {
        let plural = kind == "axis" ? "axes" : kind + "s"
        let hint = NearestName.hint(name.text, among: known.sorted(), plural: plural)
        let origin = if let place { " in \(place)" } else { "" }
        return Undecided("there is no \(kind) '\(name.text)'\(origin); \(hint)")
    }
}
