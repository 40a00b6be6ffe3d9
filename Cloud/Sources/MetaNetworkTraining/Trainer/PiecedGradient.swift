import MetaNetworkModels
import Torch

/// What a rank asks all to do after the step that has begun.
struct StepRequests: OptionSet {
    let rawValue: UInt8

    /// To save the state and end.
    static let stop = StepRequests(rawValue: 1)
    /// To save the state and go on.
    static let save = StepRequests(rawValue: 2)
}

/// The gradient of a step that is cut in pieces, of which each rank computes some.
struct PiecedGradient {
    private let tree: PieceTree
    private let ranks: any RankGroup
    /// The tensors whose gradient is not one of rows.
    private let parameters: [Tensor]
    /// Numbers of a subtree's sum: the gradients of those, whether there is one for each, and two more.
    private let length: Int
    /// The tables whose gradient is one of rows.
    let tables: DividedTables

    /// What a step gave besides the gradient.
    struct Step {
        /// A mean over the step's positions.
        let loss: Double
        let positions: Int
        /// What any rank asked for.
        let asked: StepRequests
        /// The gradients of this rank's rows of tables, by the tables' places.
        let rows: [Int: RowGradient]
        /// The sum of squares of those of all ranks.
        let squares: Double
    }

    /// What a subtree of the pieces gives.
    private struct Sum {
        let whole: Tensor
        let rows: [RowGradient]

        static func + (left: Sum, right: Sum) throws -> Sum {
            Sum(whole: try left.whole + right.whole, rows: try zip(left.rows, right.rows).map { try $0 + $1 })
        }
    }

    /// - Parameters:
    ///   - parameters: What the gradient is of.
    ///   - tables: Those among them whose gradient is one of rows.
    ///   - pieces: Pieces of a step.
    ///   - ranks: Who computes them.
    /// - Throws: As ``DividedTables``.
    init(
        of parameters: [Tensor],
        tables: [JointModel.LargeTable] = [],
        pieces: Int,
        on ranks: any RankGroup
    ) throws(TrainingError) {
        self.ranks = ranks
        self.tables = try DividedTables(tables, among: ranks)
        let places = Set(tables.map(\.place))
        // What stays as it is has no gradient, and may be large.
        self.parameters = parameters.enumerated().filter { !places.contains($0) && $1.requiresGradient }.map(\.element)
        tree = PieceTree(pieces: pieces, ranks: ranks.size)
        length = self.parameters.reduce(self.parameters.count + 2) { $0 + $1.shape.reduce(1, *) }
    }

    /// The pieces that this rank computes.
    var own: Range<Int> { tree.pieces(of: ranks.rank) }

    /// Computes this rank's pieces, adds those of the others, and gives the parameters the gradient of the mean over all positions.
    ///
    /// - Parameters:
    ///   - asked: What this rank asks all for.
    ///   - piece: The loss of a piece, a mean over its positions; `nil` for pieces that a short step has not.
    /// - Throws: ``RankError/lost(_:)``, and what `piece` throws; the parameters then are as they were.
    func step(asking asked: StepRequests = [], piece: (Int) throws -> (loss: Tensor, positions: Int)?) throws -> Step {
        let own = try tree.subtrees(of: ranks.rank).map { node in
            try PieceTree.sum(node, known: { try $0.count == 1 ? gradient(piece($0.lowerBound)) : nil }) {
                try $0 + $1
            }
        }
        let rows = try tables.sums(of: own.map(\.rows), in: tree)
        let all = try gathered(own.map(\.whole), [Float(asked.rawValue)] + tables.squares(of: rows))
        let total = try PieceTree.sum(0..<tree.pieces, known: { all.sums[$0] }) { try $0 + $1 }
        let last = try total.narrowed(axis: 0, length - 2..<length).floats().map { Double($0) }
        // The mean of a single piece is what the piece gave, to the bit.
        let factor = tree.pieces == 1 ? 1 : 1 / max(1, last[1])
        try total.putGradients(of: parameters, times: factor)
        return Step(
            loss: last[0] * factor,
            positions: Int(last[1]),
            asked: all.numbers.reduce(into: []) { $0.formUnion(StepRequests(rawValue: UInt8($1[0]))) },
            rows: try tables.placed(rows, times: factor),
            squares: tables.total(of: all.numbers.map { Array($0.dropFirst()) }) * factor * factor
        )
    }

    /// The gradient of a piece, of the sum over its positions, with that sum and their number.
    private func gradient(_ piece: (loss: Tensor, positions: Int)?) throws -> Sum {
        guard let (loss, positions) = piece else { return Sum(whole: try zeros(length), rows: try tables.taken()) }
        let weight = tree.pieces == 1 ? 1 : Double(positions)
        try (weight == 1 ? loss : loss * weight).backward()
        let value = try loss.scalar() * Float(weight)
        return Sum(
            whole: try Tensor.takeGradients(of: parameters, adding: [value, Float(positions)]),
            rows: try tables.taken()
        )
    }

    /// The sums of all ranks' subtrees, and some numbers of each rank.
    private func gathered(
        _ own: [Tensor],
        _ numbers: [Float]
    ) throws -> (sums: [Range<Int>: Tensor], numbers: [[Float]]) {
        let nodes = (0..<ranks.size).map { tree.subtrees(of: $0) }
        guard ranks.size > 1 else { return (Dictionary(uniqueKeysWithValues: zip(nodes[0], own)), [numbers]) }
        // All ranks send as much as the one with most.
        let most = nodes.reduce(0) { max($0, $1.count) }
        let padding = try own.count < most ? [zeros((most - own.count) * length)] : []
        let last = try Tensor(numbers, shape: [numbers.count])
        let all = try ranks.gather(Tensor.concatenate(own + padding + [last], axis: 0))
        var sums: [Range<Int>: Tensor] = [:]
        for (message, nodes) in zip(all, nodes) {
            for (place, node) in nodes.enumerated() {
                sums[node] = try message.narrowed(axis: 0, place * length..<(place + 1) * length)
            }
        }
        let rest = most * length..<most * length + numbers.count
        return (sums, try all.map { try $0.narrowed(axis: 0, rest).floats() })
    }

    private func zeros(_ count: Int) throws -> Tensor {
        try Tensor([Float](repeating: 0, count: count), shape: [count])
    }
}
