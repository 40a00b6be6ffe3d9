import Foundation
import MetaNetwork
import MetaNetworkData
import MetaNetworkTraining

/// What is to be learned.
enum TaskName: String, CaseIterable {
    case ranking, classification, regression, images
}

extension RunSettings {
    /// What the settings say is to be learned.
    var task: TaskName {
        get throws {
            let name = try layers.choice("task", default: "ranking", of: TaskName.allCases.map(\.rawValue))
            return TaskName(rawValue: name) ?? .ranking
        }
    }

    /// Reads the data and makes the settings of every model.
    ///
    /// - Parameters:
    ///   - models: Names of shipped architectures, or paths of JSON files.
    ///   - progress: Receives progress.
    func learning(
        _ models: [String],
        _ progress: ProgressReporter
    ) throws -> (workload: any Workload, templates: [TrainingConfiguration]) {
        guard try task == .images else {
            // The file says how long a window of vectors is, so it comes first.
            let templates = try models.map { try configuration(model: $0) }
            return (try workload(progress, reading: templates[0].architecture), templates)
        }
        let images = try images()
        let templates = try models.map { try configuration(model: $0, images: images.collection) }
        return (EpisodicWorkload(images), templates)
    }

    /// The data for a model.
    ///
    /// - Parameters:
    ///   - progress: Receives progress.
    ///   - architecture: The model, whose input says how many rows an example has.
    ///   - itemNames: Items of a bundle, which are to be used and not those of the data.
    ///   - classes: Classes of a bundle, likewise.
    func workload(
        _ progress: ProgressReporter,
        reading architecture: Architecture,
        itemNames: [String]? = nil,
        classes: [String]? = nil
    ) throws -> any Workload {
        switch try task {
        case .ranking: RankingWorkload(try dataset(progress, itemNames: itemNames))
        case .images: EpisodicWorkload(try images())
        case .classification:
            EpisodicWorkload(try features(.classification, architecture, classes: classes))
        case .regression: EpisodicWorkload(try features(.regression, architecture, classes: nil))
        }
    }

    /// The settings of the data that trained a bundle.
    static func dataSettings(of manifest: BundleManifest) -> [String: String?] {
        let keys = ["k-core", "time-column", "generator-window"] + EpisodeDataOptions.keys
        return Dictionary(uniqueKeysWithValues: keys.map { ($0, manifest.training[$0]) })
    }

    /// Unlabelled samples that a device uploads.
    private var samples: Int {
        get throws { try layers.int("generator-window", default: try task.generatorWindow, in: 1...100_000) }
    }

    private func images() throws -> ShiftedImages {
        let name = try required("data", "give --data mnist-5k, a CSV file of pixels, or a folder of PNG or IDX files")
        let url = try DataCatalog.resolve(name, as: .images, in: DataCatalog.defaultDirectory)
        let known = ImageShift.Kind.allCases.map(\.rawValue)
        let kinds = try layers.string("shifts", default: known.joined(separator: ","))
            .split(separator: ",").map { word in
                let name = word.trimmingCharacters(in: .whitespaces)
                guard let kind = ImageShift.Kind(rawValue: name) else {
                    throw ConfigurationError("shift '\(name)' is not known; use \(known.joined(separator: ", "))")
                }
                return kind
            }
        guard !kinds.isEmpty else {
            throw ConfigurationError("'shifts' names none; use \(known.joined(separator: ", "))")
        }
        return try ShiftedImages(ImageSet(contentsOf: url), kinds: kinds, samples: samples)
    }

    private func features(
        _ kind: BundleManifest.Outputs.Kind,
        _ architecture: Architecture,
        classes: [String]?
    ) throws -> FeatureEpisodes {
        let path = try required("data", "give --data FILE with a header, for example readings.csv")
        let columns = FeatureTable.Columns(
            device: try layers.string("device-column", default: "device"),
            targets: try list("target-columns", default: kind == .classification ? "class" : "target"),
            time: try optional("time-column"),
            features: try list("feature-columns", default: "")
        )
        let table = try FeatureTable(URL(fileURLWithPath: path), columns: columns, kind: kind, classes: classes)
        let window = max(1, architecture.inputs.first { $0.kind == .vectors }?.length ?? 1)
        let stride = try layers.int("stride", default: max(1, window / 2), in: 1...1_000_000)
        return try FeatureEpisodes(table, window: window, stride: stride, samples: samples)
    }

    private func list(_ key: String, default text: String) throws -> [String] {
        try layers.string(key, default: text).split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
    }
}

extension TaskName {
    /// Samples that the generator reads unless told otherwise.
    var generatorWindow: Int { self == .ranking ? GeneratorConfiguration().window : 16 }

    /// The model unless told otherwise; `nil` where there is none for this task.
    var model: String? {
        switch self {
        case .ranking: "sasrec"
        case .images: "cnn"
        case .classification, .regression: nil
        }
    }
}
