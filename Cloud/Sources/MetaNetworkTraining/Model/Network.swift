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
        fileprivate var nodes: [Value?]
        let history: HistoryBatch
        let candidates: CandidateBatch
    }

    fileprivate enum Value {
        /// One row a sample, [rows, steps, d].
        case sequence(Tensor)
        /// [rows or 1, candidates or 1, d].
        case vector(Tensor)
        /// One row a distinct item of the batch, [items, d].
        case table(Tensor)
    }

    /// Computes all that does not depend on a dynamic layer.
    func shared(_ history: HistoryBatch, _ candidates: CandidateBatch) throws -> Values {
        var values = Values(
            nodes: [Value?](repeating: nil, count: graph.nodes.count),
            history: history,
            candidates: candidates
        )
        for (index, node) in graph.nodes.enumerated() where !node.isPersonal {
            values.nodes[index] = try evaluate(node, values, GlobalLayers(parameters: parameters))
        }
        return values
    }

    /// Computes the rest with the given dynamic layers.
    ///
    /// - Returns: Logits, [rows, candidates].
    func logits(_ shared: Values, _ layers: some DynamicLayers) throws -> Tensor {
        var values = shared
        for (index, node) in graph.nodes.enumerated() where node.isPersonal {
            values.nodes[index] = try evaluate(node, values, layers)
        }
        let score = try vector(values.nodes[graph.output], values)
        let (rows, count) = (shared.history.rows, shared.candidates.count)
        return try score.expand([rows, count, 1]).reshape([rows, count])
    }

    private func evaluate(
        _ node: ModelGraph.ResolvedNode,
        _ values: Values,
        _ layers: some DynamicLayers
    ) throws -> Value {
        func input(_ position: Int) throws -> Value {
            guard case .node(let index) = node.sources[position], let value = values.nodes[index] else {
                throw TrainingError.missingParameter(node.name)
            }
            return value
        }
        switch node.operation {
        case .embedding(let table, _):
            let weights = try parameters["\(table).embedding"]
            return node.sources[0] == .history
                ? .sequence(try weights.embedding(values.history.items, hasPadding: true))
                : .table(try weights.embedding(values.candidates.items, hasPadding: true))
        case .position:
            let ages = try parameters["\(node.name).embedding"].embedding(values.history.ages, hasPadding: false)
            return try map(input(0)) { try $0 + ages }
        case .dense(_, let activation, let isDynamic):
            let x = try input(0)
            let applied =
                isDynamic
                ? try dynamicDense(node.name, x, values, layers)
                : try map(x) {
                    try $0.linear(parameters["\(node.name).weight"], parameters["\(node.name).bias"])
                }
            return try map(applied) { try apply(activation, $0) }
        case .layerNorm:
            let (scale, bias) = (try parameters["\(node.name).scale"], try parameters["\(node.name).bias"])
            return try map(input(0)) { try $0.layerNorm(scale: scale, bias: bias) }
        case .attention(let heads):
            return .vector(try attention(node, heads, input(0), input(1), values))
        case .gru:
            return try map(input(0)) { try gru("\(node.name).", $0, parameters) }
        case .last:
            return .vector(try last(input(0), values.history))
        case .add:
            return try add(input(0), input(1), values)
        case .concatenate:
            return try concatenate((0..<node.sources.count).map(input), values)
        case .dot:
            return .vector(try dot(vector(input(0), values), vector(input(1), values)))
        }
    }
}

extension Network {
    private func map(_ value: Value, _ body: (Tensor) throws -> Tensor) throws -> Value {
        switch value {
        case .sequence(let x): .sequence(try body(x))
        case .vector(let x): .vector(try body(x))
        case .table(let x): .table(try body(x))
        }
    }

    /// A value as [rows or 1, candidates or 1, d].
    private func vector(_ value: Value?, _ values: Values) throws -> Tensor {
        switch value {
        case .vector(let x)?: return x
        case .table(let x)?:
            guard let gather = values.candidates.gather else { return try x.reshape([1, x.size(0), x.size(1)]) }
            return try x.rows(gather).reshape([values.history.rows, values.candidates.count, x.size(1)])
        case .sequence?, nil: throw TrainingError.missingParameter(graph.architecture.output)
        }
    }

    private func dynamicDense(
        _ name: String,
        _ x: Value,
        _ values: Values,
        _ layers: some DynamicLayers
    ) throws -> Value {
        switch x {
        case .sequence(let x): .sequence(try layers.dense(name, x))
        case .table where !layers.arePersonal, .vector: try map(x) { try layers.dense(name, $0) }
        case .table: .vector(try layers.dense(name, vector(x, values)))
        }
    }

