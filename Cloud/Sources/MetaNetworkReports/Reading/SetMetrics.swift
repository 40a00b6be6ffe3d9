import MetaNetworkExperiments

/// The metrics of a set: those that stand in its main table, and the cut-offs that are folded away.
struct SetMetrics: Sendable {
    /// The metrics of the main table, in the order of ``Metric/ordered(_:)``; of the cut-offs of one metric the first.
    let main: [Metric]
    /// Every cut-off of the metrics that have more than one, by metric and then by depth.
    let cutoffs: [Metric]

    /// The metrics that any of the methods has in a set.
    init(_ set: MeasuredSet, of methods: [MeasuredMethod]) {
        let metrics = Metric.ordered(Set(methods.flatMap { $0.metrics[set.name, default: [:]].keys }))
        var families: [String] = []
        var members: [String: [(depth: Int, metric: Metric)]] = [:]
        var main: [Metric] = []
        for metric in metrics {
            guard let (family, depth) = Self.cutoff(metric) else {
                main.append(metric)
                continue
            }
            if members[family] == nil {
                families.append(family)
                main.append(metric)
            }
            members[family, default: []].append((depth, metric))
        }
        self.main = main
        cutoffs = families.flatMap { family -> [Metric] in
            let depths = members[family, default: []]
            return depths.count > 1 ? depths.sorted { $0.depth < $1.depth }.map(\.metric) : []
        }
    }

    /// `ndcg` and 10 of `ndcg@10`; `nil` where there is no depth.
    private static func cutoff(_ metric: Metric) -> (family: String, depth: Int)? {
        let parts = metric.name.split(separator: "@")
        guard parts.count == 2, let depth = Int(parts[1]) else { return nil }
        return (String(parts[0]), depth)
    }
}
