import MetaNetwork
import MetaNetworkData
import MetaNetworkModels

extension RankingTask {
    /// Checks that the data have what a model reads of users beside items, and measures what of it is standardized.
    ///
    /// - Throws: ``MetaNetworkModels/ModelError/unsuitable(_:)``.
    func prepareContexts(_ model: JointModel) throws {
        let graph = model.network.graph
        guard !graph.inputs.isEmpty else { return }
        guard let contexts = dataset.contexts, contexts.inputs == graph.inputs else {
            throw ModelError.unsuitable(
                "the architecture '\(graph.architecture.name)' reads \(graph.inputDescription), and the data have no such contexts of their "
                    + "users; give --profiles FILE"
            )
        }
        let trained = (0..<dataset.userCount).filter { dataset.offsets[$0] < dataset.trainingEnds[$0] }
        try model.standardize { contexts.rows(of: trained) }
    }
}
