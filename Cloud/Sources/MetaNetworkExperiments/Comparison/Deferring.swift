import MetaNetwork
import MetaNetworkCollaboration
import MetaNetworkData
import MetaNetworkModels
import MetaNetworkTraining

/// How a method's devices let a larger model in the cloud answer a share of their inputs.
package struct Deferring: Codable, Sendable, Equatable {
    /// What decides.
    package var policy: DeferringPolicy
    /// The cloud's model: the path of an architecture, or the file's name and digest in a record's key.
    package var cloud: String

    /// Columns that the device's model reads, the first of those that the cloud's does; `nil` for all.
    package var deviceColumns: Int?
    /// Whether devices with the SDK ask a service over HTTP; `nil` in one process, as in records from before there was this.
    package var isServed: Bool?

    package init(policy: DeferringPolicy, cloud: String, deviceColumns: Int? = nil, isServed: Bool? = nil) {
        (self.policy, self.cloud, self.deviceColumns, self.isServed) = (policy, cloud, deviceColumns, isServed)
    }

    /// The two models, but for the policy between them.
    var pair: [String] { [cloud, deviceColumns.map { "\($0) columns" } ?? "all columns"] }

    /// The same with the cloud's model called otherwise.
    func to(_ cloud: String) -> Deferring {
        var other = self
        other.cloud = cloud
        return other
    }

    /// Trains both models on each fold and measures the answers under the policy.
    ///
    /// - Parameters:
    ///   - edge: The settings of the device's model.
    ///   - cloud: The cloud's model, trained with the same settings.
    ///   - serve: Serves both to devices, where that is asked for.
    func measure(
        _ edge: TrainingConfiguration,
        cloud architecture: Architecture,
        _ method: Method,
        on task: some LearningTask,
        seed: UInt64,
        shouldStop: () -> Bool,
        serve: ((ServedPair) async throws -> LivedDevices)?,
        report: (TrainingEvent) throws -> Void
    ) async throws -> MeasuredRun {
        guard let task = task as? EpisodicTask else {
            preconditionFailure("'\(method.name)' defers inputs of a task that has none")
        }
        var own = try ComparisonVariant.none.configuration(edge, itemCount: 0)
        own.seed = seed
        var larger = own
        larger.architecture = architecture
        var first: TrainedModel?
        var (scores, measures, cost): ([Scores], [String: Double], [String: Double]) = ([], [:], [:])
        let share = 1 / Double(task.folds.count)
        for fold in task.folds {
            let narrow = try deviceColumns.map { EpisodicTask(try FirstColumns($0, of: fold.source)) } ?? fold
            let device = try Training(own, narrow).run(shouldStop: shouldStop, report: report)
            let server = try Training(larger, fold).run(shouldStop: shouldStop, report: report)
            let (edge, cloud) = (TaughtModel(device, of: narrow), TaughtModel(server, of: fold))
            if isServed == true {
                guard let serve else { preconditionFailure("'\(method.name)' is served, and nobody serves it") }
                let lived = try await serve(ServedPair(edge: edge, cloud: cloud, policy: policy, seed: seed))
                scores.append(lived.scores)
                measures.merge(lived.shares.mapValues { $0 * share }) { $0 + $1 }
                cost.merge(lived.cost.mapValues { $0 * share }) { $0 + $1 }
            } else {
                let answers = try DeferredAnswers(edge: edge, cloud: cloud, policy, seed: seed)
                scores.append(answers.scores)
                measures.merge(answers.measures.mapValues { $0 * share }) { $0 + $1 }
            }
            if first == nil {
                first = device
                cost["cloudMultiplyAdds"] = Double(server.model.network.graph.multiplyAdds)
                cost["deviceMultiplyAdds"] = Double(policy.multiplyAdds(on: device))
            }
        }
        guard let first else { preconditionFailure("a task has a fold") }
        let joined = Scores.joined(scores)
        var run = try Run(first, method, joined)
        run.metrics[MeasuredSet.training.name, default: [:]].merge(measures) { $1 }
        run.cost.merge(cost) { $1 }
        return MeasuredRun(run: run, scores: joined, trained: nil)
    }
}

/// Both models of a fold, to be served to devices.
package struct ServedPair {
    package let edge: TaughtModel
    package let cloud: TaughtModel
    package let policy: DeferringPolicy
    package let seed: UInt64
}
