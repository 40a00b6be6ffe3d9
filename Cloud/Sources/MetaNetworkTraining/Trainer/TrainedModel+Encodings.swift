import MetaNetworkModels
import Torch

extension TrainedModel {
    /// What the generator reads of the subjects of the training part, one vector after the other.
    ///
    /// - Throws: `TorchError`.
    package func encodings(_ task: some LearningTask) throws -> (values: [Float], width: Int) {
        let z = try task.trainingEncodings(model, configuration)
        return (try z.floats(), z.size(1))
    }
}
