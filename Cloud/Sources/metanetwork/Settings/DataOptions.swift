import ArgumentParser
import MetaNetworkData
import MetaNetworkExperiments
import MetaNetworkSettings

/// Flags of the data.
struct DataOptions: ParsableArguments {
    @Option(DataSettings.Settings.data) var data: Given?
    @Option(DataSettings.Settings.eventsModel) var eventsModel: Given?
    @Option(DataSettings.Settings.fewestDevices) var fewestDevices: Given?
    @Option(DataSettings.Settings.purpose) var purpose: Given?
    @Option(DataSettings.Settings.mostPerDevice) var mostPerDevice: Given?
    @Option(DataSettings.Settings.outlierScore) var outlierScore: Given?
    @Option(DataSettings.Settings.kCore) var kCore: Given?
    @Option(DataSettings.Settings.split) var split: Given?
    @Option(DataSettings.Settings.parts) var parts: Given?
    @OptionGroup var columns: ColumnOptions
    @Option(DataSettings.Settings.weights) var weights: Given?
    @Option(DataSettings.Settings.profiles) var profiles: Given?
    @Option(DataSettings.Settings.profileColumns) var profileColumns: Given?
    @Option(DataSettings.Settings.eventContext) var eventContext: Given?
    @Option(DataSettings.Settings.task) var task: Given?
    @Option(DataSettings.Settings.shifts) var shifts: Given?
    @Option(DataSettings.Settings.testShifts) var testShifts: Given?
    @Option(DataSettings.Settings.deviceColumn) var deviceColumn: Given?
    @Option(DataSettings.Settings.targetColumns) var targetColumns: Given?
    @Option(DataSettings.Settings.featureColumns) var featureColumns: Given?
    @Option(DataSettings.Settings.stride) var stride: Given?
    @Option(DataSettings.Settings.groupColumn) var groupColumn: Given?
    @Option(DataSettings.Settings.folds) var folds: Given?
    @Option(DataSettings.Settings.support) var support: Given?
    @Option(DataSettings.Settings.supportClasses) var supportClasses: Given?
}

/// Flags of the columns of interactions, and of which rows count.
struct ColumnOptions: ParsableArguments {
    @Option(DataSettings.Settings.userColumn) var userColumn: Given?
    @Option(DataSettings.Settings.itemColumn) var itemColumn: Given?
    @Option(DataSettings.Settings.timeColumn) var timeColumn: Given?
    @Option(DataSettings.Settings.ratingColumn) var ratingColumn: Given?
    @Option(DataSettings.Settings.leastRating) var minRating: Given?
    @Option(DataSettings.Settings.eventColumn) var eventColumn: Given?
    @Option(DataSettings.Settings.eventTypes) var eventTypes: Given?

    /// The flags as settings, for commands that read neither files of settings nor the environment.
    ///
    /// - Throws: `ConfigurationError` where a value is none.
    func settings() throws -> DataSettings {
        try MergedSettings(DataSettings.columns.map(\.declaration), flags: given, environment: [:], file: nil).values()
    }
}
