import Torch

/// Devices that learn, dealt to the processes that simulate them together, where there are several.
///
/// All of them draw the same devices, ask for the same turns in the same order, and hear what came of each, so that all make the same models, to the bit.
final class Cohort {
    private let pool: WorkerPool
    private let ranks: any RankGroup
    private var isOwnStopAsked = false
    private var isAnyStopAsked = false

    init(_ pool: WorkerPool, on ranks: any RankGroup) { (self.pool, self.ranks) = (pool, ranks) }

    /// What devices learn.
    var learner: any LocalLearner { pool.learner }

    /// Whether all stop.
    ///
    /// - Parameter isAsked: Whether this process was asked to. The others hear of it when devices learn the next time, and stop with it.
    func stops(_ isAsked: Bool) -> Bool {
        isOwnStopAsked = isAsked
        return ranks.size == 1 ? isAsked : isAnyStopAsked
    }

    /// Has devices learn, those with most to do first, each on the rank that has least.
    ///
    /// - Returns: What came of each turn, in their order.
    /// - Throws: The first error of this rank's turns, by their order; `RankError.failed` where another rank has one; `RankError.lost`.
    func train(_ turns: [WorkerPool.Turn]) throws -> [LocalResult] {
        let dealt = RankDealing.ranks(of: turns.map { Double(pool.steps($0)) }, among: ranks.size)
        let places = (0..<ranks.size).map { rank in turns.indices.filter { dealt[$0] == rank } }
        let own = Result { try pool.train(places[ranks.rank].map { turns[$0] }) }
        let results = try exchanged(own, places.map { $0.map { turns[$0] } })
        var ordered = [LocalResult?](repeating: nil, count: turns.count)
        for (places, results) in zip(places, results) {
            for (place, result) in zip(places, results) { ordered[place] = result }
        }
        return ordered.map { result in
            guard let result else { preconditionFailure("every turn is dealt") }
            return result
        }
    }

    /// What each rank's devices learned.
    private func exchanged(
        _ own: Result<[LocalResult], any Error>,
        _ turns: [[WorkerPool.Turn]]
    ) throws -> [[LocalResult]] {
        guard ranks.size > 1 else { return [try own.get()] }
        let message = CohortMessage(own, isStopAsked: isOwnStopAsked)
        // One after the other, as each has as much to say as it learned.
        var results: [[LocalResult]] = []
        var (failure, isStopAsked) = (nil as String?, false)
        for rank in 0..<ranks.size {
            let isOwn = rank == ranks.rank
            let bytes = try ranks.broadcast(isOwn ? message.bytes : [], from: rank)
            let heard = isOwn ? message : try CohortMessage(bytes, of: turns[rank])
            isStopAsked = isStopAsked || heard.isStopAsked
            switch heard.learned {
            case .success(let learned): results.append(learned)
            case .failure(let error): failure = failure ?? "rank \(rank) failed: \(error)"
            }
        }
        isAnyStopAsked = isStopAsked
        if let failure {
            _ = try own.get()
            throw RankError.failed(failure)
        }
        return results
    }
}
