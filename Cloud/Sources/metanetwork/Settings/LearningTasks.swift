import Foundation
import MetaNetwork
import MetaNetworkData
import MetaNetworkExperiments
import MetaNetworkModels
import MetaNetworkSettings
import MetaNetworkTraining

extension LearningSettings {
    /// Reads the data and makes the settings of every model.
    ///
    /// - Parameters:
    ///   - models: Names of shipped architectures, or paths of JSON files.
    ///   - progress: Receives progress.
    func learning(
        _ models: [String],
        _ progress: ProgressReporter
    ) throws -> (task: any SimulatedTask, templates: [TrainingConfiguration]) {
        guard data.task == .images else {
            // The file says how long a window of vectors is, so it comes first.
            let templates = try models.map { try configuration(model: $0) }
            let architecture = templates[0].architecture
            let ages = generator.ages == 0 ? [] : RankingTask.measuredAges
            guard data.task == .ranking, !data.eventContext.isEmpty else {
                let (samples, data) = (generator.window, data)
                return (
                    try data.learningTask(progress, reading: architecture, samples: samples, ages: ages), templates
                )
            }
            try RankingTask.check(architecture)
            let dataset = try data.dataset(progress)
            let first = try configuration(model: models[0], moment: data.moment(dataset, progress))
            let task = try data.rankingTask(dataset, reading: first.architecture, ages: ages, progress)
            return (task, try models.map { try configuration(model: $0, moment: task.moment) })
        }
        let images = try data.images(samples: generator.window)
        let templates = try models.map { try configuration(model: $0, images: images.collection) }
        return (EpisodicTask(images), templates)
    }
}

extension RankingTask {
    /// The inputs by which the first model reads moments; shipped ones beside it read the same ones.
    var moment: [Architecture.Input] { dataset.contexts?.events?.declared ?? [] }
}

extension DataSettings {
    /// The data for a model, with what is to be learned of them.
    ///
    /// - Parameters:
    ///   - progress: Receives progress.
    ///   - architecture: The model, whose input says how many rows an example has.
    ///   - samples: Unlabelled samples that a device uploads.
    ///   - ages: Ages of generated weights at which a ranking is measured too.
    ///   - itemNames: Items of a bundle, which are to be used and not those of the data.
    ///   - classes: Classes of a bundle, likewise.
    /// - Throws: `ModelError` where the architecture cannot learn the task, before any data are read.
    func learningTask(
        _ progress: ProgressReporter,
        reading architecture: Architecture,
        samples: Int,
        ages: [Int] = [],
        itemNames: [String]? = nil,
        classes: [String]? = nil
    ) throws -> any SimulatedTask {
        guard parts != .retrieval || task == .classification else {
            throw ConfigurationError(
                "parts retrieval looks for inputs of a class, and task \(task.rawValue) has none; use it with classification"
            )
        }
        switch task {
        case .ranking:
            try RankingTask.check(architecture)
            let dataset = try dataset(progress, itemNames: itemNames)
            return try rankingTask(dataset, reading: architecture, ages: ages, progress)
        case .images: return EpisodicTask(try images(samples: samples))
        case .classification:
            return EpisodicTask(
                try features(.classification, architecture, samples: samples, classes: classes),
                retrieves: parts == .retrieval
            )
        case .regression:
            return EpisodicTask(try features(.regression, architecture, samples: samples, classes: nil))
        case .forecasting: return EpisodicTask(try series(architecture, samples: samples))
        }
    }

    /// Learning to rank for a model.
    fileprivate func rankingTask(
        _ dataset: InteractionDataset,
        reading architecture: Architecture,
        ages: [Int],
        _ progress: ProgressReporter
    ) throws -> RankingTask {
        let dataset = try withContexts(dataset, for: architecture, progress)
        return try RankingTask(dataset, ages: ages, isByActivity: parts == .activity)
    }

    /// The data for the model of a bundle, as it was trained.
    func learningTask(
        of bundle: BundleManifest,
        _ provenance: BundleProvenance,
        itemNames: [String],
        _ progress: ProgressReporter
    ) throws -> any SimulatedTask {
        try learningTask(
            progress,
            reading: bundle.architecture,
            samples: provenance.training[GeneratorConfiguration.Settings.window.key].flatMap { Int($0) }
                ?? task.generatorWindow,
            itemNames: itemNames,
            classes: bundle.outputs?.names
        )
    }
}