    private func apply(_ activation: Architecture.Activation, _ x: Tensor) throws -> Tensor {
        switch activation {
        case .identity: x
        case .tanh: try x.tanh()
        case .relu: try x.relu()
        }
    }

    private func last(_ value: Value, _ history: HistoryBatch) throws -> Tensor {
        guard case .sequence(let x) = value else { throw TrainingError.missingParameter("last") }
        let width = x.size(2)
        return try x.reshape([history.rows * history.steps, width]).rows(history.recent)
            .reshape([history.rows, 1, width])
    }

    private func add(_ left: Value, _ right: Value, _ values: Values) throws -> Value {
        switch (left, right) {
        case (.sequence(let a), .sequence(let b)): .sequence(try a + b)
        case (.table(let a), .table(let b)): .table(try a + b)
        default: .vector(try vector(left, values) + vector(right, values))
        }
    }

    private func concatenate(_ inputs: [Value], _ values: Values) throws -> Value {
        let vectors = try inputs.map { try vector($0, values) }
        let rows = vectors.map { $0.size(0) }.max() ?? 1
        let count = vectors.map { $0.size(1) }.max() ?? 1
        return .vector(
            try Tensor.concatenate(vectors.map { try $0.expand([rows, count, $0.size(2)]) }, axis: 2)
        )
    }

    private func dot(_ a: Tensor, _ b: Tensor) throws -> Tensor {
        let (user, items) = a.size(1) == 1 ? (a, b) : (b, a)
        guard user.size(1) == 1 else { return try (a * b).sum(axis: 2).reshape([a.size(0), a.size(1), 1]) }
        let (rows, width) = (user.size(0), user.size(2))
        if items.size(0) == 1 {  // [rows, d] × [d, items]
            let table = try items.reshape([items.size(1), width]).transpose(0, 1)
            return try user.reshape([rows, width]).matmul(table).reshape([rows, items.size(1), 1])
        }
        return try items.matmul(user.transpose(1, 2))  // [rows, candidates, d] × [rows, d, 1]
    }

    /// Attention of vectors on a sequence without forming keys and values: with one query a candidate, it is cheaper to
    /// carry the query through the key's weights, `q·(x·K)ᵀ = (q·Kᵀ)·xᵀ`, and the result through the value's.
    private func attention(
        _ node: ModelGraph.ResolvedNode,
        _ heads: Int,
        _ query: Value,
        _ memory: Value,
        _ values: Values
    ) throws -> Tensor {
        guard case .sequence(let memory) = memory else { throw TrainingError.missingParameter(node.name) }
        let (width, memoryWidth, headWidth) = (node.width, memory.size(2), node.width / heads)
        func parameter(_ role: String) throws -> Tensor { try parameters["\(node.name).\(role)"] }
        func split(_ weight: Tensor) throws -> Tensor {  // [m, d] → [heads, m, d / heads]
            try weight.reshape([memoryWidth, heads, headWidth]).transpose(0, 1)
        }
        let keys = try split(parameter("key.weight")).transpose(1, 2)
        let carried = try map(query) { q in  // [..., d] → [..., heads · m]
            let count = q.shape.dropLast().reduce(1, *)
            let projected = try q.linear(parameter("query.weight"), parameter("query.bias"))
            return try (projected * (1 / Double(headWidth).squareRoot())).reshape([count, heads, headWidth])
                .transpose(0, 1).matmul(keys).transpose(0, 1)
                .reshape(q.shape.dropLast() + [heads * memoryWidth])
        }
        let queries = try vector(carried, values)
        let (rows, count) = (memory.size(0), queries.size(1))
        let weights = try queries.expand([rows, count, heads * memoryWidth])
            .reshape([rows, count * heads, memoryWidth])
            .matmul(memory.transpose(1, 2))  // [rows, count · heads, steps]
        let context = try (weights + values.history.mask).softmax(axis: -1).matmul(memory)
            .reshape([rows * count, heads, memoryWidth]).transpose(0, 1)
        return try context.matmul(split(parameter("value.weight"))).transpose(0, 1)
            .reshape([rows, count, width])
            .linear(parameter("output.weight"), parameter("output.bias"))
    }
}

/// Runs a recurrent layer whose parameters begin with a prefix: [rows, steps, in] → [rows, steps, units].
func gru(_ prefix: String, _ x: Tensor, _ parameters: ParameterSet) throws -> Tensor {
    try x.gru(
        inputWeight: parameters["\(prefix)input.weight"],
        inputBias: parameters["\(prefix)input.bias"],
        recurrentWeight: parameters["\(prefix)recurrent.weight"],
        recurrentBias: parameters["\(prefix)recurrent.bias"]
    )
}
