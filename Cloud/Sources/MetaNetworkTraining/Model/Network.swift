import MetaNetwork
import Torch

/// The interpreter of a ``MetaNetwork/ModelGraph`` on LibTorch: batched and differentiable.
///
/// Nodes that no dynamic layer touches are computed once and shared by the global and the personal forward pass.
struct Network {
    let graph: ModelGraph
    let parameters: ParameterSet

    /// Values of nodes by index; `nil` for those that are not computed yet.
    struct Values {
        var nodes: [Value?]
        let history: HistoryBatch
        /// `nil` for a model over vectors.
        let candidates: CandidateBatch?
        /// What a model over vectors reads.
        var input: Value?
    }

    enum Value {
        /// One row a sample that depends on its item and its age alone.
        case samples(SampleTable)
        /// One row a sample, or a position of an image from left to right and then from top to bottom, [rows, steps, d].
        case sequence(Tensor)
        /// [rows or 1, candidates or 1, d].
        case vector(Tensor)
        /// One row a distinct item of the batch, [items, d].
        case table(Tensor)
    }

    /// Computes all that does not depend on a dynamic layer.
    ///
    /// - Parameters:
    ///   - history: What the rows read.
    ///   - candidates: What they are scored on.
    ///   - items: From ``items(_:)`` of these candidates; `nil` where it is to be computed.
    func shared(_ history: HistoryBatch, _ candidates: CandidateBatch, items: [Value?]? = nil) throws -> Values {
        let nodes = items ?? [Value?](repeating: nil, count: graph.nodes.count)
        return try shared(Values(nodes: nodes, history: history, candidates: candidates))
    }

    func shared(_ inputs: Values) throws -> Values {
        try computed(inputs) { !$0.isPersonal }
    }

    /// Computes what depends on the candidates alone and on no dynamic layer, for rows to come that are scored on them.
    func items(_ candidates: CandidateBatch) throws -> [Value?] {
        let values = Values(
            nodes: [Value?](repeating: nil, count: graph.nodes.count),
            history: try HistoryBatch(windows: 1, steps: 1),
            candidates: candidates
        )
        return try computed(values) { $0.readsCandidate && !$0.readsHistory && !$0.isPersonal }.nodes
    }

    private func computed(_ inputs: Values, _ isWanted: (ModelGraph.ResolvedNode) -> Bool) throws -> Values {
        var values = inputs
        for (index, node) in graph.nodes.enumerated() where isWanted(node) && values.nodes[index] == nil {
            values.nodes[index] = try evaluate(node, values, GlobalLayers(parameters: parameters))
        }
        return values
    }

    /// Computes the rest with the given dynamic layers.
    ///
    /// - Returns: Logits of a model that ranks items, [rows, candidates].
    func logits(_ shared: Values, _ layers: some DynamicLayers) throws -> Tensor {
        let (rows, count) = (shared.history.rows, shared.candidates?.count ?? 1)
        return try result(shared, layers).expand([rows, count, 1]).reshape([rows, count])
    }

    /// The result's value as [rows or 1, candidates or 1, d].
    func result(_ shared: Values, _ layers: some DynamicLayers) throws -> Tensor {
        var values = shared
        for (index, node) in graph.nodes.enumerated() where node.isPersonal {
            values.nodes[index] = try evaluate(node, values, layers)
        }
        return try vector(values.nodes[graph.output], values)
    }

    private func evaluate(
        _ node: ModelGraph.ResolvedNode,
        _ values: Values,
        _ layers: some DynamicLayers
    ) throws -> Value {
        func input(_ position: Int) throws -> Value {
            let value: Value? =
                switch node.sources[position] {
                case .node(let index): values.nodes[index]
                case .input: values.input
                case .history, .candidate: nil
                }
            guard let value else { throw TrainingError.missingParameter(node.name) }
            return value
        }
        switch node.operation {
        case .embedding(let table, _):
            return try embedding(parameters["\(table).embedding"], of: node, values)
        case .position:
            return try place(input(0), parameters["\(node.name).embedding"], values.history)
        case .dense(_, let activation, let isDynamic):
            return isDynamic
                ? try dynamicDense(node.name, input(0), values, layers, Torch.Activation(activation))
                : try dense(node.name, input(0), values.history, Torch.Activation(activation))
        case .convolution(_, _, _, _, let activation, _):
            return .sequence(try convolution(node, input(0), values, layers, Torch.Activation(activation)))
        case .pooling(let kind, _, _):
            return .sequence(try pooling(node, input(0), values, kind))
        case .flatten: return .vector(try flattened(input(0), values))
        case .mean: return .vector(try mean(node, input(0), values))
        case .standardize:
            let (mean, scale) = (try parameters["\(node.name).mean"], try parameters["\(node.name).scale"])
            return try map(input(0), values.history) { try ($0 + mean * -1) * scale }
        case .layerNorm:
            let (scale, bias) = (try parameters["\(node.name).scale"], try parameters["\(node.name).bias"])
            return try map(input(0), values.history) { try $0.layerNorm(scale: scale, bias: bias) }
        case .attention(let heads):
            return .vector(try attention(node, heads, input(0), input(1), values))
        case .gru:
            return .sequence(try gru(node.name, input(0), values.history))
        case .last:
            return .vector(try last(input(0), values.history))
        case .add:
            return try add(input(0), input(1), values)
        case .concatenate:
            return try concatenate((0..<node.sources.count).map(input), values)
        case .dot:
            return .vector(try dot(input(0), input(1), values))
        }
    }
}

extension Torch.Activation {
    init(_ activation: Architecture.Activation) {
        self =
            switch activation {
            case .identity: .identity
            case .tanh: .tanh
            case .relu: .relu
            }
    }
}
