import MetaNetwork
import MetaNetworkData
import MetaNetworkSettings

/// What is to be learned.
package enum TaskName: String, SettingChoice {
    case ranking, classification, regression, images, forecasting
}

/// Which data are read, and how.
package struct DataSettings: Configurable {
    package var data: String?
    package var task = TaskName.ranking
    package var eventsModel: String?
    /// Of shared samples, the fewest devices that an item needs.
    package var fewestDevices = 20
    /// Of shared samples, for what they must have been shared; `nil` for all.
    package var purpose: String?
    /// Of shared samples, how many of a device count at most.
    package var mostPerDevice = 1_000
    /// Of shared samples, the modified z-score that bounds how many of a device count; 0 for no bound.
    package var outlierScore = 3.5
    package var kCore = InteractionDataset.defaultKCore
    package var split = InteractionSplit.lastTenth
    package var parts = ReportedParts.history
    package var userColumn: String?
    package var itemColumn: String?
    package var timeColumn: String?
    package var ratingColumn: String?
    package var leastRating: Double?
    package var eventColumn: String?
    package var eventTypes: [String] = []
    /// How much interactions count in training; `nil` where all count alike.
    package var weights: InteractionWeights?
    package var profiles: String?
    package var profileColumns: [String] = []
    /// What a model reads of the moment of each choice; empty for nothing.
    package var eventContext: [EventContext] = []
    package var shifts = ImageShifts(kinds: ImageShift.Kind.allCases)
    /// `nil` tests what was trained.
    package var testShifts: [ImageShift.Kind]?
    package var deviceColumn = "device"
    package var targetColumns: [String]?
    /// Empty reads all others.
    package var featureColumns: [String] = []
    package var stride: Int?
    package var groupColumn: String?
    /// `nil` splits groups once.
    package var folds: FoldCount?
    package var support = SupportSampling.consecutive
    /// How many classes the samples of a test device are of at most; 0 for all.
    package var supportClasses = 0

    package static let defaults = DataSettings()
    package static let settings =
        [
            Settings.data, Settings.task, Settings.eventsModel, Settings.fewestDevices, Settings.purpose,
            Settings.mostPerDevice, Settings.outlierScore, Settings.kCore, Settings.split,
            Settings.parts, Settings.weights, Settings.profiles, Settings.profileColumns, Settings.eventContext,
            Settings.shifts, Settings.testShifts, Settings.deviceColumn, Settings.targetColumns,
            Settings.featureColumns, Settings.stride, Settings.groupColumn, Settings.folds, Settings.support,
            Settings.supportClasses,
        ] + columns

    /// Those of the columns of interactions, and of which rows count.
    package static let columns = [
        Settings.userColumn, Settings.itemColumn, Settings.timeColumn, Settings.ratingColumn, Settings.leastRating,
        Settings.eventColumn, Settings.eventTypes,
    ]

    package enum Settings {
        package static let data = Setting(
            "data",
            \DataSettings.data,
            help: """
                A data set (see `metanetwork data list`), a file in one of the formats of docs/data.md (by its name alone, with or without .txt \
                or .csv, where it is in $METANETWORK_DATA or data), a folder of RecBole's, - for standard input, or events:FILE (events:postgres://…, events:s3://BUCKET/PREFIX), the samples that devices shared with `metanetwork serve --events FILE`, or \
                prepared:FOLDER (prepared:s3://BUCKET/PREFIX), what `metanetwork data prepare` made. For --task images mnist-5k, a CSV file \
                of pixels with the class last, a folder of IDX files, or one of PNG files with one sub-folder a class
                """
        )
        package static let task = Setting("task", \DataSettings.task, help: "What is learned")
        package static let eventsModel = Setting(
            "events-model",
            \DataSettings.eventsModel,
            help: "Model whose shared samples are read",
            default: "the only one",
            value: "name"
        )
        package static let fewestDevices = Setting(
            "min-devices",
            \DataSettings.fewestDevices,
            in: 1...1_000_000,
            help: """
                Of the samples that devices shared, leave out items that fewer devices had: the ids of a model's items reach every device
                """
        )
        package static let purpose = Setting(
            "purpose",
            \DataSettings.purpose,
            help: "Of the samples that devices shared, learn from those alone that users shared for this purpose",
            default: "all, where there are none of several purposes",
            value: "word"
        )
        package static let mostPerDevice = Setting(
            "max-per-device",
            \DataSettings.mostPerDevice,
            in: 1...10_000_000,
            help: "Of the samples that devices shared, learn from the latest so many of each device"
        )
        package static let outlierScore = Setting(
            "outlier-score",
            \DataSettings.outlierScore,
            in: 0...1_000,
            help: """
                Where a device shared so many more samples than others, or one item so many more times, that the logarithm has a modified \
                z-score above this, learn from the latest that are within; 0 learns from all
                """
        )
        package static let kCore = Setting(
            "k-core",
            \DataSettings.kCore,
            in: 1...1_000_000,
            help: "Drop users and items with fewer interactions, again and again"
        )
        package static let split = Setting(
            "split",
            \DataSettings.split,
            help: """
                With ranking, what is held out: the last tenth of each user's interactions for test and as many before them, the last \
                one and the one before it, what happened to anybody after an instant, or what the files say, which \
                is the default for a folder of a file each of training, validation and test
                """
        )
        package static let parts = Setting(
            "parts",
            \DataSettings.parts,
            help:
                "What is reported apart: with ranking positions by the length of their history, or quarters of the users by activity, that "
                + "is by their number of training interactions; with classification retrieval, how many of a device's inputs of a class are "
                + "among the 1, 5 or 10 with its largest logits"
        )
        package static let userColumn = Setting(
            "user-column",
            \DataSettings.userColumn,
            help: "Name of the column with users",
            value: "name"
        )
        package static let itemColumn = Setting(
            "item-column",
            \DataSettings.itemColumn,
            help: "Name of the column with items",
            value: "name"
        )
        package static let timeColumn = Setting(
            "time-column",
            \DataSettings.timeColumn,
            help:
                "Name of the column with times: seconds, milliseconds or dates; \(InteractionFormat.ColumnMapping.noTime) where lines are in "
                + "order",
            value: "name"
        )
        package static let ratingColumn = Setting(
            "rating-column",
            \DataSettings.ratingColumn,
            help: "Name of the column with ratings, or with how often an item was taken",
            value: "name"
        )
        package static let leastRating = Setting(
            "min-rating",
            \DataSettings.leastRating,
            in: -1e9...1e9,
            help: "Leave out interactions with a lower rating",
            default: "all count"
        )
        package static let eventColumn = Setting(
            "event-column",
            \DataSettings.eventColumn,
            help: "Name of the column with what users did",
            value: "name"
        )
        package static let eventTypes = Setting(
            "event-types",
            \DataSettings.eventTypes,
            help: "Leave out interactions of other events than these, such as buy,cart",
            default: "all count",
            value: "names"
        )
        package static let weights = Setting(
            "weights",
            \DataSettings.weights,
            help: """
                With ranking, how much an interaction of a file counts as something to learn: rating for as much as its rating, or events \
                with their weights, such as view=0.2,buy=1 (others count 1); in histories all count alike
                """,
            default: "all count alike",
            value: "rating or names"
        )
        package static let profiles = Setting(
            "profiles",
            \DataSettings.profiles,
            help: """
                Profiles of the users of a ranking, for a model with inputs beside history and candidate, and for the auxiliary encoder of \
                MoMoDistill: a data set that has them (ml-100k), or a file (RecBole's .user, .csv or .tsv) with a header and a column of \
                the users' ids
                """,
            default: "none",
            value: "name or file"
        )
        package static let profileColumns = Setting(
            "profile-columns",
            \DataSettings.profileColumns,
            help: "The columns of profiles to read; of a model's tokens those of their names are read always",
            default: "all, but for MoMoDistill those of more than \(UserProfiles.mostTokens) values",
            value: "names"
        )
        package static let eventContext = Setting(
            "event-context",
            \DataSettings.eventContext,
            help: """
                With ranking, what the model reads of the moment of each choice, as its inputs of these names: the gap since the choice before, \
                the hour of the day, the weekday, and previous, what the user did then (its event). A shipped model gets the inputs, one of your \
                own has to have them
                """,
            default: "nothing; that of the bundle where there is one",
            value: "names"
        )
        package static let shifts = Setting(
            "shifts",
            \DataSettings.shifts,
            help:
                "With images, the shifts that devices have, or none: \(ImageShift.Kind.choices.joined(separator: ", "))",
            default: "all"
        )
        package static let testShifts = Setting(
            "test-shifts",
            \DataSettings.testShifts,
            help: "With images, the shifts that the test's devices have, such as one that training never meets",
            default: "as 'shifts'"
        )
        package static let deviceColumn = Setting(
            "device-column",
            \DataSettings.deviceColumn,
            help: """
                With classification and regression, the column with devices; with forecasting, that with the names of series, where each has \
                no column of its own
                """,
            value: "name"
        )
        package static let targetColumns = Setting(
            "target-columns",
            \DataSettings.targetColumns,
            help: "The column with the class, or those with the values to predict; with forecasting, those with values",
            default: "class, or target; with forecasting, all but names and times",
            value: "names"
        )
        package static let featureColumns = Setting(
            "feature-columns",
            \DataSettings.featureColumns,
            help: "The columns with features",
            default: "all others",
            value: "names"
        )
        package static let stride = Setting(
            "stride",
            \DataSettings.stride,
            in: 1...1_000_000,
            help: "Rows of a device from one window to the next",
            default: "half a window; 1 with forecasting"
        )
        package static let groupColumn = Setting(
            "group-column",
            \DataSettings.groupColumn,
            help: "The column with what devices share, such as their owner: a group is never in two parts",
            value: "name"
        )
        package static let folds = Setting(
            "folds",
            \DataSettings.folds,
            help: "Deal the groups to so many folds and test each once; `train` keeps the model of the first",
            default: "groups are split once"
        )
        package static let support = Setting(
            "support",
            \DataSettings.support,
            help: "Which of a device's samples are uploaded: those before the inputs, or some drawn from all of them"
        )
        package static let supportClasses = Setting(
            "support-classes",
            \DataSettings.supportClasses,
            in: 0...1_000_000,
            help: "A control: how many classes the samples of a test device are of at most, drawn for each; 0 for all"
        )
    }

    /// Keys of the settings that a task does not read.
    package static func unread(by task: TaskName) -> Set<String> {
        let devices = [
            Settings.deviceColumn, Settings.targetColumns, Settings.featureColumns, Settings.stride,
            Settings.groupColumn,
            Settings.folds, Settings.support, Settings.supportClasses,
        ]
        let items = [
            Settings.kCore, Settings.split, Settings.parts, Settings.weights, Settings.profiles,
            Settings.profileColumns, Settings.eventContext,
            Settings.ratingColumn, Settings.leastRating,
            Settings.eventColumn, Settings.eventTypes,
        ]
        let unread: [Setting<DataSettings>] =
            switch task {
            case .ranking: devices + [Settings.shifts, Settings.testShifts]
            case .images: devices + items
            case .classification, .regression: items + [Settings.shifts, Settings.testShifts]
            case .forecasting:
                items
                    + [
                        Settings.shifts, Settings.testShifts, Settings.featureColumns, Settings.groupColumn,
                        Settings.folds, Settings.support, Settings.supportClasses,
                    ]
            }
        return Set(unread.map(\.key))
    }

    /// The columns of interactions.
    package var mapping: InteractionFormat.ColumnMapping {
        .init(user: userColumn, item: itemColumn, time: timeColumn, rating: ratingColumn, event: eventColumn)
    }

    /// Which interactions count.
    package var filter: InteractionFilter {
        InteractionFilter(
            leastRating: leastRating,
            events: eventTypes,
            weights: weights,
            keepsEvents: eventContext.contains(where: \.isOfEvents)
        )
    }

    /// What a bundle says of the data that trained it, by key.
    package static func trained(_ provenance: BundleProvenance) -> [String: String] {
        let keys = [
            Settings.task, Settings.fewestDevices, Settings.purpose, Settings.mostPerDevice, Settings.outlierScore,
            Settings.kCore, Settings.split, Settings.timeColumn, Settings.profileColumns, Settings.eventContext,
            Settings.ratingColumn, Settings.leastRating, Settings.eventColumn, Settings.eventTypes, Settings.weights,
            Settings.shifts,
            Settings.testShifts, Settings.deviceColumn, Settings.targetColumns, Settings.featureColumns,
            Settings.stride, Settings.groupColumn, Settings.folds,
            Settings.support, Settings.supportClasses,
        ].map(\.key)
        return provenance.training.filter { keys.contains($0.key) }
    }
}

/// What is reported apart.
package enum ReportedParts: String, SettingChoice {
    case history, activity, retrieval
}

extension InteractionSplit: SettingChoice {}

extension EventContext: SettingChoice {}

extension SupportSampling: SettingChoice {}

extension FoldCount: SettingValue {
    package static func read(_ text: String) -> FoldCount? {
        if text == "all" { return .all }
        return Int(text).flatMap { $0 >= fewest ? .number($0) : nil }
    }

    package var settingText: String {
        switch self {
        case .number(let count): count.settingText
        case .all: "all"
        }
    }

    package static var remedy: String { "give a whole number from \(fewest), or all for a fold each group" }

    /// Encodes the text of the setting: `all`, or the number.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(settingText)
    }
}

extension MergedSettings {
    /// The same settings with the data at a path; defaults that go by the data's name stay as they are.
    package func reading(_ path: String) -> MergedSettings { with(path, for: DataSettings.Settings.data) }
}
