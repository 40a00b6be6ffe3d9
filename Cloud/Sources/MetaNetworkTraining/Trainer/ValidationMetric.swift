import MetaNetworkData

/// What validation measures and early stopping watches: a metric of a set, of which more is better.
public struct ValidationMetric: Sendable, Equatable, CustomStringConvertible {
    /// The set, for example `full`.
    public let set: String
    /// The metric's name in results, for example `ndcg@10`.
    public let name: String

    init(_ set: String, _ name: String) { (self.set, self.name) = (set, name) }

    /// As settings name it: `full/ndcg@10`.
    public var description: String { "\(set)/\(name)" }

    /// Its value among what was measured.
    ///
    /// - Precondition: It was measured.
    func value(of scores: Scores) -> Double {
        guard let value = scores.values[set]?[name] else { preconditionFailure("\(self) is not measured") }
        return value
    }
}

extension LearningTask {
    /// The metric of a name among the task's, the first where there is no name.
    ///
    /// - Throws: ``TrainingError/badSetting(_:)``, which lists what the task measures.
    package func validationMetric(_ name: String?) throws(TrainingError) -> ValidationMetric {
        guard let name else { return validationMetrics[0] }
        guard let metric = validationMetrics.first(where: { $0.description == name }) else {
            let known = validationMetrics.map(\.description).joined(separator: ", ")
            throw .badSetting("validation-metric is \(name); this task measures \(known)")
        }
        return metric
    }
}
