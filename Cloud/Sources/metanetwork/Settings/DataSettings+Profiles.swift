import MetaNetwork
import MetaNetworkData
import MetaNetworkExperiments
import MetaNetworkSettings
import MetaNetworkTraining

/// What is known of the users of a ranking.
extension DataSettings {
    /// A task with the profiles of its users, for what learns from them; the task as it is where none were given.
    ///
    /// - Throws: `DataError` where they cannot be read, ``ConfigurationError`` where the task is no ranking.
    func profiled<Task: LearningTask>(_ task: Task, _ progress: ProgressReporter) throws -> Task {
        guard let profiles else { return task }
        guard let ranking = task as? RankingTask else {
            throw ConfigurationError("'\(Settings.profiles.key)' are those of the users of a ranking; leave them out")
        }
        let url = try DataCatalog.resolve(profiles, as: .profiles)
        let read = try UserProfiles(url, columns: profileColumns, of: ranking.dataset.userNames)
        if !read.leftOut.isEmpty {
            progress.message(
                "profiles are read without \(read.leftOut.joined(separator: ", ")), whose values are of few users each"
            )
        }
        guard let task = ranking.with(read) as? Task else { preconditionFailure("a ranking stays one") }
        return task
    }
}
