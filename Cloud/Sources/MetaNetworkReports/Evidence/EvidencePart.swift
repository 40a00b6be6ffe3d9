import MetaNetworkExperiments
import MetaNetworkMarkup

/// What one part of an experiment measured, in Markdown.
struct EvidencePart: Sendable {
    private let result: ExperimentResult
    private let reading: ResultReading
    private let numbers = NumberText.plain

    init(_ result: ExperimentResult) {
        self.result = result
        reading = ResultReading(result)
    }

    /// The part in blocks, between which are empty lines.
    var blocks: [String] {
        let tables = [methods, costs, differences, subjects, claims].compactMap(\.self)
        return ["### \(result.experiment)", data] + (result.methods.isEmpty ? ["Nothing is measured yet."] : [])
            + tables
    }

    private var data: String {
        let facts = result.data.facts.map { "\(numbers.grouped($0.count)) \($0.label.lowercased())" }
        let digest = result.data.sha256.written { "SHA-256 `\($0)`" }
        let seeds = "\(result.seeds) \(result.seeds == 1 ? "seed" : "seeds")"
        let texts = ["\(result.data.name)", result.data.source ?? "", digest, result.split] + facts + [seeds]
        return "Data: " + texts.filter { !$0.isEmpty }.joined(separator: "; ") + "."
    }

    /// Sets of which every headline metric fits on a page; of more, the first one of each is shown.
    private static let setsInFull = 7

    /// The headline metrics of the sets of their own.
    private var columns: [(set: MeasuredSet, metric: Metric)] {
        let sets = reading.sets
        return sets.flatMap { set in
            let metrics = SetMetrics(set, of: result.methods).main.filter(\.isHeadline)
            return (sets.count > Self.setsInFull ? Array(metrics.prefix(1)) : metrics).map { (set, $0) }
        }
    }

    private func heading(_ column: (set: MeasuredSet, metric: Metric)) -> String {
        "\(column.metric.label)\(column.metric.isLowerBetter ? " \u{2193}" : ""), \(column.set.label)"
    }

    /// The methods by role, those of one model together.
    private var ordered: [MeasuredMethod] { reading.groups.flatMap { $0.rows.map(\.method) } }

    private var methods: String? {
        guard !result.methods.isEmpty else { return nil }
        let rows = ordered.map { method in
            [method.label, method.role.rawValue]
                + columns.map { column in
                    let statistic = method.metrics[column.set.name]?[column.metric.name]
                    let deviation =
                        reading.hasSeveralSeeds ? statistic.written { " \u{00b1} \(numbers.fixed($0.sd))" } : ""
                    return numbers.fixed(statistic?.mean) + deviation
                }
        }
        return MarkdownTable(["method", "role"] + columns.map(heading), rows).text
    }

    private var costs: String? {
        let costs = reading.costs
        guard !costs.isEmpty else { return nil }
        let rows = ordered.filter { !$0.cost.isEmpty }.map { method in
            [method.label]
                + costs.map { cost in
                    let column = ColumnText(ordered.compactMap { $0.cost[cost.name] }, numbers: numbers)
                    return column.text(method.cost[cost.name])
                }
        }
        return MarkdownTable(["cost"] + costs.map(\.label), rows).text
    }

    private var differences: String? {
        var seen: Set<[String]> = []
        let pairs = result.differences.map { [$0.method, $0.against] }.filter { seen.insert($0).inserted }
        guard !pairs.isEmpty else { return nil }
        let rows = pairs.map { pair in
            [pair.map { result.method($0)?.label ?? $0 }.joined(separator: " \u{2212} ")]
                + columns.map { column in
                    let difference = result.differences.first {
                        [$0.method, $0.against] == pair && $0.set == column.set.name && $0.metric == column.metric.name
                    }
                    return difference.written { difference in
                        [numbers.signed(difference.mean), difference.intervalText].filter { !$0.isEmpty }
                            .joined(separator: " ")
                    }
                }
        }
        return MarkdownTable(["difference"] + columns.map(heading), rows).text
    }

    private var subjects: String? {
        guard let first = result.differences.first(where: { $0.gained != nil }) else { return nil }
        let people = result.set(first.set).written(\.subjectsLabel)
        let rows = result.differences.compactMap { difference -> [String]? in
            guard let counts = SubjectCounts(difference, subjects: result.set(difference.set)?.count) else {
                return nil
            }
            let labels = [difference.method, difference.against].map { result.method($0)?.label ?? $0 }
            let null = difference.null.written {
                "\(numbers.fixed($0.gained, decimals: 1)) / \(numbers.fixed($0.lost, decimals: 1))"
            }
            return [
                labels.joined(separator: " \u{2212} "), numbers.grouped(counts.gained), numbers.grouped(counts.lost),
                counts.unchanged.written(numbers.grouped), null,
            ]
        }
        let head = [
            "\(people), by \(Metric(first.metric).label)", "gained", "lost", "unchanged", "noise alone: gained / lost",
        ]
        return MarkdownTable(head, rows).text
    }

    private var claims: String? {
        guard !result.claims.isEmpty else { return nil }
        let rows = result.claims.map { claim in
            let (value, interval, _) = claim.found(numbers)
            return [
                "**\(claim.id)**: \(claim.text)", "`\(claim.expression)`",
                [value, interval].filter { !$0.isEmpty }.joined(separator: " "), claim.verdict, claim.reason,
            ]
        }
        return MarkdownTable(["claim", "expression", "found", "answer", "reason"], rows).text
    }
}

extension ClaimResult {
    /// Whether it holds, in words.
    fileprivate var verdict: String {
        switch holds {
        case true?: "holds"
        case false?: "**fails**"
        case nil: "undecided"
        }
    }
}
