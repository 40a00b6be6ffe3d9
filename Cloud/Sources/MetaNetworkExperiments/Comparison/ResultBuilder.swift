import MetaNetworkData
import MetaNetworkTraining

/// Joins the records of an experiment over the seeds.
struct ResultBuilder {
    private let frame: ExperimentFrame

    /// Epochs at the end of a run over which its validation is seen to swing.
    private static let lastEpochs = 10

    init(_ frame: ExperimentFrame) { self.frame = frame }

    /// What was measured.
    ///
    /// - Parameter measured: The methods, each with as many records as there are seeds; at least one.
    func result(_ measured: [MethodRecords]) throws -> ExperimentResult {
        guard let first = measured.first?.records.first else { preconditionFailure("an experiment has a record") }
        let measures = Dictionary(
            uniqueKeysWithValues: measured.map { ($0.method.name, MethodMeasures($0.records, frame.bootstrap)) }
        )
        let seedCount = measured[0].records.count
        var result = ExperimentResult(
            experiment: frame.name,
            data: first.data,
            split: first.split,
            seeds: seedCount,
            sets: first.scores.sets + [.training],
            methods: measured.map { method in
                MeasuredMethod(
                    method.method,
                    model: method.model,
                    metrics: metrics(method, base: base(of: method, in: measured)),
                    cost: cost(method)
                )
            },
            curves: measured.flatMap(curves),
            differences: differences(measured, measures),
            settings: frame.settings,
            command: frame.command
        )
        result.data.source = frame.source
        let source = ExperimentSamples(bootstrap: frame.bootstrap, seedCount: seedCount, methods: measures)
        result.claims = try ClaimEvaluator(result, source: source).evaluate(
            frame.claims ?? ComparisonClaims(result).claims
        )
        return result
    }

    /// The base of a method's model; of a model without one the first base. `nil` where there is none, and of bases themselves.
    private func base(of method: MethodRecords, in measured: [MethodRecords]) -> MethodRecords? {
        guard method.method.role != .base else { return nil }
        let bases = measured.filter { $0.method.role == .base }
        return bases.first { $0.model == method.model } ?? bases.first
    }

    /// Every method against its base first, then against the controls and baselines beside it.
    private func differences(_ measured: [MethodRecords], _ measures: [String: MethodMeasures]) -> [Difference] {
        func known(_ method: MethodRecords) -> MethodMeasures {
            guard let found = measures[method.method.name] else { preconditionFailure("every method is measured") }
            return found
        }
        return measured.flatMap { method -> [Difference] in
            guard let base = base(of: method, in: measured) else { return [] }
            var others = [base]
            if method.method.role == .method {
                others += measured.filter {
                    $0.model == method.model && [.control, .baseline].contains($0.method.role)
                }
            }
            return others.flatMap { other in
                MethodDifference(known(method), known(other)).differences(
                    method.method.name,
                    against: other.method.name,
                    null: known(other).null
                )
            }
        }
    }

    private func metrics(_ method: MethodRecords, base: MethodRecords?) -> [String: [String: Statistic]] {
        var metrics: [String: [String: Statistic]] = [:]
        let runs = method.records.map { $0.run.metrics.merging($0.scores.parts) { $1 } }
        for (set, names) in runs[0] {
            for name in names.keys { metrics[set, default: [:]][name] = Statistic(runs.compactMap { $0[set]?[name] }) }
        }
        // What was not trained swings in no epoch.
        guard method.records.allSatisfy({ !$0.run.curve.isEmpty }) else { return metrics }
        let training = MeasuredSet.training.name
        let swings = method.records.compactMap { record -> Double? in
            // Of differences between epochs, so that a metric that still rises is not taken for one that swings.
            let last = record.run.curve.suffix(Self.lastEpochs + 1).map(\.validation)
            return last.count < 3 ? nil : Statistic(zip(last.dropFirst(), last).map(-)).sd / 2.0.squareRoot()
        }
        if !swings.isEmpty { metrics[training, default: [:]]["oscillation"] = Statistic(swings) }
        if let base {
            let epochs = zip(method.records, base.records).compactMap { Self.epochsToBest($0.run, $1.run) }
            if !epochs.isEmpty { metrics[training, default: [:]]["epochs-to-base-best"] = Statistic(epochs) }
        }
        return metrics
    }

    /// First epoch whose validation reaches the best of the base with the same seed; `nil` where none does.
    private static func epochsToBest(_ run: Run, _ base: Run) -> Double? {
        guard let best = base.curve.map(\.validation).max() else { return nil }
        return run.curve.first { $0.validation >= best }.map { Double($0.epoch) }
    }

    /// Each cost that every run counted, mean over the seeds.
    private func cost(_ method: MethodRecords) -> [String: Double] {
        let runs = method.records.map(\.run.cost)
        return runs[0].keys.reduce(into: [:]) { cost, name in
            let values = runs.compactMap { $0[name] }
            if values.count == runs.count { cost[name] = Statistic(values).mean }
        }
    }

    /// Validation and training loss over the epochs, as far as every seed went; of devices that learned together over rounds, seconds and
    /// bytes.
    private func curves(_ method: MethodRecords) -> [Curve] {
        let rounds = method.records.compactMap(\.run.rounds)
        if rounds.count == method.records.count { return RecordedRounds.curves(method.method.name, rounds) }
        // Where only some seeds go on, the mean would jump with the seeds that drop out.
        guard let shared = method.records.map(\.run.curve.count).min(), shared > 0 else { return [] }
        func curve(_ set: String, _ metric: String, _ value: (EpochPoint) -> Double) -> Curve {
            Curve(
                method: method.method.name,
                axis: "epoch",
                set: set,
                metric: metric,
                xs: (0..<shared).map { Double($0 + 1) },
                runs: method.records.map { $0.run.curve.prefix(shared).map(value) }
            )
        }
        let loss = curve(MeasuredSet.training.name, "loss", \.loss)
        guard let metric = method.records[0].run.validation else { return [loss] }
        return [curve("validation", metric, \.validation), loss]
    }
}

/// What a result says of its experiment beside what was measured.
struct ExperimentFrame {
    let name: String
    /// Where the data come from, in words.
    let source: String?
    /// What is claimed; `nil` for what a comparison is always asked.
    let claims: [Claim]?
    let bootstrap: PairedBootstrap
    let settings: [String: String]
    let command: String
}

/// The records of one method, an entry a seed.
struct MethodRecords {
    let method: Method
    /// What reports group by: the model, or that of the base that it is compared with.
    let model: String
    let records: [ExperimentRecord]
}
