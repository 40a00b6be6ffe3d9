import MetaNetwork
import MetaNetworkData
import MetaNetworkModels
import MetaNetworkSettings
import MetaNetworkTraining

/// The settings of `train` and `compare`: data, model, generator and training.
package struct LearningSettings {
    package let merged: MergedSettings
    package let data: DataSettings
    package let generator: GeneratorConfiguration
    package let training: TrainingConfiguration
    private let shipped: ShippedModelSettings

    package init(_ merged: MergedSettings) {
        self.merged = merged
        data = merged.values()
        generator = merged.values()
        training = merged.values()
        shipped = merged.values()
    }

    /// The settings of one model.
    ///
    /// - Parameters:
    ///   - model: Name of a shipped architecture, or the path of a JSON file.
    ///   - images: Images whose size and classes a shipped architecture takes.
    ///   - moment: Inputs by which a shipped architecture reads the moment of a choice; one of a file has its own.
    package func configuration(
        model: String,
        images: ImageSet? = nil,
        moment: [Architecture.Input] = []
    ) throws -> TrainingConfiguration {
        var configuration = training
        configuration.architecture = try shipped.architecture(model, images)
        if !moment.isEmpty, Architecture.shippedNames.contains(model) {
            configuration.architecture = try configuration.architecture.reading(moment)
        }
        configuration.generator = generator
        configuration.generator?.encoder = try EncoderSource(generator.encoder.name).choice
        return configuration
    }

    /// Every setting with its value, as reports and bundles keep it.
    package var record: [String: String] { merged.record(without: DataSettings.unread(by: data.task)) }
}

extension MergedSettings {
    /// Applies the defaults that depend on the task and on the data.
    package mutating func adjustToTask() {
        let data = values(DataSettings.self)
        let task = data.task
        assume(GeneratorConfiguration.Settings.window, task.generatorWindow)
        if task == .ranking, let name = data.data, InteractionReader.isSplit(name) {
            assume(DataSettings.Settings.split, InteractionSplit.asGiven)
        }
        if task == .forecasting { assumeSeriesColumns(of: data.data) }
        guard let column = task.targetColumn else { return }
        let columns = data.data.flatMap { DataCatalog.columns(of: $0) }
        assume(DataSettings.Settings.targetColumns, columns?.targets ?? [column])
        if let time = columns?.time { assume(DataSettings.Settings.timeColumn, time) }
        if let group = columns?.group { assume(DataSettings.Settings.groupColumn, group) }
    }

    /// The columns of a named data set of series, where nobody says otherwise.
    ///
    /// - Parameter name: What the user calls the data; anything else changes nothing.
    package mutating func assumeSeriesColumns(of name: String?) {
        guard let columns = name.flatMap({ DataCatalog.seriesColumns(of: $0) }) else { return }
        if let series = columns.series { assume(DataSettings.Settings.deviceColumn, series) }
        if let time = columns.time { assume(DataSettings.Settings.timeColumn, time) }
        assume(DataSettings.Settings.targetColumns, columns.values)
    }
}

extension TaskName {
    /// Samples that the generator reads unless told otherwise.
    package var generatorWindow: Int {
        self == .ranking ? GeneratorConfiguration().window : ShiftedImages.defaultSamples
    }

    /// The column that is predicted unless told otherwise; `nil` where a table is not what is read.
    package var targetColumn: String? {
        switch self {
        case .ranking, .images, .forecasting: nil
        case .classification: "class"
        case .regression: "target"
        }
    }

    /// The model unless told otherwise; `nil` where there is none for this task.
    package var model: String? {
        switch self {
        case .ranking: "bag"
        case .images: "cnn"
        case .classification, .regression, .forecasting: nil
        }
    }

    /// The model to train where the settings name none.
    ///
    /// - Throws: ``ConfigurationError`` where there is none for this task.
    package func model(_ named: String?) throws -> String {
        guard let model = named ?? model else {
            throw ConfigurationError(
                "'model' is missing: give the path of an architecture in JSON; docs/architectures.md shows some"
            )
        }
        return model
    }
}
