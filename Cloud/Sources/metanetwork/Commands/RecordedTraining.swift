import ArgumentParser
import Foundation
import MetaNetwork
import MetaNetworkBundles
import MetaNetworkData
import MetaNetworkExperiments
import MetaNetworkModels
import MetaNetworkPublishing
import MetaNetworkSettings
import MetaNetworkTraining

/// Where files lie now that a training read beside its data, and what it is repeated on.
struct RecordedFiles: ParsableArguments {
    @Option(help: ArgumentHelp("Where the architecture in JSON lies now.", valueName: "file"))
    var model: String?

    @Option(help: ArgumentHelp("Where the head encoder in JSON lies now.", valueName: "file"))
    var encoder: String?

    @Option(help: ArgumentHelp("Where the profiles of the users lie now.", valueName: "name or file"))
    var profiles: String?

    @Option(help: ArgumentHelp("Where the vectors of the items lie now.", valueName: "file"))
    var itemVectors: String?

    @Option(help: ArgumentHelp("Where the bundle of the larger model lies now.", valueName: "folder"))
    var cloudModel: String?

    @Option(help: "What LibTorch trains on here, where that is not what the bundle says.")
    var device: String?

    /// These as settings of `train`.
    var given: [Given] {
        [
            (TrainSettings.Settings.model.key, model), (GeneratorConfiguration.Settings.encoder.key, encoder),
            (DataSettings.Settings.profiles.key, profiles), (TrainSettings.Settings.itemVectors.key, itemVectors),
            (TrainSettings.Settings.cloudModel.key, cloudModel), (DeviceSettings.Settings.device.key, device),
        ].compactMap { key, text in text.map { Given(key: key, text: $0) } }
    }
}

/// How a bundle says that it was trained, for training it again.
struct RecordedTraining {
    /// Name of the model, which its version covers.
    let name: String
    /// The settings of `train`, of the bundle and as they were given, and nowhere else from.
    private let settings: MergedSettings

    /// Keys of the provenance that are no settings of `train`.
    private static let facts: Set = [ModelBundle.dataDigest, ModelBundle.tool, ModelBundle.itemsAddedTo]
    /// Without these nothing says how weights came about.
    private static let needed = [
        ModelBundle.dataDigest, DataSettings.Settings.task.key, TrainSettings.Settings.model.key,
        TrainSettings.Settings.generator.key, TrainingConfiguration.Settings.epochs.key,
        TrainingConfiguration.Settings.seed.key,
    ]
    /// Settings of one run: what it is trained on again is this machine's affair.
    private static let ofTheRun = [
        DataSettings.Settings.data.key, TrainSettings.Settings.out.key, TrainSettings.Settings.tensorboard.key,
        ThreadSettings.Settings.threads.key,
    ]

    /// Reads the provenance of a bundle.
    ///
    /// - Parameters:
    ///   - bundle: The bundle.
    ///   - path: Where it lies, for messages.
    ///   - given: The data, and files that lie elsewhere now.
    /// - Throws: ``ConfigurationError`` where nothing says how it was trained, something changed it afterwards, or a file is not there.
    init(_ bundle: ModelBundle, at path: String, given: [Given]) throws {
        let record = bundle.provenance.training
        if let reason = Self.refusal(record) { throw ConfigurationError("\(path) \(reason)") }
        name = bundle.manifest.name
        var settings = try MergedSettings(
            TrainOptions.declarations,
            flags: given,
            bundle: record.filter { !Self.ofTheRun.contains($0.key) },
            environment: [:],
            file: nil
        )
        TrainOptions.adjust(&settings)
        self.settings = settings
        try checkFiles(path)
    }

    /// Why a bundle cannot be trained again; `nil` where it can.
    private static func refusal(_ record: [String: String]) -> String? {
        if let file = record[ModelBundle.importedFrom] {
            return "was imported (from \(file)): there is no training to repeat"
        }
        for key in [ModelBundle.adaptedFrom, ModelBundle.distilledFrom] {
            guard let version = record[key] else { continue }
            return "was changed after it was trained (\(key) \(version)), by what devices did: verify that version"
        }
        let known = facts.union(TrainOptions.declarations.map(\.key))
        let unknown = record.keys.filter { !known.contains($0) }.sorted()
        guard unknown.isEmpty else {
            return
                "has settings that `train` of this release does not (\(unknown.joined(separator: ", "))): another command or a newer "
                + "release trained it; verify it with that release, or a bundle of `train`"
        }
        let missing = needed.filter { record[$0] == nil }
        guard missing.isEmpty else {
            return
                "does not say how it was trained: its provenance lacks \(missing.joined(separator: ", ")); give a bundle of `train` with "
                + "its \(BundleLayout.provenance)"
        }
        return nil
    }

    /// - Throws: ``ConfigurationError`` for a file that is not where it was.
    private func checkFiles(_ path: String) throws {
        let own: TrainSettings = settings.values()
        let (model, encoder) = (own.model, settings.values(GeneratorConfiguration.self).encoder.name)
        let files = [
            (TrainSettings.Settings.model.key, model?.hasSuffix(".json") == true ? model : nil),
            (GeneratorConfiguration.Settings.encoder.key, encoder.hasSuffix(".json") ? encoder : nil),
            (TrainSettings.Settings.itemVectors.key, own.itemVectors),
            (TrainSettings.Settings.cloudModel.key, own.cloudModel),
        ]
        for case (let key, let file?) in files where !FileManager.default.fileExists(atPath: file) {
            throw ConfigurationError(
                "\(path) was trained with --\(key) \(file), and there is no such file; say with --\(key) where it lies now"
            )
        }
    }

    /// Digest of the data as training reads them.
    func dataDigest(_ progress: ProgressReporter) throws -> String {
        try LearningSettings(settings).learning(settings.values(TrainSettings.self), progress).task.dataDigest
    }

    /// What `metanetwork` is told to train it again.
    func arguments(out: URL, threads: Int) -> [String] {
        let recorded = settings.entries.compactMap { entry -> String? in
            switch entry.origin {
            case .flag, .bundle: "--\(entry.declaration.key)=\(entry.value?.settingText ?? "")"
            case .variable, .file, .byDefault: nil
            }
        }
        let own = [(TrainSettings.Settings.out.key, out.path), (ThreadSettings.Settings.threads.key, "\(threads)")]
        return ["train"] + recorded + own.map { "--\($0)=\($1)" }
    }

    /// The variables of this process but those of settings: they would change what the bundle leaves open.
    var environment: [String: String] {
        let variables = Set(TrainOptions.declarations.map(\.variable)).subtracting(MergedSettings.reservedVariables)
        return ProcessInfo.processInfo.environment.filter { !variables.contains($0.key) }
    }

    /// What may have made the repetition give other bytes.
    static func causes(_ bundle: BundleProvenance, _ again: BundleProvenance) -> [DifferenceCause] {
        let places = [
            DataSettings.Settings.data.key, DataSettings.Settings.profiles.key, TrainSettings.Settings.out.key,
            TrainSettings.Settings.tensorboard.key, TrainSettings.Settings.itemVectors.key,
            TrainSettings.Settings.cloudModel.key,
        ]
        let files = [TrainSettings.Settings.model.key, GeneratorConfiguration.Settings.encoder.key]
            .filter { bundle.training[$0]?.hasSuffix(".json") == true }
        return DifferenceCause.all(
            of: bundle,
            again,
            threads: ThreadSettings.Settings.threads.key,
            passedOver: Set(places + files + [ModelBundle.dataDigest])
        )
    }
}
