/// What a comparison without claims of its own is asked: whether each method beats the base and the controls of its model, in
/// the first metric of every set that has subjects and is no part of another.
struct ComparisonClaims {
    private let result: ExperimentResult

    init(_ result: ExperimentResult) { self.result = result }

    var claims: [Claim] {
        let sets = result.sets.filter { $0.subjects != nil && $0.breakdown == nil }
        return result.methods.filter { $0.role == .method }.flatMap { method in
            let others = result.methods.filter { $0.model == method.model && [.base, .control].contains($0.role) }
            // What old weights do is for the tables: a claim for each age would drown the others.
            return sets.filter { !$0.name.hasPrefix("age-") }.compactMap { set in
                method.metrics[set.name].flatMap { Metric.ordered($0.keys).first }.map { (set, $0) }
            }.flatMap { set, metric in others.map { claim(method, over: $0, set, metric) } }
        }
    }

    private func claim(
        _ method: MeasuredMethod,
        over other: MeasuredMethod,
        _ set: MeasuredSet,
        _ metric: Metric
    ) -> Claim {
        func term(_ name: String) -> String { "metric(\"\(name)\", \"\(set.name)\", \"\(metric.name)\")" }
        let relation: Claim.Relation = metric.isLowerBetter ? .below : .above
        return Claim(
            id: "\(method.name)-\(other.name)-\(set.name)-\(metric.name)",
            text: "\(metric.label), \(set.label): \(method.label) is better than \(other.label) (\(method.model))",
            left: term(method.name),
            relation: relation,
            right: term(other.name)
        )
    }
}
