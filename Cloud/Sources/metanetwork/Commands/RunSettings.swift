import Foundation
import MetaNetwork
import MetaNetworkData
import MetaNetworkTraining
import Torch

/// The merged settings of `train` and `compare`: flags over environment over file over defaults.
struct RunSettings {
    let layers: LayeredSettings

    /// - Parameters:
    ///   - keys: Names of the settings that the command has beside those of data and training.
    ///   - flags: What was given on the command line, by name of the setting.
    ///   - config: Path of a configuration file.
    init(keys: [String] = [], flags: [[String: String?]], config: String? = nil) throws {
        let all = flags.reduce(into: [String: String]()) { all, part in
            for (key, value) in part { all[key] = value ?? all[key] }
        }
        layers = try LayeredSettings(
            known: DataOptions.keys + TrainingOptions.keys + keys,
            flags: all,
            environment: ProcessInfo.processInfo.environment,
            file: config.map { URL(fileURLWithPath: $0) }
        )
    }

    /// The value of a setting that has no default.
    func required(_ key: String, _ fix: String) throws -> String {
        let value = try layers.string(key, default: "")
        guard !value.isEmpty else { throw ConfigurationError("'\(key)' is missing: \(fix)") }
        return value
    }

    /// Reads the data that the settings name.
    func dataset(_ progress: ProgressReporter, itemNames: [String]? = nil) throws -> InteractionDataset {
        let name = try required("data", "give --data NAME or FILE; `metanetwork data list` shows the names")
        let log =
            try SharedEvents.file(name).map { try SharedEvents.log($0, model: optional("events-model")) }
            ?? interactions(name, progress)
        let kCore = try layers.int("k-core", default: 5, in: 1...1_000_000)
        let dataset = try InteractionDataset(log, kCore: kCore, itemNames: itemNames.map(Vocabulary.init))
        if dataset.droppedUsers > 0 {
            progress.message("\(dataset.droppedUsers) users have fewer than 3 interactions and were dropped")
        }
        return dataset
    }

    private func interactions(_ name: String, _ progress: ProgressReporter) throws -> InteractionLog {
        let url = try DataCatalog.resolve(name, in: DataCatalog.defaultDirectory)
        let mapping = InteractionFormat.ColumnMapping(
            user: try optional("user-column"),
            item: try optional("item-column"),
            time: try optional("time-column")
        )
        defer { progress.finish() }
        return try InteractionReader.read(url, mapping: mapping, progress: progress.reading(url))
    }

    /// Applies the number of threads.
    func applyThreads() throws {
        let cores = ProcessInfo.processInfo.activeProcessorCount
        try LibTorch.setThreads(layers.int("threads", default: cores, in: 1...1024))
    }

    /// The settings of one model.
    ///
    /// - Parameters:
    ///   - model: Name of a shipped architecture, or the path of a JSON file.
    ///   - images: Images whose size and classes a shipped architecture takes.
    func configuration(model: String, images: ImageSet? = nil) throws -> TrainingConfiguration {
        let defaults = GeneratorConfiguration()
        let window = try layers.int("window", default: 10, in: 1...100_000)
        let width = try layers.int("width", default: 32, in: 1...4096)
        let generator = GeneratorConfiguration(
            window: try layers.int("generator-window", default: try task.generatorWindow, in: 1...100_000),
            width: try layers.int("generator-width", default: defaults.width, in: 1...4096),
            rank: try layers.int("rank", default: defaults.rank, in: 1...4096),
            candidates: try layers.int("candidates", default: defaults.candidates, in: 2...64),
            temperature: try layers.double("temperature", default: defaults.temperature, in: 1e-6...1e6),
            similarity: try Self.similarity(
                layers.choice(
                    "similarity",
                    default: "rows",
                    of: GeneratorConfiguration.Similarity.allCases.map(\.rawValue)
                )
            )
        )
        return TrainingConfiguration(
            architecture: try Self.architecture(model, width: width, window: window, images),
            generator: generator,
            epochs: try layers.int("epochs", default: 30, in: 1...100_000),
            batch: try layers.int("batch", default: 512, in: 1...1_000_000),
            negatives: try layers.int("negatives", default: 4, in: 1...1000),
            learningRate: try layers.double("learning-rate", default: 1e-3, in: 1e-9...10),
            clipNorm: try layers.double("clip-norm", default: 5, in: 1e-9...1e9),
            patience: try layers.int("patience", default: 10, in: 0...100_000)
        )
    }

    /// Every setting with its value, as reports and bundles keep it.
    var description: [String: String] {
        var result: [String: String] = [:]
        for origin in layers.origins where !origin.value.isEmpty { result[origin.key] = origin.value }
        return result
    }

    func optional(_ key: String) throws -> String? {
        let value = try layers.string(key, default: "")
        return value.isEmpty ? nil : value
    }

    private static func similarity(_ name: String) -> GeneratorConfiguration.Similarity {
        GeneratorConfiguration.Similarity(rawValue: name) ?? .rows
    }

    /// The model to train where the settings name none.
    ///
    /// - Parameter named: What they name.
    func model(_ named: String) throws -> String {
        if !named.isEmpty { return named }
        guard let model = try task.model else {
            throw ConfigurationError(
                "'model' is missing: give the path of an architecture in JSON; docs/architectures.md shows some"
            )
        }
        return model
    }

    private static func architecture(
        _ model: String,
        width: Int,
        window: Int,
        _ images: ImageSet?
    ) throws -> Architecture {
        if model == "cnn", let images {
            return .cnn(height: images.height, width: images.width, classes: images.classes.count)
        }
        if let shipped = Architecture.shipped(model, width: width, window: window) { return shipped }
        guard model.hasSuffix(".json") else {
            throw ConfigurationError(
                "model '\(model)' is not known; use one of \(Architecture.shippedNames.joined(separator: ", ")), cnn (for images), "
                    + "or the path of a .json file"
            )
        }
        return try ArchitectureSource.file(model)
    }
}
