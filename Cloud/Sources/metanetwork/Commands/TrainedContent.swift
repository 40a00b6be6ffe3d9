import Foundation
import MetaNetwork
import MetaNetworkBundles
import MetaNetworkData
import MetaNetworkPublishing
import MetaNetworkServer
import MetaNetworkSettings
import MetaNetworkTraining

/// What `train --item-vectors` adds to a bundle: items that nobody chose yet, ranked by their content.
struct TrainedContent {
    private let vectors: ItemVectors
    private let task: RankingTask

    /// Reads the vectors, before hours of training.
    ///
    /// - Returns: `nil` where there are none.
    /// - Throws: `ConfigurationError` where the task ranks no items, `DataError` where the file cannot be read.
    init?(_ settings: TrainSettings, _ task: any LearningTask, _ progress: ProgressReporter) throws {
        guard let path = settings.itemVectors else { return nil }
        guard let task = task as? RankingTask else {
            throw ConfigurationError(
                "'\(TrainSettings.Settings.itemVectors.key)' are of the items of a ranking; leave them out"
            )
        }
        (vectors, self.task) = (try ItemVectors(contentsOf: URL(fileURLWithPath: path)), task)
        if let note = vectors.note { progress.message(note) }
    }

    /// Learns how rows follow from vectors, and gives items without training interactions such rows.
    ///
    /// - Returns: The file of the bundle.
    func learned(by trained: TrainedModel, _ progress: ProgressReporter) throws -> [String: (
        role: BundleRole, data: Data
    )] {
        let projection = try ContentProjection(vectors, of: trained.model, task)
        let missing = (0..<task.itemNames.count).count { vectors.vector(of: task.itemNames[$0]) == nil }
        if missing > 0 {
            progress.message("\(missing) items have no vector: their interactions alone say where they rank")
        }
        let filled = try projection.fillRows(from: vectors, in: trained.model, task)
        if filled > 0 {
            progress.message("\(filled) items have no training interaction: their vectors say where they rank")
        }
        let file = Data(try SafeTensors.encode(projection.weights))
        return [ContentProjection.file: (ContentProjection.role, file)]
    }

    /// Adds the items that have a vector and no interaction at all to a written bundle.
    ///
    /// - Returns: The bundle's manifest.
    func addItems(to bundle: URL, _ manifest: BundleManifest, _ progress: ProgressReporter) throws -> BundleManifest {
        guard (0..<vectors.items.count).contains(where: { task.itemNames.index(of: vectors.items[$0]) == nil }) else {
            return manifest
        }
        let added = try ModelBundle.adding(vectors, to: BundleContents(contentsOf: bundle).files)
        try BundleFolder.replace(bundle, with: added.files)
        progress.message("\(added.added) items have a vector and no interaction: they are in the bundle all the same")
        return added.manifest
    }
}
