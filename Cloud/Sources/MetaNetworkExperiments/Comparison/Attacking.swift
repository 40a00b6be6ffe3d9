import MetaNetworkData
import MetaNetworkModels
import MetaNetworkTraining

/// An attack on a method's model, beside what the model is worth.
package enum Attacking: Codable, Sendable, Equatable {
    /// Tells what the base was trained on.
    case members
    /// Reads uploads back from the weights that are made of them, or from the embeddings that are sent; noise of so many times the largest
    /// change of a clipped vector is added before, or none.
    case uploads(NoiseMechanism, noise: Double?)
    /// Made-up devices share samples before the model is trained, and where it is defended what `train --data events:` leaves out by
    /// default is left out.
    case training(Poisoning, isDefended: Bool)

    /// Share of what is held out that may be taken for members.
    package static let falsePositives = 0.001
    /// δ of the promise that noise makes.
    package static let delta = 1e-5

    /// Whether it is what a model is trained on that is attacked.
    var isOfTraining: Bool {
        if case .training = self { true } else { false }
    }

    /// Measures models that were trained on real data.
    ///
    /// - Parameter trained: A model for each fold.
    func measure(
        _ trained: [TrainedModel],
        _ method: Method,
        on task: some LearningTask,
        seed: UInt64
    ) throws -> MeasuredRun {
        let privacy = try PrivacyMeasures(trained[0], task.folds[0], self, seed: seed)
        let scores = Scores.joined(
            try zip(trained, task.folds).map { try privacy.scores($0, $1) }
        )
        var run = try Run(trained[0], method, scores)
        run.metrics[MeasuredSet.training.name, default: [:]].merge(privacy.values) { $1 }
        return MeasuredRun(run: run, scores: scores, trained: trained[0])
    }

    /// The task as it is with samples of made-up devices, and the item that they push; `nil` for other attacks.
    func poisoned(_ task: RankingTask, seed: UInt64) throws -> (task: RankingTask, target: Int32)? {
        guard case .training(let poisoning, let isDefended) = self else { return nil }
        let defaults = DataSettings.defaults
        var (log, target) = poisoning.poisoned(task.dataset, fewest: defaults.fewestDevices, seed: seed)
        if isDefended {
            log = log.bounded(above: defaults.outlierScore, kCore: defaults.kCore)
                .latest(ofEachUser: defaults.mostPerDevice)
        }
        let dataset = try InteractionDataset(
            log,
            kCore: 1,
            split: task.dataset.split,
            itemNames: task.dataset.itemNames
        )
        return (try RankingTask(dataset, negatives: task.candidates(.test).negatives), target)
    }

    /// Measures a model of a poisoned task on the real users.
    func measure(
        _ trained: TrainedModel,
        pushing target: Int32,
        _ method: Method,
        on task: RankingTask
    ) throws -> MeasuredRun {
        let scores = try trained.scores(task)
        var run = try Run(trained, method, scores)
        let places = try task.places(of: target, by: trained.model).sorted()
        run.metrics[MeasuredSet.training.name, default: [:]].merge([
            "pushed-rank": Double(places[places.count / 2]),
            "pushed-share": Double(places.count { $0 <= 10 }) / Double(places.count),
        ]) { $1 }
        return MeasuredRun(run: run, scores: scores, trained: trained)
    }
}
