import MetaNetworkData
import MetaNetworkModels
import MetaNetworkTraining

extension TrainedModel {
    /// What subjects of the training part upload for their samples, one embedding after the other.
    ///
    /// - Throws: ``ModelError/unsuitable(_:)`` where the model reads no embeddings; `TorchError`.
    func uploadedSamples(_ task: some LearningTask) throws -> (values: [Float], width: Int) {
        var rows: [[Float]] = []
        if let task = task as? RankingTask, let generator = model.generator {
            guard let table = try model.uploadedEmbeddings() else {
                throw ModelError.unsuitable("the encoder has a table of its own, so devices upload ids alone")
            }
            rows = task.uploads(window: generator.configuration.window).joined().map { table[$0] }
        } else if let task = task as? EpisodicTask, let pairs = try task.uploadPairs(model, of: .training) {
            rows = pairs.flatMap { $0.samples.first + $0.samples.second }
        }
        guard let first = rows.first else {
            throw ModelError.unsuitable("no device of the training part has samples of its own")
        }
        return (Array(rows.joined()), first.count)
    }
}
