import MetaNetwork

/// The order in which an epoch visits parts of streamed data: part p belongs to piece p mod P, and each piece visits its parts one after the other.
///
/// It depends on the data, the seed and the number of pieces alone. The last batch of a part may be smaller than the others, and a piece that has
/// visited all its parts takes no part in the steps that are left.
struct PartOrder: Equatable, Sendable {
    /// A part, and where its batches are.
    struct Visit: Equatable, Sendable {
        let part: Int
        /// The steps in which its batches are taken; there is at least one.
        let steps: Range<Int>
    }

    /// The visits of each piece, in order.
    let pieces: [[Visit]]
    /// Number of steps.
    var count: Int { pieces.reduce(0) { max($0, $1.last?.steps.upperBound ?? 0) } }
    private let seed: UInt64

    /// - Parameters:
    ///   - positions: Training positions of each part.
    ///   - count: Number of pieces.
    ///   - batch: Positions of a piece in a step, at most.
    ///   - random: Random source of the epoch.
    init(_ positions: [Int], pieces count: Int, batch: Int, random: inout SeededGenerator) {
        let seed = random.next()
        self.seed = seed
        pieces = (0..<count).map { piece in
            var own = SeededGenerator(seed: seed, streams: [0, UInt64(piece)])
            var first = 0
            return stride(from: piece, to: positions.count, by: count).shuffled(using: &own).compactMap { part in
                let batches = (positions[part] + batch - 1) / batch
                guard batches > 0 else { return nil }
                defer { first += batches }
                return Visit(part: part, steps: first..<first + batches)
            }
        }
    }

    /// Random source of the order inside a part.
    func random(of part: Int) -> SeededGenerator { SeededGenerator(seed: seed, streams: [1, UInt64(part)]) }
}
