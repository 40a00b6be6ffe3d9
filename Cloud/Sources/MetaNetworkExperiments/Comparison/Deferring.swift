import MetaNetwork
import MetaNetworkCollaboration
import MetaNetworkData
import MetaNetworkTraining

/// How a method's devices let a larger model in the cloud answer a share of their inputs.
package struct Deferring: Codable, Sendable, Equatable {
    /// What decides.
    package var policy: DeferringPolicy
    /// The cloud's model: the path of an architecture, or the file's name and digest in a record's key.
    package var cloud: String

    /// Columns that the device's model reads, the first of those that the cloud's does; `nil` for all.
    package var deviceColumns: Int?

    package init(policy: DeferringPolicy, cloud: String, deviceColumns: Int? = nil) {
        (self.policy, self.cloud, self.deviceColumns) = (policy, cloud, deviceColumns)
    }

    /// The two models, but for the policy between them.
    var pair: [String] { [cloud, deviceColumns.map { "\($0) columns" } ?? "all columns"] }

    /// The same with the cloud's model called otherwise.
    func to(_ cloud: String) -> Deferring { Deferring(policy: policy, cloud: cloud, deviceColumns: deviceColumns) }

    /// Trains both models on each fold and measures the answers under the policy.
    ///
    /// - Parameters:
    ///   - edge: The settings of the device's model.
    ///   - cloud: The cloud's model, trained with the same settings.
    func measure(
        _ edge: TrainingConfiguration,
        cloud architecture: Architecture,
        _ method: Method,
        on task: some LearningTask,
        seed: UInt64,
        shouldStop: () -> Bool,
        report: (TrainingEvent) throws -> Void
    ) throws -> MeasuredRun {
        guard let task = task as? EpisodicTask else {
            preconditionFailure("'\(method.name)' defers inputs of a task that has none")
        }
        var own = try ComparisonVariant.none.configuration(edge, itemCount: 0)
        own.seed = seed
        var larger = own
        larger.architecture = architecture
        var first: TrainedModel?
        var (scores, measures): ([Scores], [String: Double]) = ([], [:])
        for fold in task.folds {
            let narrow = try deviceColumns.map { EpisodicTask(try FirstColumns($0, of: fold.source)) } ?? fold
            let device = try Training(own, narrow).run(shouldStop: shouldStop, report: report)
            let server = try Training(larger, fold).run(shouldStop: shouldStop, report: report)
            let answers = try DeferredAnswers(
                edge: TaughtModel(device, of: narrow),
                cloud: TaughtModel(server, of: fold),
                policy,
                seed: seed
            )
            scores.append(answers.scores)
            for (name, value) in answers.measures { measures[name, default: 0] += value / Double(task.folds.count) }
            if first == nil { first = device }
        }
        guard let first else { preconditionFailure("a task has a fold") }
        let joined = Scores.joined(scores)
        var run = try Run(first, method, joined)
        run.metrics[MeasuredSet.training.name, default: [:]].merge(measures) { $1 }
        return MeasuredRun(run: run, scores: joined, trained: nil)
    }
}
