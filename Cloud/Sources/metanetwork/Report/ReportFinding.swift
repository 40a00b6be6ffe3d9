import MetaNetworkTraining

/// The finding in words, computed from the numbers.
///
/// It rests on the AUC on the sampled candidates. A difference counts only if its whole interval lies on one side of 0.
struct ReportFinding: Sendable {
    private let models: [ModelFinding]
    private let seeds: Int
    private let numbers: NumberText

    /// Finds the best generator of each model.
    init(_ comparison: Comparison, numbers: NumberText = .typographic) {
        let grouped = ComparisonModels(comparison)
        models = grouped.names.map { ModelFinding(name: $0, summaries: grouped.summaries(of: $0)) }
        seeds = comparison.summary.map(\.seeds).max() ?? 0
        self.numbers = numbers
    }

    /// The finding, one sentence.
    var sentence: String {
        let compared = models.filter { $0.best != nil }
        guard !compared.isEmpty else {
            return "No generator was compared with a base, so there is nothing to conclude."
        }
        let raised = compared.filter { $0.verdict == .better }
        let unclear = compared.filter { $0.verdict == .unclear }
        let unmeasured = compared.filter { $0.verdict == .unmeasured }
        let lowered = compared.filter { $0.verdict == .worse }
        var clauses: [String] = []
        if !raised.isEmpty {
            let choice = raised.contains { $0.generators > 1 } ? "the best generator" : "the generator"
            clauses.append("\(choice) raises AUC above the base for \(list(raised))")
        }
        if !unclear.isEmpty {
            clauses.append("no gain in AUC is shown for \(list(unclear)), where the interval includes 0")
        }
        if !unmeasured.isEmpty {
            clauses.append("without an interval, nothing is shown for \(list(unmeasured))")
        }
        if !lowered.isEmpty {
            let choice = lowered.contains { $0.generators > 1 } ? "even the best generator" : "the generator"
            clauses.append("\(choice) lowers AUC below the base for \(list(lowered))")
        }
        return capitalized(clauses.joined(separator: "; ")) + "."
    }

    /// What limits the finding: the candidates, the control, the choice of the best and the number of seeds.
    var caveats: [String] {
        var notes = fullCatalogue.map { [$0] } ?? []
        let controlled = models.filter { $0.best != nil && $0.control != nil }
        if !controlled.isEmpty {
            let parts = controlled.map { "\($0.name) \(difference($0.control?.sampled[Metric.auc.key]))" }
            notes.append("The control, the base at the generator's window, changes AUC by: \(joined(parts)).")
        }
        let matched = controlled.filter { $0.controlMatchesGenerator }
        if !matched.isEmpty {
            notes.append(
                "For \(joined(matched.map(\.name))) the control alone does as well as the best generator or better, so"
                    + " a gain there could come from the longer window alone."
            )
        }
        if models.contains(where: { $0.generators > 1 && $0.best != nil }) {
            notes.append("The best of several generators is named, which flatters it a little.")
        }
        if seeds == 1 {
            notes.append("One seed was run, so nothing here shows how much another seed would change the result.")
        }
        return notes
    }

    /// What the generators that the finding names do on the full catalogue, which sampled candidates can misjudge;
    /// `nil` if that was not measured.
    private var fullCatalogue: String? {
        let parts = models.compactMap { model in
            model.best?.full[Metric.fullNDCG.key].map { statistic in
                let verdict = Verdict(statistic, metric: .fullNDCG)
                let remark = verdict == .unclear || verdict == .worse ? " (\(verdict.words))" : ""
                return "\(model.name) \(difference(statistic))\(remark)"
            }
        }
        guard !parts.isEmpty else { return nil }
        return "AUC is over 99 sampled negatives; on the full catalogue the same generators change NDCG@10 by:"
            + " \(joined(parts))."
    }

    private func list(_ findings: [ModelFinding]) -> String {
        joined(findings.map { "\($0.name) (\($0.bestLabel) \(difference($0.best?.sampled[Metric.auc.key])))" })
    }

    private func difference(_ statistic: Comparison.Statistic?) -> String {
        let change = numbers.signed(statistic?.difference)
        guard let interval = statistic?.interval else { return "\(change), no interval" }
        return "\(change) \(numbers.interval(interval))"
    }

    private func joined(_ parts: [String]) -> String {
        guard let last = parts.last, parts.count > 1 else { return parts.first ?? "" }
        return parts.dropLast().joined(separator: ", ") + " and " + last
    }

    private func capitalized(_ text: String) -> String { text.prefix(1).uppercased() + text.dropFirst() }
}

/// The finding of one model.
private struct ModelFinding: Sendable {
    let name: String
    /// The generator with the greatest difference in AUC; `nil` if none has a difference.
    let best: Comparison.Summary?
    let control: Comparison.Summary?
    /// Number of generators that were compared.
    let generators: Int

    init(name: String, summaries: [Comparison.Summary]) {
        self.name = name
        let compared = summaries.filter { summary in
            GeneratorStyle(generator: summary.generator).isGenerator && Self.change(summary) != nil
        }
        best = compared.max { (Self.change($0) ?? 0) < (Self.change($1) ?? 0) }
        control = summaries.first { $0.generator == "wide" && Self.change($0) != nil }
        generators = compared.count
    }

    var bestLabel: String { best?.generator ?? "" }

    var verdict: Verdict {
        guard let statistic = best?.sampled[Metric.auc.key] else { return .unmeasured }
        return Verdict(statistic, metric: .auc)
    }

    var controlMatchesGenerator: Bool {
        guard let best = best.flatMap(Self.change), let control = control.flatMap(Self.change) else { return false }
        return control >= best && control > 0
    }

    private static func change(_ summary: Comparison.Summary) -> Double? {
        summary.sampled[Metric.auc.key]?.difference.flatMap { $0.isFinite ? $0 : nil }
    }
}

/// The models of a comparison, in the order in which they first occur, with their generators in the order of the rows.
struct ComparisonModels: Sendable {
    /// Names of the models.
    let names: [String]
    private let comparison: Comparison

    /// Groups the comparison by model.
    init(_ comparison: Comparison) {
        var seen: Set<String> = []
        names = comparison.summary.map(\.model).filter { seen.insert($0).inserted }
        self.comparison = comparison
    }

    /// The summaries of a model.
    func summaries(of model: String) -> [Comparison.Summary] {
        comparison.summary.filter { $0.model == model }.enumerated().sorted { first, second in
            // The position decides between generators without a place in the order: the sort is not stable.
            let places = [first, second].map { GeneratorStyle(generator: $0.element.generator).slot }
            return (places[0], first.offset) < (places[1], second.offset)
        }.map(\.element)
    }

    /// The runs of a model with a generator.
    func runs(of model: String, generator: String) -> [Comparison.Run] {
        comparison.runs.filter { $0.model == model && $0.generator == generator }
    }
}
