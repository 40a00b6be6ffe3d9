import MetaNetworkCollaboration
import MetaNetworkData
import MetaNetworkModels
import MetaNetworkTraining

extension ComparisonVariant {
    /// Weight of a teacher where the settings name none.
    package static let distillation = 0.3

    /// Has devices learn codes, trains the base of each fold further with what a teacher says, and measures it; what is reported of the
    /// training is the first one's.
    func distill<Task: LearningTask>(
        _ teacher: DistillingTeacher,
        _ base: TrainedModel?,
        _ settings: TrainingConfiguration,
        on task: Task,
        _ checkpoints: RunCheckpoints,
        shouldStop: () -> Bool,
        report: (TrainingEvent) throws -> Void
    ) throws -> MeasuredRun {
        let devices = try Self.metaPatch.models(
            settings,
            on: task,
            base: base,
            checkpoints: checkpoints,
            shouldStop: shouldStop,
            report: report
        )
        let bases = try zip(devices, task.folds).map { model, fold in
            guard let fold = fold as? any DistillingTask else {
                preconditionFailure("'\(rawValue)' distills what devices of a task say that has none")
            }
            return try Self.distilled(model, fold, teacher, shouldStop)
        }
        let joined = Scores.joined(try zip(bases, task.folds).map { try $0.scores($1) })
        return MeasuredRun(run: try Run(bases[0], method, joined), scores: joined, trained: nil)
    }

    private static func distilled(
        _ model: TrainedModel,
        _ task: some DistillingTask,
        _ teacher: DistillingTeacher,
        _ shouldStop: () -> Bool
    ) throws -> TrainedModel {
        let given = model.configuration.generator?.patches.distillation ?? 0
        return try MoMoDistill(model, task, model.configuration, weight: given > 0 ? given : distillation)
            .base(teacher, shouldStop: shouldStop)
    }
}
