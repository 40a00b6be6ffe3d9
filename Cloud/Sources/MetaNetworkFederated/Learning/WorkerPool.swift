import Foundation
import MetaNetwork
import MetaNetworkData
import Synchronization

/// Threads on which devices learn side by side.
struct WorkerPool: Sendable {
    let learner: any LocalLearner
    let data: any DealtExamples
    let workers: Int

    /// A device's turn.
    struct Turn: Sendable {
        let device: Int
        let parameters: [Float]
        let work: LocalWork
        let random: SeededGenerator
        /// Windows that it learns from beside its own.
        var handout: SyntheticWindows?
    }

    /// Learns, the longest turns first.
    ///
    /// - Returns: What came of each turn, in their order.
    /// - Throws: The first error, by order of the turns.
    func train(_ turns: [Turn]) throws -> [LocalResult] {
        let order = turns.indices.sorted { (steps(turns[$1]), $0) < (steps(turns[$0]), $1) }
        let next = Atomic(0)
        let results = Mutex([Result<LocalResult, any Error>?](repeating: nil, count: turns.count))
        DispatchQueue.concurrentPerform(iterations: max(1, min(workers, turns.count))) { _ in
            while true {
                let place = next.add(1, ordering: .relaxed).oldValue
                guard place < order.count else { return }
                let turn = turns[order[place]]
                let result = Result {
                    var random = turn.random
                    let rows = data.shards[turn.device]
                    guard let handout = turn.handout else {
                        return try learner.train(from: turn.parameters, on: rows, turn.work, random: &random)
                    }
                    guard let learner = learner as? SeriesLearner else {
                        preconditionFailure("windows are sent to devices that forecast")
                    }
                    return try learner.train(
                        from: turn.parameters,
                        on: rows,
                        and: handout,
                        turn.work,
                        random: &random
                    )
                }
                results.withLock { $0[order[place]] = result }
            }
        }
        return try results.withLock { $0 }.map { result in
            guard let result else { preconditionFailure("every turn was taken") }
            return try result.get()
        }
    }

    /// Steps of a turn, by which it is dealt.
    func steps(_ turn: Turn) -> Int { turn.work.steps(examples: data.shards[turn.device].count) }
}
