import MetaNetwork
import MetaNetworkData
import MetaNetworkExperiments
import MetaNetworkModels
import MetaNetworkSettings
import MetaNetworkTraining

/// What `train` learns from: data in memory, or streamed.
extension LearningSettings {
    /// Reads the data and makes the settings of the model.
    ///
    /// - Parameters:
    ///   - own: The settings that `train` alone has.
    ///   - progress: Receives progress.
    func learning(
        _ own: TrainSettings,
        _ progress: ProgressReporter
    ) throws -> (task: any LearningTask, template: TrainingConfiguration) {
        let model = try data.task.model(own.model)
        guard own.stream else {
            let (task, templates) = try learning([model], progress)
            return (task, templates[0])
        }
        guard data.task == .ranking, let place = data.data.flatMap(PreparedData.place) else {
            throw ConfigurationError(
                "--\(TrainSettings.Settings.stream.key) reads part by part what `metanetwork data prepare` made; give "
                    + "--\(DataSettings.Settings.data.key) prepared:FOLDER, or leave it out"
            )
        }
        if let needs = whatNeedsAll(own) {
            throw ConfigurationError(
                "--\(TrainSettings.Settings.stream.key) has a part of the interactions in memory, and \(needs) needs all of them; leave one of "
                    + "the two out"
            )
        }
        let template = try configuration(model: model)
        try StreamedRankingTask.check(template.architecture)
        let graph = try ModelGraph(template.architecture, itemCount: 1)
        guard graph.inputs.isEmpty else {
            throw ConfigurationError(
                "'\(graph.architecture.name)' reads \(graph.inputDescription), which needs all users in memory; leave "
                    + "--\(TrainSettings.Settings.stream.key) out, or take a model of items alone"
            )
        }
        let ages = generator.ages == 0 ? [] : RankingTask.measuredAges
        return (try data.streamed(place, ages: ages, progress), template)
    }

    /// The first of the settings that needs all interactions at once; `nil` where there is none.
    private func whatNeedsAll(_ own: TrainSettings) -> String? {
        typealias Data = DataSettings.Settings
        let needs: [(isAsked: Bool, text: String)] = [
            (!data.split.isByUser, "--\(Data.split.key) \(data.split.rawValue)"),
            (data.filter != InteractionFilter(), DataSettings.readers),
            (data.parts != .history, "--\(Data.parts.key) \(data.parts.rawValue)"),
            (data.profiles != nil, "--\(Data.profiles.key)"),
            (!data.eventContext.isEmpty, "--\(Data.eventContext.key)"),
            (own.itemVectors != nil, "--\(TrainSettings.Settings.itemVectors.key)"),
            (own.gate != .none, "--\(TrainSettings.Settings.gate.key) \(own.gate.rawValue)"),
            (
                own.generator.form?.encodesSamples == false,
                "--\(TrainSettings.Settings.generator.key) \(own.generator.rawValue)"
            ),
        ]
        return needs.first { $0.isAsked }?.text
    }
}

extension DataSettings {
    /// Learning to rank from prepared data that are read part by part.
    fileprivate func streamed(
        _ place: String,
        ages: [Int],
        _ progress: ProgressReporter
    ) throws -> StreamedRankingTask {
        defer { progress.finish() }
        let prepared = try preparedData(place, progress)
        let least = prepared.manifest.leastEvents
        guard kCore == least else {
            throw ConfigurationError(
                "the data were prepared without users and items of fewer than \(least) events, counted once each, and to drop more all of them "
                    + "would have to be in memory; give --\(Settings.kCore.key) \(least), or prepare them with --least-events \(kCore)"
            )
        }
        let task = try StreamedRankingTask(PreparedParts(prepared, split: split), ages: ages) { done, count in
            progress.update(label: "reading the parts once", done: done, total: count, detail: "")
        }
        if task.droppedUsers > 0 {
            progress.message("\(task.droppedUsers) users have fewer than 3 interactions and were dropped")
        }
        return task
    }
}
