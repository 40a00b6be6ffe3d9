import ArgumentParser
import MetaNetworkData
import MetaNetworkExperiments
import MetaNetworkModels
import MetaNetworkSettings
import MetaNetworkTraining
import Torch

extension ThreadSettings {
    /// Tells LibTorch.
    func apply() throws { try LibTorch.setThreads(threads) }
}

/// Flags of the model's sizes and its training.
struct TrainingOptions: ParsableArguments {
    @Option(TrainingConfiguration.Settings.epochs) var epochs: Given?
    @Option(TrainingConfiguration.Settings.batch) var batch: Given?
    @Option(TrainingConfiguration.Settings.pieces) var pieces: Given?
    @Option(ShippedModelSettings.Settings.width) var width: Given?
    @Option(ShippedModelSettings.Settings.window) var window: Given?
    @Option(ShippedModelSettings.Settings.dropout) var dropout: Given?
    @Option(ShippedModelSettings.Settings.output) var outputTable: Given?
    @Option(switch: ShippedModelSettings.Settings.itemBias) var itemBias: Given?
    @Option(GeneratorConfiguration.Settings.window) var generatorWindow: Given?
    @Option(GeneratorConfiguration.Settings.encoder) var encoder: Given?
    @Option(GeneratorConfiguration.Settings.encoderEpochs) var encoderEpochs: Given?
    @Option(GeneratorConfiguration.Settings.width) var generatorWidth: Given?
    @Option(GeneratorConfiguration.Settings.rank) var rank: Given?
    @Option(GeneratorConfiguration.Settings.candidates) var candidates: Given?
    @Option(GeneratorConfiguration.Settings.temperature) var temperature: Given?
    @Option(GeneratorConfiguration.Settings.similarity) var similarity: Given?
    @Option(GeneratorConfiguration.Settings.dropout) var generatorDropout: Given?
    @Option(GeneratorConfiguration.Settings.ages) var ages: Given?
    @Option(switch: GeneratorConfiguration.Settings.isBlind) var blind: Given?
    @Option(switch: GeneratorConfiguration.Settings.isJoint) var joint: Given?
    @Option(GeneratorConfiguration.Settings.virtualDevices) var virtualDevices: Given?
    @Option(GeneratorConfiguration.Settings.anchors) var anchors: Given?
    @Option(GeneratorConfiguration.Settings.anchorWeight) var anchorWeight: Given?
    @Option(GeneratorConfiguration.Settings.patchAfter) var patchAfter: Given?
    @Option(GeneratorConfiguration.Settings.patchWidth) var patchWidth: Given?
    @Option(GeneratorConfiguration.Settings.patchRank) var patchRank: Given?
    @Option(GeneratorConfiguration.Settings.distillWeight) var distillWeight: Given?
    @Option(TrainingConfiguration.Settings.loss) var loss: Given?
    @Option(TrainingConfiguration.Settings.negatives) var negatives: Given?
    @Option(TrainingConfiguration.Settings.learningRate) var learningRate: Given?
    @Option(TrainingConfiguration.Settings.weightDecay) var weightDecay: Given?
    @Option(TrainingConfiguration.Settings.clipNorm) var clipNorm: Given?
    @Option(TrainingConfiguration.Settings.patience) var patience: Given?
    @Option(TrainingConfiguration.Settings.decays) var decays: Given?
    @Option(TrainingConfiguration.Settings.validationMetric) var validationMetric: Given?
    @OptionGroup var threads: ThreadOptions
    @OptionGroup var device: DeviceOptions

    static let declarations =
        TrainingConfiguration.declarations + ShippedModelSettings.declarations + GeneratorConfiguration.declarations
        + ThreadSettings.declarations + DeviceSettings.declarations
}

/// The flag of LibTorch's threads.
struct ThreadOptions: ParsableArguments {
    @Option(ThreadSettings.Settings.threads) var threads: Given?
}
