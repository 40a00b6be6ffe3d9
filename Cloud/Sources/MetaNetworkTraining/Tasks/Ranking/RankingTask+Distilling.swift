import MetaNetwork
import MetaNetworkData
import MetaNetworkModels
import Torch

extension RankingTask: DistillingTask {
    package func likelihood(of model: JointModel, _ configuration: TrainingConfiguration) throws -> Likelihood {
        switch try configuration.loss.resolved(model.network.graph, itemCount: dataset.itemCount) {
        case .automatic, .softmax, .sampledSoftmax: .softmax
        case .binary, .generalizedBinary: .bernoulli
        }
    }

    package func owners(_ batch: RankingBatch) -> [Int] { batch.owners }

    /// Mean of the embeddings of what each position reads.
    package func features(_ model: JointModel, _ batch: RankingBatch) throws -> Tensor {
        guard let table = model.network.graph.historyTable else {
            throw ModelError.unsuitable(
                "the architecture '\(model.network.graph.architecture.name)' embeds no history, of which an auxiliary encoder could be told"
            )
        }
        let history = batch.history
        let rows = try model.network.parameters[table.parameter].items(history.sequences.items)
        let shares = try Tensor(history.lengths.map { 1 / Float($0) }, shape: [history.rows, 1])
        // Padding reads as zeros.
        return try rows.gather(history.sequences.indices).sum(axis: 1) * shares
    }

    package func outputs(
        _ model: JointModel,
        _ batch: RankingBatch,
        _ layers: any DynamicLayers,
        isTraining: Bool
    ) throws -> Tensor {
        let shared = try model.network.shared(
            batch.history,
            batch.scored.candidates,
            dropoutSeed: isTraining ? batch.dropoutSeed : nil
        )
        return try model.network.logits(shared, layers)
    }

    package func loss(of outputs: Tensor, _ batch: RankingBatch) throws -> Tensor {
        try batch.scored.loss(outputs, false)
    }
}
