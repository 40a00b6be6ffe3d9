import ArgumentParser
import MetaNetworkData
import MetaNetworkExperiments
import MetaNetworkSettings
import MetaNetworkTraining

/// What is known of the users of a ranking, for methods that learn from it.
struct ProfileSettings: Configurable {
    var profiles: String?
    var columns: [String] = []

    static let defaults = ProfileSettings()
    static let settings = [Settings.profiles, Settings.columns]

    enum Settings {
        static let profiles = Setting(
            "profiles",
            \ProfileSettings.profiles,
            help: """
                Profiles of the users, which the auxiliary encoder of MoMoDistill reads: a data set that has them (ml-100k), or a file \
                (RecBole's .user, .csv or .tsv) with a header and a column of the users' ids
                """,
            default: "none",
            value: "name or file"
        )
        static let columns = Setting(
            "profile-columns",
            \ProfileSettings.columns,
            help: "The columns of profiles to read",
            default: "all but those of more than \(UserProfiles.mostTokens) values",
            value: "names"
        )
    }

    /// A task with the profiles of its users; the task as it is where none were given.
    ///
    /// - Throws: `DataError` where they cannot be read, ``ConfigurationError`` where the task is no ranking.
    func read<Task: LearningTask>(for task: Task, _ progress: ProgressReporter) throws -> Task {
        guard let profiles else { return task }
        guard let ranking = task as? RankingTask else {
            throw ConfigurationError("'\(Settings.profiles.key)' are those of the users of a ranking; leave them out")
        }
        let url = try DataCatalog.resolve(profiles, as: .profiles)
        let read = try UserProfiles(url, columns: columns, of: ranking.dataset.userNames)
        if !read.leftOut.isEmpty {
            progress.message(
                "profiles are read without \(read.leftOut.joined(separator: ", ")), whose values are of few users each"
            )
        }
        guard let task = ranking.with(read) as? Task else { preconditionFailure("a ranking stays one") }
        return task
    }
}

/// Flags of profiles.
struct ProfileOptions: ParsableArguments {
    @Option(ProfileSettings.Settings.profiles) var profiles: Given?
    @Option(ProfileSettings.Settings.columns) var profileColumns: Given?
}
