import MetaNetwork

extension ModelGraph {
    /// Multiplications with an addition that one evaluation of an encoder takes, over as many samples as it reads at most. Those of
    /// products alone: what goes element by element is little beside them.
    package var multiplyAdds: Int { nodes.reduce(0) { $0 + multiplyAdds(of: $1) } }

    private func multiplyAdds(of node: ResolvedNode) -> Int {
        let (rows, reads, gives) = (node.shape.rows, node.inputWidth, node.width)
        switch node.operation {
        case .dense: return rows * reads * gives
        case .gru: return rows * 3 * gives * (reads + gives)
        // Queries, keys, values and the output; then, of each row and those before it, a score and a share of the mean.
        case .selfAttention: return rows * 4 * gives * gives + rows * (rows + 1) * gives
        // One query is carried to the memory as it is.
        case .attention(let attention):
            let memory = memory(of: node)
            return 2 * attention.heads * memory.width * gives + 2 * attention.heads * memory.rows * memory.width
        case .weightedSum: return (node.inputShape?.rows ?? 0) * gives
        case .dot: return reads
        case .embedding, .position, .order, .convolution, .pooling, .flatten, .mean, .spread, .standardize, .layerNorm,
            .last, .dropout, .personal, .add, .multiply, .concatenate:
            return 0
        }
    }

    private func memory(of node: ResolvedNode) -> Shape {
        switch node.sources[1] {
        case .node(let index): return nodes[index].shape
        case .input(let place): return inputs[place].shape
        case .history, .candidate: break
        }
        preconditionFailure("'\(node.name)' attends to a sequence")
    }
}
