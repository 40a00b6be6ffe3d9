import MetaNetworkData

/// Joins the runs of one model and variant over the seeds.
struct ComparisonSummarizer {
    let bootstrap: PairedBootstrap

    /// Lengths of history by which the AUC is reported.
    private static let historyGroups = [1...10, 11...20, 21...50, 51...100, 101...200, 201...Int(Int32.max)]

    /// - Parameters:
    ///   - runs: One entry a seed.
    ///   - base: The base model's runs in the same order of the seeds; `nil` where these are the base's.
    func summary(_ runs: [ComparisonMeasurement], base: [ComparisonMeasurement]?) throws -> Comparison.Summary {
        guard let first = runs.first else { throw TrainingError.badSetting("a comparison needs at least one seed") }
        let users = first.users
        let oscillations = runs.map { Self.deviation($0.run.curve.suffix(10).map(\.validation)) }
        return Comparison.Summary(
            model: first.run.model,
            generator: first.run.generator,
            seeds: runs.count,
            sampled: statistics(runs, base, of: \.sampled, users: users) ?? [:],
            full: statistics(runs, base, of: \.full, users: users) ?? [:],
            devices: statistics(runs, base, of: \.devices, users: users),
            oscillation: Self.mean(oscillations),
            epochsToBaseBest: base.flatMap { Self.epochsToBest(runs, $0) },
            users: base.map { userChange(runs, $0, users: users) },
            byHistory: try byHistory(runs),
            groups: groups(runs, base)
        )
    }

    private func groups(
        _ runs: [ComparisonMeasurement],
        _ base: [ComparisonMeasurement]?
    ) -> [Comparison.DeviceGroup]? {
        guard let first = runs.first, let name = first.devices?.names.first, first.groups.count > 1 else { return nil }
        return first.groups.compactMap { group in
            statistics(runs, base, of: \.devices, users: group.devices)?[name].map {
                Comparison.DeviceGroup(name: group.name, devices: group.devices.count, value: $0)
            }
        }
    }

    /// Statistics over the given users or devices; `nil` where the runs have no such metrics.
    private func statistics(
        _ runs: [ComparisonMeasurement],
        _ base: [ComparisonMeasurement]?,
        of set: KeyPath<ComparisonMeasurement, Metrics?>,
        users: [Int]
    ) -> [String: Comparison.Statistic]? {
        let metrics = runs.compactMap { $0[keyPath: set] }
        let base = base?.compactMap { $0[keyPath: set] }
        guard !metrics.isEmpty else { return nil }
        let values = metrics.map { $0.values(of: users) }
        let baseValues = base?.map { $0.values(of: users) }
        let intervals = base.map { bootstrap.intervals(metrics, against: $0, users: users) } ?? [:]
        var result: [String: Comparison.Statistic] = [:]
        for name in metrics.first?.names ?? [] {
            let column = values.compactMap { $0[name] }
            let difference = baseValues.map { Self.mean(column) - Self.mean($0.compactMap { $0[name] }) }
            result[name] = Comparison.Statistic(
                mean: Self.mean(column),
                standardDeviation: Self.deviation(column),
                difference: difference,
                interval: intervals[name].map { Comparison.Interval(lower: $0.lower, upper: $0.upper) }
            )
        }
        return result
    }

    private func userChange(
        _ runs: [ComparisonMeasurement],
        _ base: [ComparisonMeasurement],
        users: [Int]
    ) -> Comparison.UserChange {
        let changes = users.map { user in
            Self.mean(zip(runs, base).map { ($0.main?.byUser[user] ?? 0) - ($1.main?.byUser[user] ?? 0) })
        }
        let (gains, losses) = (changes.filter { $0 > 0 }, changes.filter { $0 < 0 })
        return Comparison.UserChange(
            gained: gains.count,
            lost: losses.count,
            unchanged: changes.count - gains.count - losses.count,
            meanGain: gains.isEmpty ? 0 : Self.mean(gains),
            meanLoss: losses.isEmpty ? 0 : -Self.mean(losses),
            changes: changes
        )
    }

    private func byHistory(_ runs: [ComparisonMeasurement]) throws -> [Comparison.HistoryGroup] {
        let groups = Self.historyGroups
        let scores = runs.compactMap(\.scores)
        guard !scores.isEmpty else { return [] }
        let areas = try scores.map { try $0.areaUnderCurve(historyLengths: groups) }
        let longest = Int(scores.first?.historyLengths.max() ?? 0)
        return groups.indices.compactMap { group in
            let measured = areas.compactMap { $0[group] }
            guard let positions = measured.first?.0 else { return nil }
            return Comparison.HistoryGroup(
                shortest: groups[group].lowerBound,
                longest: min(groups[group].upperBound, longest),
                positions: positions,
                auc: Self.mean(measured.map(\.1))
            )
        }
    }

    private static func epochsToBest(_ runs: [ComparisonMeasurement], _ base: [ComparisonMeasurement]) -> Double? {
        let epochs = zip(runs, base).compactMap { run, base -> Double? in
            guard let best = base.run.curve.map(\.validation).max() else { return nil }
            return run.run.curve.first { $0.validation >= best }.map { Double($0.epoch) }
        }
        return epochs.isEmpty ? nil : mean(epochs)
    }

    private static func mean(_ values: [Double]) -> Double {
        values.reduce(0, +) / Double(values.count)
    }

    /// Sample standard deviation; 0 for one value.
    private static func deviation(_ values: [Double]) -> Double {
        guard values.count > 1 else { return 0 }
        let mean = mean(values)
        return (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count - 1)).squareRoot()
    }
}

extension ComparisonMeasurement {
    /// Indices of the users, or of the devices, that were measured.
    fileprivate var users: [Int] {
        if let scores { return Set(scores.users).map(Int.init).sorted() }
        return groups.flatMap(\.devices)
    }
}
