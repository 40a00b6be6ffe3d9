import MetaNetworkData
import MetaNetworkTraining

/// One variant with one seed: what was measured of it, and the model where it is one.
package struct MeasuredRun {
    /// What is reported.
    package let run: Run
    /// What it scored on the test part, by subject.
    package let scores: Scores
    /// The trained model; `nil` where there is none that a device runs as it is: counts, and what adapts or standardizes for itself.
    package let trained: TrainedModel?
    /// What methods to come may start from: the trained model of each fold, whether or not a device runs it; empty where none was trained.
    let models: [TrainedModel]
    /// What was measured on, where that is not the task's test part.
    let facts: [(label: String, count: Int)]?

    package init(
        run: Run,
        scores: Scores,
        trained: TrainedModel?,
        models: [TrainedModel] = [],
        facts: [(label: String, count: Int)]? = nil
    ) {
        (self.run, self.scores, self.trained) = (run, scores, trained)
        (self.models, self.facts) = (models, facts)
    }

    /// What devices saw that ran a model.
    init(_ trained: TrainedModel, _ method: Method, _ lived: LivedDevices) throws {
        var run = try Run(trained, method, lived.scores)
        run.cost.merge(lived.cost) { $1 }
        run.metrics["sampled", default: [:]].merge(lived.shares) { $1 }
        self.init(run: run, scores: lived.scores, trained: trained)
    }
}
