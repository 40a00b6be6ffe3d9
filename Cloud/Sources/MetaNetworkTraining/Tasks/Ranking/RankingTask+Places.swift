import MetaNetworkData
import MetaNetworkModels

extension RankingTask {
    /// The place of one item in the whole catalogue for each user, before the last interaction of the user, from 1.
    ///
    /// - Parameters:
    ///   - item: Its index, from 1.
    ///   - model: The model, with weights that it generates of what came before.
    /// - Throws: ``TrainingError/scoreNotFinite`` where a score is infinite or NaN; `TorchError`.
    package func places(of item: Int32, by model: JointModel) throws -> [Int] {
        let positions = (0..<dataset.userCount).map { dataset.offsets[$0 + 1] - 1 }
        var places: [Int] = []
        let scorer = try ModelScorer(model, dataset)
        try scorer.forEachPosition(positions[...], users: (0..<Int32(dataset.userCount)).map { $0 }[...]) { _, scores in
            let own = scores[Int(item) - 1]
            guard own.isFinite else { throw TrainingError.scoreNotFinite }
            places.append(1 + scores.indices.count { scores[$0] >= own && $0 != Int(item) - 1 })
        }
        return places
    }
}
