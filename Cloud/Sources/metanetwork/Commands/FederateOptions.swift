import ArgumentParser
import MetaNetworkData
import MetaNetworkExperiments
import MetaNetworkSettings
import MetaNetworkTraining

/// Everything that sets `federate`.
struct FederateOptions: SettingOptions {
    @OptionGroup var file: FileOptions
    @OptionGroup var threads: ThreadOptions
    @Option(TrainingConfiguration.Settings.seed) var seed: Given?
    @Option(DataSettings.Settings.deviceColumn) var deviceColumn: Given?
    @Option(DataSettings.Settings.targetColumns) var targetColumns: Given?
    @Option(DataSettings.Settings.featureColumns) var featureColumns: Given?
    @Option(DataSettings.Settings.groupColumn) var groupColumn: Given?
    @Option(DataSettings.Settings.kCore) var kCore: Given?
    @Option(DataSettings.Settings.split) var split: Given?
    @OptionGroup var columns: ColumnOptions
    @Option(ShippedModelSettings.Settings.width) var width: Given?
    @Option(ShippedModelSettings.Settings.window) var window: Given?
    @Option(ShippedModelSettings.Settings.dropout) var dropout: Given?
    @Option(FederateSettings.Settings.kind) var kind: Given?
    @Option(FederateSettings.Settings.fewestCharacters) var fewestCharacters: Given?
    @Option(FederateSettings.Settings.method) var method: Given?
    @Option(FederateSettings.Settings.data) var data: Given?
    @Option(FederateSettings.Settings.model) var model: Given?
    @Option(FederateSettings.Settings.out) var out: Given?
    @Option(FederateSettings.Settings.devices) var devices: Given?
    @Option(FederateSettings.Settings.examples) var examples: Given?
    @Option(FederateSettings.Settings.partition) var partition: Given?
    @Option(FederateSettings.Settings.beta) var beta: Given?
    @Option(FederateSettings.Settings.conflict) var conflict: Given?
    @Option(FederateSettings.Settings.rounds) var rounds: Given?
    @Option(FederateSettings.Settings.updates) var updates: Given?
    @Option(FederateSettings.Settings.seconds) var seconds: Given?
    @Option(FederateSettings.Settings.atOnce) var atOnce: Given?
    @Option(FederateSettings.Settings.cache) var cache: Given?
    @Option(FederateSettings.Settings.epochs) var epochs: Given?
    @Option(FederateSettings.Settings.batch) var batch: Given?
    @Option(FederateSettings.Settings.rate) var rate: Given?
    @Option(FederateSettings.Settings.pull) var pull: Given?
    @Option(switch: FederateSettings.Settings.equal) var equal: Given?
    @Option(switch: FederateSettings.Settings.drawsByGradient) var drawsByGradient: Given?
    @Option(FederateSettings.Settings.momentum) var momentum: Given?
    @Option(FederateSettings.Settings.mixing) var mixing: Given?
    @Option(FederateSettings.Settings.exponent) var exponent: Given?
    @Option(FederateSettings.Settings.weighing) var weighing: Given?
    @Option(switch: FederateSettings.Settings.leavesOneOut) var leavesOneOut: Given?
    @Option(switch: FederateSettings.Settings.twoSets) var twoSets: Given?
    @Option(FederateSettings.Settings.density) var density: Given?
    @Option(FederateSettings.Settings.lastDensity) var lastDensity: Given?
    @Option(FederateSettings.Settings.bits) var bits: Given?
    @Option(FederateSettings.Settings.lastBits) var lastBits: Given?
    @Option(FederateSettings.Settings.selection) var selection: Given?
    @Option(switch: FederateSettings.Settings.feedback) var feedback: Given?
    @Option(switch: FederateSettings.Settings.addsUpdates) var addsUpdates: Given?
    @Option(switch: FederateSettings.Settings.permutesAges) var permutesAges: Given?
    @Option(FederateSettings.Settings.speeds) var speeds: Given?
    @Option(FederateSettings.Settings.milliseconds) var milliseconds: Given?
    @Option(FederateSettings.Settings.uplink) var uplink: Given?
    @Option(FederateSettings.Settings.downlink) var downlink: Given?
    @Option(FederateSettings.Settings.latency) var latency: Given?
    @Option(FederateSettings.Settings.availability) var availability: Given?
    @Option(FederateSettings.Settings.dropOut) var dropOut: Given?
    @Option(FederateSettings.Settings.stragglers) var stragglers: Given?
    @Option(FederateSettings.Settings.normBound) var normBound: Given?
    @Option(FederateSettings.Settings.clip) var clip: Given?
    @Option(FederateSettings.Settings.noise) var noise: Given?
    @Option(FederateSettings.Settings.delta) var delta: Given?
    @Option(FederateSettings.Settings.measuredEvery) var measuredEvery: Given?
    @Option(FederateSettings.Settings.graph) var graph: Given?
    @Option(FederateSettings.Settings.codeRate) var codeRate: Given?
    @Option(FederateSettings.Settings.renewedEvery) var renewedEvery: Given?
    @Option(FederateSettings.Settings.target) var target: Given?
    @Option(FederateSettings.Settings.expected) var expected: Given?
    @Option(FederateSettings.Settings.ridge) var ridge: Given?
    @Option(FederateSettings.Settings.kernel) var kernel: Given?
    @Option(FederateSettings.Settings.between) var between: Given?
    @Option(FederateSettings.Settings.serverSpeed) var serverSpeed: Given?
    @Option(FederateSettings.Settings.dropped) var dropped: Given?
    @Option(FederateSettings.Settings.ahead) var ahead: Given?
    @Option(FederateSettings.Settings.lags) var lags: Given?
    @Option(FederateSettings.Settings.neighbours) var neighbours: Given?
    @Option(FederateSettings.Settings.period) var period: Given?
    @Option(FederateSettings.Settings.arrivals) var arrivals: Given?
    @Option(FederateSettings.Settings.drift) var drift: Given?
    @Option(DataSettings.Settings.stride) var stride: Given?
    @Option(FederateSettings.Settings.horizon) var horizon: Given?
    @Option(FederateSettings.Settings.season) var season: Given?
    @Option(FederateSettings.Settings.trajectory) var trajectory: Given?
    @Option(FederateSettings.Settings.synthetic) var synthetic: Given?
    @Option(FederateSettings.Settings.synthesis) var synthesis: Given?
    @Option(FederateSettings.Settings.syntheticWindows) var syntheticWindows: Given?
    @Option(FederateSettings.Settings.synthesisEvery) var synthesisEvery: Given?
    @Option(FederateSettings.Settings.synthesisSteps) var synthesisSteps: Given?
    @Option(FederateSettings.Settings.synthesisRate) var synthesisRate: Given?
    @Option(FederateSettings.Settings.innerRate) var innerRate: Given?
    @Option(FederateSettings.Settings.partsOf) var partsOf: Given?
    @Option(FederateSettings.Settings.clients) var clients: Given?
    @Option(FederateSettings.Settings.clientDevices) var clientDevices: Given?
    @Option(FederateSettings.Settings.capacities) var capacities: Given?
    @Option(FederateSettings.Settings.placing) var placing: Given?
    @Option(FederateSettings.Settings.fakes) var fakes: Given?
    @Option(FederateSettings.Settings.partChannels) var partChannels: Given?
    @Option(FederateSettings.Settings.partDropout) var partDropout: Given?
    @Option(switch: FederateSettings.Settings.averages) var averages: Given?
    @Option(switch: FederateSettings.Settings.unsplit) var unsplit: Given?
    @Option(FederateSettings.Settings.alone) var alone: Given?
    @Option(switch: FederateSettings.Settings.twin) var twin: Given?
    @Option(CheckpointSettings.Settings.place) var checkpoint: Given?
    @Option(RankSettings.Settings.timeout) var rankTimeout: Given?

    static func adjust(_ settings: inout MergedSettings) {
        settings.assumeSeriesColumns(of: settings.values(FederateSettings.self).data)
    }

    static let declarations =
        FederateSettings.declarations + FederatedSource.declarations + ThreadSettings.declarations
        + CheckpointSettings.declarations + RankSettings.declarations + [
            TrainingConfiguration.Settings.seed.declaration
        ]
}
