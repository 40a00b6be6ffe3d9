import Foundation
import MetaNetwork
import MetaNetworkData
import MetaNetworkExperiments
import MetaNetworkPNG
import MetaNetworkServer
import MetaNetworkSettings
import MetaNetworkTraining

extension DataSettings {
    /// The name or path of the data.
    ///
    /// - Throws: ``ConfigurationError`` with the fix where the settings name none.
    func source(_ fix: String) throws -> String {
        guard let data else { throw ConfigurationError("'\(Settings.data.key)' is missing: \(fix)") }
        return data
    }

    /// Reads the interactions that the settings name.
    func dataset(_ progress: ProgressReporter, itemNames: [String]? = nil) throws -> InteractionDataset {
        let log = try log(progress)
        let dataset = try InteractionDataset(
            log,
            kCore: kCore,
            split: split,
            itemNames: itemNames.map(Vocabulary.init),
            keepsMoments: !eventContext.isEmpty
        )
        if dataset.droppedUsers > 0 {
            progress.message("\(dataset.droppedUsers) users have fewer than 3 interactions and were dropped")
        }
        return dataset
    }

    /// Reads the interactions that the settings name, before anything is filtered.
    ///
    /// - Parameter mayLackEvents: Whether data that do not say what users did are read all the same where a model reads it; their events
    ///   are empty then, or there are none.
    func log(_ progress: ProgressReporter, mayLackEvents: Bool = false) throws -> InteractionLog {
        let name = try source("give --data NAME or FILE; `metanetwork data list` shows the names")
        var timed = self
        if mayLackEvents { timed.eventContext.removeAll(where: \.isOfEvents) }
        return
            try SharedEvents.address(name).map { try SharedEvents($0, timed).log(progress) }
            ?? PreparedData.place(name).map { try timed.prepared($0, progress) }
            ?? interactions(name, progress, mayLackEvents: mayLackEvents)
    }

    private func prepared(_ place: String, _ progress: ProgressReporter) throws -> InteractionLog {
        defer { progress.finish() }
        guard filter == InteractionFilter() else {
            throw ConfigurationError(
                "\(place) has neither ratings nor events any more, which \(Self.readers) read; leave them out, or give the file itself"
            )
        }
        let data = try preparedData(place, progress)
        guard kCore >= data.manifest.leastEvents else {
            throw ConfigurationError(
                "\(place) was prepared without users and items of fewer than \(data.manifest.leastEvents) events; give --k-core "
                    + "\(data.manifest.leastEvents) or more, or prepare it with a smaller --least-events"
            )
        }
        return try data.log(progress: progress.reading(URL(fileURLWithPath: place)))
    }

    /// Opens what was prepared.
    ///
    /// - Parameter place: A folder or an address.
    func preparedData(_ place: String, _ progress: ProgressReporter) throws -> PreparedData {
        ObjectPlace.isAddress(place)
            ? try PreparedObjects(ObjectPlace(place), progress).data() : try PreparedData(URL(fileURLWithPath: place))
    }

    /// What reads ratings or events, for messages.
    static var readers: String {
        let keys = [Settings.leastRating.key, Settings.eventTypes.key, Settings.weights.key]
        return (keys + ["\(Settings.eventContext.key) \(EventContext.previous.rawValue)"]).map { "'\($0)'" }
            .joined(separator: ", ")
    }

    private func interactions(
        _ name: String,
        _ progress: ProgressReporter,
        mayLackEvents: Bool
    ) throws -> InteractionLog {
        let url = try DataCatalog.resolve(name)
        defer { progress.finish() }
        var filter = filter
        filter.mayLackEvents = mayLackEvents
        return try InteractionReader.read(url, mapping: mapping, filter: filter, progress: progress.reading(url))
    }

    /// Reads the images that the settings name.
    ///
    /// - Parameter samples: Unlabelled images that a device uploads.
    func images(samples: Int) throws -> ShiftedImages {
        let name = try source("give --data mnist-5k, a CSV file of pixels, or a folder of PNG or IDX files")
        try SharedEvents.refuse(name)
        let url = try DataCatalog.resolve(name, as: .images)
        return try ShiftedImages(
            ImageSet(contentsOf: url),
            kinds: shifts.kinds,
            testKinds: testShifts,
            samples: samples
        )
    }

    /// Reads the table of devices that the settings name.
    ///
    /// - Parameters:
    ///   - kind: Classes, or values.
    ///   - architecture: The model, whose input says how many rows an example has.
    ///   - samples: Unlabelled samples that a device uploads.
    ///   - classes: Classes of a bundle; `nil` takes those of the table.
    func features(
        _ kind: BundleManifest.Outputs.Kind,
        _ architecture: Architecture,
        samples: Int,
        classes: [String]?
    ) throws -> FeatureEpisodes {
        let name = try source("give --data watch, or a FILE with a header, for example readings.csv")
        try SharedEvents.refuse(name)
        let columns = FeatureTable.Columns(
            device: deviceColumn,
            targets: targetColumns ?? [task.targetColumn].compactMap(\.self),
            time: timeColumn,
            group: groupColumn,
            features: featureColumns
        )
        let url = try DataCatalog.resolve(name, as: .devices)
        // A ranker is told so, rather than that it has no items.
        try EpisodicTask.check(architecture)
        let graph = try ModelGraph(architecture)
        let inputs = graph.onlyShape == nil ? graph.inputs : []
        let table = try FeatureTable(url, columns: columns, kind: kind, classes: classes, inputs: inputs)
        let window = graph.window
        return try FeatureEpisodes(
            table,
            window: window,
            inputs: inputs,
            stride: stride ?? max(1, window / 2),
            samples: samples,
            support: support,
            supportClasses: supportClasses,
            folds: folds
        )
    }

    /// Reads the series that the settings name.
    ///
    /// - Parameters:
    ///   - architecture: The model: how many values it reads and forecasts.
    ///   - samples: Windows that a device uploads.
    func series(_ architecture: Architecture, samples: Int) throws -> SeriesEpisodes {
        let name = try source("give --data parking, or a FILE with a header and a column for each series")
        try SharedEvents.refuse(name)
        let url = try DataCatalog.resolve(name, as: .series)
        try EpisodicTask.check(architecture)
        let graph = try ModelGraph(architecture)
        let columns = SeriesTable.Columns(
            series: try SeriesTable.has(deviceColumn, url) ? deviceColumn : nil,
            time: timeColumn,
            values: targetColumns ?? []
        )
        return try SeriesEpisodes(
            SeriesTable(url, columns: columns),
            window: graph.inputCount,
            inputs: graph.inputs,
            horizon: graph.outputWidth,
            stride: stride ?? 1,
            samples: samples
        )
    }
}
