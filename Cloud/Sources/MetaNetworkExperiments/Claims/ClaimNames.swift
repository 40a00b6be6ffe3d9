/// The names that claims may use, so that a wrong one is told before hours are spent; `nil` where any may come.
public struct ClaimNames: Sendable {
    /// Names of methods.
    public var methods: [String]?
    /// Names of sets.
    public var sets: [String]?
    /// Names of metrics.
    public var metrics: [String]?
    /// Names of costs.
    public var costs: [String]?
    /// What curves run over.
    public var axes: [String]?
    /// Names of measured properties.
    public var checks: [String]?

    /// Creates a list; what is left out is not checked.
    public init(
        methods: [String]? = nil,
        sets: [String]? = nil,
        metrics: [String]? = nil,
        costs: [String]? = nil,
        axes: [String]? = nil,
        checks: [String]? = nil
    ) {
        (self.methods, self.sets, self.metrics) = (methods, sets, metrics)
        (self.costs, self.axes, self.checks) = (costs, axes, checks)
    }

    /// Checks every name of an expression.
    ///
    /// - Throws: ``ClaimError`` with the first name that is not known, and one that was probably meant.
    func check(_ expression: ClaimExpression) throws(ClaimError) {
        for reference in expression.references {
            switch reference {
            case .metric(let metric), .deviation(let metric):
                try check(metric.method, methods, "method")
                try check(metric.set, sets, "set")
                try checkMetric(metric.metric)
            case .cost(let cost):
                try check(cost.method, methods, "method")
                try check(cost.name, costs, "cost")
            case .curve(let curve):
                try check(curve.method, methods, "method")
                try check(curve.axis, axes, "axis")
                try check(curve.set, sets, "set")
                try checkMetric(curve.metric)
            case .check(let name): try check(name, checks, "check")
            }
        }
    }

    /// A list of metrics stands for ranks of any depth too.
    private func checkMetric(_ name: ClaimName) throws(ClaimError) {
        if !Metric(name.text).isKnown { try check(name, metrics, "metric") }
    }

    private func check(_ name: ClaimName, _ known: [String]?, _ kind: String) throws(ClaimError) {
        guard let known, !known.contains(name.text) else { return }
        let hint = NearestName.hint(name.text, among: known, plural: kind == "axis" ? "axes" : kind + "s")
        throw ClaimError("there is no \(kind) '\(name.text)'; \(hint)", column: name.column)
    }
}
