import ArgumentParser
import MetaNetworkData
import MetaNetworkExperiments
import MetaNetworkSettings
import MetaNetworkTraining

/// The settings that `compare` has beside those of data and training.
struct CompareSettings: Configurable {
    var models: [String]?
    var generators = usual(.ranking, .vector)
    var seeds: UInt64 = 1
    var bootstrap = PairedBootstrap().draws
    var out: String?

    /// The base, its controls, the paper's form and the usual one.
    static func usual(_ task: TaskName, _ form: ComparisonVariant) -> [ComparisonVariant] {
        let controls: [ComparisonVariant] =
            switch task {
            // A longer window of items is the fair control; for vectors there is none.
            case .ranking: [.none, .knn, .wide, .concat]
            case .classification, .regression: [.none, .standardize, .concat]
            case .images, .forecasting: [.none, .concat]
            }
        return controls + [.plain, form]
    }

    static let defaults = CompareSettings()
    static let settings = [
        Settings.models, Settings.generators, Settings.seeds, Settings.bootstrap, Settings.out,
    ]

    enum Settings {
        static let models = Setting(
            "models",
            \CompareSettings.models,
            help: "Models, separated by commas",
            default: "bag, or cnn for images"
        )
        static let generators = Setting(
            "generators",
            \CompareSettings.generators,
            help: "Generators: \(ComparisonVariant.choices.joined(separator: ", "))",
            default: "none, simple baselines and controls that suit the task, plain, and what `train` takes"
        )
        static let seeds = Setting("seeds", \CompareSettings.seeds, in: 1...1000, help: "Number of seeds, 1 to N")
        static let bootstrap = Setting(
            "bootstrap",
            \CompareSettings.bootstrap,
            in: 10...100_000,
            help: "Draws of the bootstrap"
        )
        static let out = Setting("out", \CompareSettings.out, help: "Folder of the report and the bundles")
    }
}

/// Everything that sets `compare`.
struct CompareOptions: SettingOptions {
    @OptionGroup var data: DataOptions
    @OptionGroup var training: TrainingOptions
    @OptionGroup var file: FileOptions
    @Option(CompareSettings.Settings.models) var models: Given?
    @Option(CompareSettings.Settings.generators) var generators: Given?
    @Option(CompareSettings.Settings.seeds) var seeds: Given?
    @Option(CompareSettings.Settings.bootstrap) var bootstrap: Given?
    @Option(CompareSettings.Settings.out) var out: Given?

    /// Each seed from 1 is tried, so there is none to set.
    static let declarations =
        DataSettings.declarations
        + TrainingOptions.declarations.filter { $0.key != TrainingConfiguration.Settings.seed.key }
        + CompareSettings.declarations

    static func adjust(_ settings: inout MergedSettings) {
        settings.adjustToTask()
        let task = settings.values(DataSettings.self).task
        if let model = task.model { settings.assume(CompareSettings.Settings.models, [model]) }
        let form = settings.usualVariant(of: settings.values(CompareSettings.self).models ?? [], task)
        settings.assume(CompareSettings.Settings.generators, CompareSettings.usual(task, form))
        settings.assumeMeasured(task, settings.values(CompareSettings.self).generators)
    }
}
