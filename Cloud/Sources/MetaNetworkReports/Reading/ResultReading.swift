import MetaNetworkExperiments

/// A result in the order in which page and terminal go through it.
struct ResultReading: Sendable {
    /// The result.
    let result: ExperimentResult
    /// The methods by model.
    let groups: [MethodGroup]
    /// The sets of their own with a metric: no part of a breakdown, and not how training went.
    let sets: [MeasuredSet]
    /// The breakdowns, in the order of their first sets.
    let breakdowns: [Breakdown]
    /// The set of how training went; `nil` where nothing is known of it.
    let training: MeasuredSet?

    /// The parts of one breakdown.
    struct Breakdown: Sendable {
        /// What the sets have in common, for example `By shift and severity`.
        let title: String
        /// The parts, in order.
        let sets: [MeasuredSet]
    }

    /// Each subject's own change in one metric of one set.
    struct Subjects: Sendable {
        /// The set.
        let set: MeasuredSet
        /// The metric.
        let metric: Metric
    }

    /// Reads a result.
    init(_ result: ExperimentResult) {
        self.result = result
        groups = MethodGroup.groups(result.methods)
        let measured = result.sets.filter { set in
            result.methods.contains { $0.metrics[set.name]?.isEmpty == false }
        }
        training = measured.first { $0.name == MeasuredSet.training.name }
        sets = measured.filter { $0.breakdown == nil && $0.name != MeasuredSet.training.name }
        var seen: Set<String> = []
        breakdowns = measured.compactMap(\.breakdown).filter { seen.insert($0).inserted }.map { title in
            Breakdown(title: title, sets: measured.filter { $0.breakdown == title })
        }
    }

    /// Whether there is more than one seed, and so a mean and a deviation.
    var hasSeveralSeeds: Bool { result.seeds > 1 }

    /// Where subjects were counted as gained or lost, in the order of the sets.
    var subjects: [Subjects] {
        sets.flatMap { set in
            Metric.ordered(Set(result.differences.filter { $0.set == set.name && $0.gained != nil }.map(\.metric)))
                .map { Subjects(set: set, metric: $0) }
        }
    }

    /// The first metric of the first set that methods differ in: what costs are weighed against.
    var gain: Subjects? {
        for set in sets {
            for metric in SetMetrics(set, of: result.methods).main
            where result.differences.contains(where: { $0.set == set.name && $0.metric == metric.name }) {
                return Subjects(set: set, metric: metric)
            }
        }
        return nil
    }

    /// What of gained and lost subjects noise alone makes for the base of a group; `nil` where nobody measured it.
    func null(_ subjects: Subjects, _ group: MethodGroup) -> Difference.Null? {
        group.rows.lazy.compactMap {
            result.difference($0.method.name, subjects.set.name, subjects.metric.name)?.null
        }.first
    }

    /// The methods of a group with what they are compared with beside the base, and the columns in which.
    func further(_ group: MethodGroup) -> Further {
        let columns = sets.flatMap { set in
            SetMetrics(set, of: group.rows.map(\.method)).main.filter(\.isHeadline).map { (set: set, metric: $0) }
        }
        let rows = group.rows.flatMap { row -> [Further.Row] in
            guard let first = columns.first else { return [] }
            return result.furtherDifferences(row.method.name, first.set.name, first.metric.name).map { found in
                Further.Row(
                    method: row,
                    against: result.method(found.against)?.label ?? found.against,
                    differences: columns.map { column in
                        result.differences.first {
                            $0.method == found.method && $0.against == found.against && $0.set == column.set.name
                                && $0.metric == column.metric.name
                        }
                    }
                )
            }
        }
        return Further(columns: columns, rows: rows)
    }

    /// Differences from controls and baselines.
    struct Further: Sendable {
        /// The headline metrics of every set.
        let columns: [(set: MeasuredSet, metric: Metric)]
        /// A method against one other each.
        let rows: [Row]

        /// A method against one other.
        struct Row: Sendable {
            /// The method.
            let method: MethodGroup.Row
            /// Label of the other.
            let against: String
            /// The difference in each column; `nil` where it was not measured.
            let differences: [Difference?]
        }
    }

    /// The costs that any method has, in the order of reports.
    var costs: [Cost] { Cost.ordered(Set(result.methods.flatMap(\.cost.keys))) }
}
