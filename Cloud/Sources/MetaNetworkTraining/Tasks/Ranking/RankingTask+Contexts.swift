import MetaNetwork
import MetaNetworkData
import MetaNetworkModels

extension RankingTask {
    /// Moments that mean and deviation are measured on at most.
    private static let mostMoments = 200_000

    /// Checks that the data have what a model reads beside items, and measures what of it is standardized.
    ///
    /// - Throws: ``MetaNetworkModels/ModelError/unsuitable(_:)``.
    func prepareContexts(_ model: JointModel) throws {
        let graph = model.network.graph
        guard !graph.inputs.isEmpty else { return }
        if let contexts = dataset.contexts, contexts.inputs != graph.inputs {
            throw ModelError.unsuitable(
                "the architecture '\(graph.architecture.name)' reads \(graph.inputDescription), and the data were read for a model with other inputs "
                    + "beside items (\(contexts.inputs.map(\.name).joined(separator: ", "))); models of one comparison declare the same ones, in one order and with "
                    + "the same tokens"
            )
        }
        guard let contexts = dataset.contexts else {
            throw ModelError.unsuitable(
                "the architecture '\(graph.architecture.name)' reads \(graph.inputDescription), and the data have no such contexts; "
                    + "give --profiles FILE for what is known of users, --event-context for what is of the moment"
            )
        }
        try model.standardize { trainingRows(contexts) }
    }

    /// Rows that training reads: one of each user where all is known of users, else of training positions all over the data.
    private func trainingRows(_ contexts: InteractionContexts) -> [[Float]] {
        guard contexts.events != nil else {
            let trained = (0..<dataset.userCount).filter { dataset.offsets[$0] < dataset.trainingEnds[$0] }
            return contexts.rows(of: trained, at: trained.map { dataset.offsets[$0] })
        }
        let (positions, users) = dataset.positions(.training)
        let step = max(1, (positions.count + Self.mostMoments - 1) / Self.mostMoments)
        return stride(from: 0, to: positions.count, by: step).map {
            contexts.row(of: Int(users[$0]), at: positions[$0])
        }
    }
}
