import MetaNetworkModels
import Torch

/// The gradient of a step that is cut in pieces, of which each rank computes some.
struct PiecedGradient {
    private let tree: PieceTree
    private let ranks: any RankGroup
    private let parameters: [Tensor]
    /// Numbers of a subtree's sum: the gradients, whether there is one for each parameter, and two more.
    private let length: Int

    /// What a step gave besides the gradient.
    struct Step {
        /// A mean over the step's positions.
        let loss: Double
        let positions: Int
        /// Whether any rank asked to stop.
        let isStopAsked: Bool
    }

    /// - Parameters:
    ///   - parameters: What the gradient is of.
    ///   - pieces: Pieces of a step.
    ///   - ranks: Who computes them.
    /// - Throws: ``TrainingError/badSetting(_:)`` where a table is so large that its gradient is sparse.
    init(of parameters: [Tensor], pieces: Int, on ranks: any RankGroup) throws(TrainingError) {
        let rows = parameters.reduce(0) { max($0, $1.shape.count == 2 ? $1.size(0) : 0) }
        guard rows <= Tensor.largestDenseTable else {
            throw .badSetting(
                "a table of the model has \(rows) rows, and gradients of pieces and ranks are added for tables of up to \(Tensor.largestDenseTable): "
                    + "train on one rank with pieces 1, or on fewer items (k-core)"
            )
        }
        (self.parameters, self.ranks) = (parameters, ranks)
        tree = PieceTree(pieces: pieces, ranks: ranks.size)
        length = parameters.reduce(parameters.count + 2) { $0 + $1.shape.reduce(1, *) }
    }

    /// Computes this rank's pieces, adds those of the others, and gives the parameters the gradient of the mean over all positions.
    ///
    /// - Parameters:
    ///   - isStopAsked: Whether this rank is to stop.
    ///   - piece: The loss of a piece, a mean over its positions; `nil` for pieces that a short step has not.
    /// - Throws: ``RankError/lost(_:)``, and what `piece` throws; the parameters then are as they were.
    func step(isStopAsked: Bool, piece: (Int) throws -> (loss: Tensor, positions: Int)?) throws -> Step {
        let own = try tree.subtrees(of: ranks.rank).map { node in
            try PieceTree.sum(node, known: { try $0.count == 1 ? gradient(piece($0.lowerBound)) : nil }) {
                try $0 + $1
            }
        }
        let (sums, isAnyStopAsked) = try gathered(own, isStopAsked)
        let total = try PieceTree.sum(0..<tree.pieces, known: { sums[$0] }) { try $0 + $1 }
        let last = try total.narrowed(axis: 0, length - 2..<length).floats().map { Double($0) }
        // The mean of a single piece is what the piece gave, to the bit.
        let factor = tree.pieces == 1 ? 1 : 1 / max(1, last[1])
        try total.putGradients(of: parameters, times: factor)
        return Step(loss: last[0] * factor, positions: Int(last[1]), isStopAsked: isAnyStopAsked)
    }

    /// The gradient of a piece, of the sum over its positions, with that sum and their number.
    private func gradient(_ piece: (loss: Tensor, positions: Int)?) throws -> Tensor {
        guard let (loss, positions) = piece else { return try zeros(length) }
        let weight = tree.pieces == 1 ? 1 : Double(positions)
        let value = try loss.scalar() * Float(weight)
        try (weight == 1 ? loss : loss * weight).backward()
        return try Tensor.takeGradients(of: parameters, adding: [value, Float(positions)])
    }

    /// The sums of all ranks' subtrees.
    private func gathered(
        _ own: [Tensor],
        _ isStopAsked: Bool
    ) throws -> (sums: [Range<Int>: Tensor], isStopAsked: Bool) {
        let nodes = (0..<ranks.size).map { tree.subtrees(of: $0) }
        guard ranks.size > 1 else { return (Dictionary(uniqueKeysWithValues: zip(nodes[0], own)), isStopAsked) }
        // All ranks send as much as the one with most.
        let most = nodes.reduce(0) { max($0, $1.count) }
        let padding = try own.count < most ? [zeros((most - own.count) * length)] : []
        let flag = try Tensor([isStopAsked ? 1 : 0], shape: [1])
        let all = try ranks.gather(Tensor.concatenate(own + padding + [flag], axis: 0))
        var sums: [Range<Int>: Tensor] = [:]
        for (message, nodes) in zip(all, nodes) {
            for (place, node) in nodes.enumerated() {
                sums[node] = try message.narrowed(axis: 0, place * length..<(place + 1) * length)
            }
        }
        let flags = try all.map { try $0.narrowed(axis: 0, most * length..<most * length + 1).scalar() }
        return (sums, flags.contains { $0 > 0 })
    }

    private func zeros(_ count: Int) throws -> Tensor {
        try Tensor([Float](repeating: 0, count: count), shape: [count])
    }
}
