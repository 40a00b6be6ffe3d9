import MetaNetwork
import MetaNetworkData
import MetaNetworkModels
import Torch

extension EpisodicTask: DistillingTask {
    /// A table has the inputs of devices, and nothing of who has them.
    package var profiles: [[Float]]? { nil }

    package func likelihood(of model: JointModel, _ configuration: TrainingConfiguration) -> Likelihood {
        source.outputs.kind == .classification ? .softmax : .normal
    }

    package func owners(_ batch: EpisodeBatch) -> [Int] { batch.devices }

    /// What stands for each input as a sample.
    package func features(_ model: JointModel, _ batch: EpisodeBatch) throws -> Tensor {
        try model.network.samples(model.network.shared(batch.query), of: batch.query)
    }

    package func outputs(
        _ model: JointModel,
        _ batch: EpisodeBatch,
        _ layers: any DynamicLayers,
        isTraining: Bool
    ) throws -> Tensor {
        let shared = try model.network.shared(batch.query, dropoutSeed: isTraining ? batch.dropoutSeed : nil)
        return try model.network.outputs(shared, layers)
    }

    package func loss(of outputs: Tensor, _ batch: EpisodeBatch) throws -> Tensor {
        switch source.outputs.kind {
        case .classification: try outputs.crossEntropy(batch.classes())
        case .regression: try outputs.squaredError(batch.values(width: outputs.size(1)))
        }
    }
}
