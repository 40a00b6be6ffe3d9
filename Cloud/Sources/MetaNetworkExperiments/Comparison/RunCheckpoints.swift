import Foundation
import MetaNetwork
import MetaNetworkTraining

/// Where the trainings of a comparison save their states, so that one that was interrupted goes on.
///
/// A training that had ended gives its model at once, so that what was trained is measured again and not trained again.
package struct RunCheckpoints: Sendable {
    /// Saves nothing.
    package static let none = RunCheckpoints(folder: nil, resumes: false)

    private let folder: URL?
    private let resumes: Bool

    /// - Parameters:
    ///   - folder: Receives the files of each training; made with the first of them.
    ///   - resumes: Whether trainings go on from what lies there. What is not there begins anew; what is there must be of the same
    ///     settings and data.
    package init(in folder: URL, resumes: Bool) { self.init(folder: folder, resumes: resumes) }

    private init(folder: URL?, resumes: Bool) { (self.folder, self.resumes) = (folder, resumes) }

    /// Prepares a training that saves its state in `MODEL-VARIANT-SEED-FOLD.checkpoint`.
    ///
    /// - Parameters:
    ///   - configuration: The settings, with the seed.
    ///   - task: What is learned in the fold.
    ///   - variant: What is made of it.
    ///   - fold: Index of the fold, from 0.
    func training<Task: LearningTask>(
        _ configuration: TrainingConfiguration,
        _ task: Task,
        of variant: ComparisonVariant,
        fold: Int
    ) throws -> Training<Task> {
        guard let folder else { return Training(configuration, task) }
        let name = "\(configuration.architecture.name)-\(variant.rawValue)-\(configuration.seed)-\(fold + 1)"
        let checkpoint = StateFile(folder.appendingPathComponent("\(name).checkpoint"))
        return Training(
            configuration,
            task,
            checkpoint: checkpoint,
            resume: try resumes && Training<Task>.hasBegun(checkpoint)
        )
    }
}
