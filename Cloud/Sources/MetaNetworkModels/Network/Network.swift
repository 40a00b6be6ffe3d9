import MetaNetwork
import Torch

/// The interpreter of a ``MetaNetwork/ModelGraph`` on LibTorch: batched and differentiable.
///
/// Nodes that no dynamic layer touches are computed once and shared by the global and the personal forward pass.
package struct Network {
    package let graph: ModelGraph
    package let parameters: ParameterSet
    /// What is added to every input of a model over vectors, [elements] in the input's order; `nil` where nothing is.
    package var prompt: Tensor?

    package init(graph: ModelGraph, parameters: ParameterSet, prompt: Tensor? = nil) {
        (self.graph, self.parameters, self.prompt) = (graph, parameters, prompt)
    }

    /// Values of nodes by index; `nil` for those that are not computed yet.
    package struct Values {
        var nodes: [Value?]
        let history: HistoryBatch
        /// `nil` for a model over vectors.
        let candidates: CandidateBatch?
        /// What is read beside history and candidates, in the order of the graph's inputs.
        var inputs: [Value] = []
        /// The numbers of tokens, by place of their input, each [rows].
        var tokens: [Int: Tensor] = [:]
        /// What gates of recurrent nodes make of every item, by index of the node; see ``itemValues()``.
        var gates: [Int: Tensor] = [:]
        /// Seed of the elements that dropout takes; `nil` outside training, where it takes none.
        package var dropoutSeed: UInt64?
    }

    package enum Value {
        /// One row a sample that depends on its item and its age alone.
        case samples(SampleTable)
        /// One row a sample, or a pixel of an image from left to right and then from top to bottom, [rows, steps, d].
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
    ///   - dropoutSeed: Seed of what dropout takes in this step of training; `nil` outside training.
    package func shared(
        _ history: HistoryBatch,
        _ candidates: CandidateBatch,
        items: [Value?]? = nil,
        dropoutSeed: UInt64? = nil
    ) throws -> Values {
        let nodes = items ?? [Value?](repeating: nil, count: graph.nodes.count)
        var values = Values(nodes: nodes, history: history, candidates: candidates, dropoutSeed: dropoutSeed)
        if !graph.inputs.isEmpty {
            let nothing = [Float](repeating: .nan, count: graph.inputCount)
            let context = try history.context ?? VectorBatch(Array(repeating: nothing, count: history.rows))
            try place(completed(context.inputs), in: &values)
        }
        return try shared(values)
    }

    package func shared(_ inputs: Values) throws -> Values {
        try computed(inputs) { !$0.isPersonal }
    }

    /// Computes what depends on the candidates alone and on no dynamic layer, for rows to come that are scored on them.
    package func items(_ candidates: CandidateBatch) throws -> [Value?] {
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
            values.nodes[index] = try evaluate(index, values, GlobalLayers(parameters: parameters))
        }
        return values
    }

    /// Computes the rest with the given dynamic layers.
    ///
    /// - Returns: Logits of a model that ranks items, [rows, candidates].
    package func logits(_ shared: Values, _ layers: some DynamicLayers) throws -> Tensor {
        guard let candidates = shared.candidates else {
            preconditionFailure("only a model that ranks items gives logits")
        }
        let (rows, count) = (shared.history.rows, candidates.count)
        return try result(shared, layers).expand([rows, count, 1]).reshape([rows, count])
    }

    /// The result's value as [rows or 1, candidates or 1, d].
    package func result(_ shared: Values, _ layers: some DynamicLayers) throws -> Tensor {
        var values = shared
        for (index, node) in graph.nodes.enumerated() where node.isPersonal {
            values.nodes[index] = try evaluate(index, values, layers)
        }
        return try vector(values.nodes[graph.output], values)
    }

    func evaluate(
        _ index: Int,
        _ values: Values,
        _ layers: some DynamicLayers
    ) throws -> Value {
        let node = graph.nodes[index]
        func input(_ position: Int) throws -> Value {
            let value: Value? =
                switch node.sources[position] {
                case .node(let index): values.nodes[index]
                case .input(let place): values.inputs[place]
                case .history, .candidate: nil
                }
            guard let value else {
                preconditionFailure("'\(node.name)' reads a value that is not computed, or an input of items")
            }
            return value
        }
        switch node.operation {
        case .embedding(let embedding):
            return try self.embedding(parameters[ParameterName(embedding.table, .embedding)], of: node, values)
        case .position:
            return try addPositions(input(0), parameters[node.parameter(.embedding)], values.history)
        case .order: return try addOrder(input(0), parameters[node.parameter(.embedding)], values.history)
        case .dense(let dense):
            return dense.isDynamic
                ? try dynamicDense(node.name, input(0), values, layers, Torch.Activation(dense.activation))
                : try self.dense(node.name, input(0), values.history, Torch.Activation(dense.activation))
        case .convolution(let layer):
            return .sequence(try convolution(node, input(0), values, layers, Torch.Activation(layer.activation)))
        case .pooling(let pooling):
            return .sequence(try self.pooling(node, input(0), values, pooling.kind))
        case .flatten: return .vector(try flattened(input(0), values))
        case .mean: return .vector(try mean(node, input(0), values))
        case .spread: return .vector(try spread(node, input(0), values))
        case .standardize:
            let (mean, scale) = (try parameters[node.parameter(.mean)], try parameters[node.parameter(.scale)])
            return try map(input(0), values.history) { try ($0 + mean * -1) * scale }
        case .layerNorm(let norm):
            let (scale, bias) = (try parameters[node.parameter(.scale)], try parameters[node.parameter(.bias)])
            return try map(input(0), values.history) {
                try $0.layerNorm(scale: scale, bias: bias, epsilon: norm.epsilon)
            }
        case .attention(let attention):
            return .vector(try self.attention(node, attention.heads, input(0), input(1), values))
        case .selfAttention(let attention):
            return .sequence(try selfAttention(node, attention.heads, input(0), values.history))
        case .gru:
            return .sequence(try gru(index, input(0), values))
        case .weightedSum:
            return .vector(try weightedSum(input(0), parameters[node.parameter(.weight)], values))
        case .dropout(let dropout): return try self.dropout(index, dropout.rate, input(0), values)
        case .last:
            return .vector(try last(input(0), values.history))
        case .personal: return .vector(try layers.vector(node.name))
        case .add: return try combined(input(0), input(1), values, +)
        case .multiply: return try combined(input(0), input(1), values, *)
        case .concatenate:
            return try concatenate((0..<node.sources.count).map(input), values)
        case .dot:
            return .vector(try dot(input(0), input(1), values))
        }
    }
}

extension Torch.Activation {
    package init(_ activation: Architecture.Activation) {
        self =
            switch activation {
            case .identity: .identity
            case .tanh: .tanh
            case .relu: .relu
            }
    }
}
