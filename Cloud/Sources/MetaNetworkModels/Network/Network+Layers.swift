import MetaNetwork
import MetaNetworkData
import Torch

/// What the nodes over vectors and sequences compute.
extension Network {
    package func embedding(_ table: Tensor, of node: ModelGraph.ResolvedNode, _ values: Values) throws -> Value {
        if case .input(let place) = node.sources[0] {
            guard let tokens = values.tokens[place] else { preconditionFailure("'\(node.name)' embeds no tokens") }
            return .vector(try table.items(tokens).reshape([values.history.rows, 1, table.size(1)]))
        }
        if node.sources[0] == .history {
            let items = values.history.sequences.items
            return .samples(SampleTable(items: try table.items(items)))
        }
        guard let candidates = values.candidates else { preconditionFailure("'\(node.name)' embeds no candidates") }
        return .table(try table.items(candidates.items))
    }

    /// Applies what works on each row alone.
    package func map(_ value: Value, _ history: HistoryBatch, _ body: (Tensor) throws -> Tensor) throws -> Value {
        switch value {
        case .samples(let x) where x.ages == nil: .samples(SampleTable(items: try body(x.items)))
        case .samples, .sequence: .sequence(try body(sequence(value, history)))
        case .vector(let x): .vector(try body(x))
        case .table(let x): .table(try body(x))
        }
    }

    /// A value as [rows, steps, d].
    package func sequence(_ value: Value, _ history: HistoryBatch) throws -> Tensor {
        switch value {
        case .samples(let x): try x.rows(history.sequences.indices, ages: history.ages)
        case .sequence(let x): x
        case .vector, .table: preconditionFailure("'\(graph.architecture.name)' reads one row as a sequence")
        }
    }

    /// A value as [rows or 1, candidates or 1, d].
    package func vector(_ value: Value?, _ values: Values) throws -> Tensor {
        switch value {
        case .vector(let x)?: return x
        case .table(let x)?:
            guard let indices = values.candidates?.indices else { return try x.reshape([1, x.size(0), x.size(1)]) }
            return try x.gather(indices)
        case .samples?, .sequence?: preconditionFailure("'\(graph.architecture.name)' reads a sequence as one row")
        case nil: preconditionFailure("'\(graph.architecture.name)' reads a value that is not computed")
        }
    }

    /// Adds the embedding of each sample's age.
    package func addPositions(_ value: Value, _ positions: Tensor, _ history: HistoryBatch) throws -> Value {
        if case .samples(let x) = value, x.ages == nil {
            return .samples(SampleTable(items: x.items, ages: positions))
        }
        return .sequence(try sequence(value, history) + positions.gather(history.ages))
    }

    /// Adds the embedding of each sample's place, the oldest one's first.
    package func addOrder(_ value: Value, _ places: Tensor, _ history: HistoryBatch) throws -> Value {
        let all = try Tensor(indices: (0..<history.steps).map(Int64.init), shape: [history.steps])
        return .sequence(try sequence(value, history) + places.rows(all))
    }

    package func dense(
        _ name: String,
        _ x: Value,
        _ history: HistoryBatch,
        _ activation: Torch.Activation
    ) throws -> Value {
        let (weight, bias) = (try parameters[ParameterName(name, .weight)], try parameters[ParameterName(name, .bias)])
        if case .samples(let x) = x, let ages = x.ages, x.activation == .identity {
            // (item + age)·W = item·W + age·W: a product a distinct item, not one a sample.
            return .samples(
                SampleTable(
                    items: try x.items.dense(weight, bias),
                    ages: try ages.dense(weight),
                    activation: activation
                )
            )
        }
        return try map(x, history) { try $0.dense(weight, bias, activation) }
    }

    package func dynamicDense(
        _ name: String,
        _ x: Value,
        _ values: Values,
        _ layers: some DynamicLayers,
        _ activation: Torch.Activation
    ) throws -> Value {
        switch x {
        case .samples, .sequence: .sequence(try layers.dense(name, sequence(x, values.history), activation))
        case .table(let x) where !layers.arePersonal: .table(try layers.dense(name, x, activation))
        case .table, .vector: .vector(try layers.dense(name, vector(x, values), activation))
        }
    }

    /// The sum of each history's samples, each times the weight of its age.
    package func weightedSum(_ value: Value, _ weight: Tensor, _ values: Values) throws -> Tensor {
        let (history, rows) = (values.history, try sequence(value, values.history))
        let steps = history.steps
        let isSample = history.lengths.flatMap { length in (0..<steps).map { $0 < length ? Float(1) : 0 } }
        let weights = try weight.reshape([weight.size(0), 1]).gather(history.ages).reshape([history.rows, 1, steps])
        return try (weights * Tensor(isSample, shape: [history.rows, 1, steps])).matmul(rows)
    }

    /// Takes elements at random in training; samples that share an item lose elements of their own.
    package func dropout(
        _ index: Int,
        _ rate: Double,
        _ value: Value,
        _ values: Values
    ) throws -> Value {
        guard let seed = values.dropoutSeed, rate > 0 else { return value }
        // A stream for each node, so that no two lose the same elements.
        var stream = SeededGenerator(seed: seed, stream: UInt64(index))
        let own = stream.next()
        let apart: Value =
            if case .samples = value { .sequence(try sequence(value, values.history)) } else { value }
        return try map(apart, values.history) { try $0.dropout(rate: rate, seed: own) }
    }

    package func last(_ value: Value, _ history: HistoryBatch) throws -> Tensor {
        if case .samples(let x) = value {
            let count = [history.rows * history.steps, 1]
            return try x.rows(
                history.sequences.indices.reshape(count).rows(history.recent),
                ages: history.ages.reshape(count).rows(history.recent)
            )
        }
        let x = try sequence(value, history)
        return try x.reshape([history.rows * history.steps, x.size(2)]).rows(history.recent)
            .reshape([-1, 1, x.size(2)])
    }

    package func gru(_ index: Int, _ value: Value, _ values: Values) throws -> Tensor {
        let (node, history) = (graph.nodes[index], values.history)
        let (recurrent, recurrentBias) = (
            try parameters[node.parameter(.recurrentWeight)], try parameters[node.parameter(.recurrentBias)]
        )
        if case .samples(let x) = value, x.ages == nil {
            return try (values.gates[index] ?? gates(of: node, x.items))
                .gru(history.sequences.indices, weight: recurrent, bias: recurrentBias)
        }
        let inputs = try gates(of: node, sequence(value, history))
        let count = history.rows * history.steps
        let everyRow = try Tensor(indices: (0..<count).map(Int64.init), shape: [history.rows, history.steps])
        return try inputs.reshape([count, inputs.size(2)]).gru(everyRow, weight: recurrent, bias: recurrentBias)
    }

    /// What the gates of a recurrent node make of their input, [.., d] → [.., 3 · units].
    package func gates(of node: ModelGraph.ResolvedNode, _ x: Tensor) throws -> Tensor {
        try x.dense(parameters[node.parameter(.inputWeight)], parameters[node.parameter(.inputBias)])
    }

    /// An element-wise operation on two values of one shape, or on a sequence and a vector that goes with each of its rows.
    package func combined(
        _ left: Value,
        _ right: Value,
        _ values: Values,
        _ operation: (Tensor, Tensor) throws -> Tensor
    ) throws -> Value {
        switch (left, right) {
        case (.samples, .vector(let y)), (.sequence, .vector(let y)):
            .sequence(try operation(sequence(left, values.history), y))
        case (.samples, _), (.sequence, _):
            .sequence(try operation(sequence(left, values.history), sequence(right, values.history)))
        case (.table(let a), .table(let b)): .table(try operation(a, b))
        default: .vector(try operation(vector(left, values), vector(right, values)))
        }
    }

    package func concatenate(_ inputs: [Value], _ values: Values) throws -> Value {
        let tables = inputs.compactMap { if case .table(let x) = $0 { x } else { nil } }
        // Rows of the items alone stay rows of the items, so that an inner product with them is one product of matrices.
        if tables.count == inputs.count { return .table(try Tensor.concatenate(tables, axis: 1)) }
        let vectors = try inputs.map { try vector($0, values) }
        let rows = vectors.map { $0.size(0) }.reduce(1, max)
        let count = vectors.map { $0.size(1) }.reduce(1, max)
        return .vector(
            try Tensor.concatenate(vectors.map { try $0.expand([rows, count, $0.size(2)]) }, axis: 2)
        )
    }

    package func dot(_ left: Value, _ right: Value, _ values: Values) throws -> Tensor {
        let rows = values.history.rows
        switch (left, right) {
        case (.vector(let user), .table(let items)), (.table(let items), .vector(let user)):
            guard let candidates = values.candidates else { preconditionFailure("a table has candidates") }
            guard user.size(0) == rows, user.size(1) == 1 else { break }
            let users = try user.reshape([rows, user.size(2)])
            let scores =
                if let indices = candidates.indices { try users.dot(items, at: indices) } else {
                    // The library takes the items as they are; a dense layer would copy them into columns.
                    try users.matmul(items.transpose(0, 1))
                }
            return try scores.reshape([rows, candidates.count, 1])
        default: break
        }
        let product = try vector(left, values) * vector(right, values)
        return try product.sum(axis: 2).reshape([product.size(0), product.size(1), 1])
    }

    /// Causal attention of a sequence on itself. Padding is on the right, where no sample reads it.
    package func selfAttention(
        _ node: ModelGraph.ResolvedNode,
        _ heads: Int,
        _ value: Value,
        _ history: HistoryBatch
    ) throws -> Tensor {
        let x = try sequence(value, history)
        func product(_ weight: ParameterName.Role, _ bias: ParameterName.Role? = nil) throws -> Tensor {
            try x.dense(parameters[node.parameter(weight)], bias.map { try parameters[node.parameter($0)] })
        }
        return try product(.queryWeight, .queryBias)
            .attendCausally(keys: product(.keyWeight), values: product(.valueWeight), heads: heads)
            .dense(parameters[node.parameter(.outputWeight)], parameters[node.parameter(.outputBias)])
    }

    /// Attention of vectors on a sequence without forming keys and values: with one query a candidate, it is cheaper to
    /// carry the query through the key's weights, `q·Q·(x·K)ᵀ = (q·(Q·Kᵀ))·xᵀ`, and the result through the value's and
    /// the output's.
    package func attention(
        _ node: ModelGraph.ResolvedNode,
        _ heads: Int,
        _ query: Value,
        _ memory: Value,
        _ values: Values
    ) throws -> Tensor {
        let memory = try sequence(memory, values.history)
        let (width, memoryWidth, headWidth) = (node.width, memory.size(2), node.width / heads)
        func split(_ role: ParameterName.Role, _ rows: Int) throws -> Tensor {  // [rows, d] → [heads, rows, d / heads]
            try parameters[node.parameter(role)].reshape([rows, heads, headWidth]).transpose(0, 1)
        }
        let keys = try split(.keyWeight, memoryWidth).transpose(1, 2) * (1 / Double(headWidth).squareRoot())
        let weight = try split(.queryWeight, width).matmul(keys).transpose(0, 1)
            .reshape([width, heads * memoryWidth])
        let bias = try split(.queryBias, 1).matmul(keys).reshape([heads * memoryWidth])
        let queries = try vector(map(query, values.history) { try $0.dense(weight, bias) }, values)
        let (rows, count) = (memory.size(0), queries.size(1))
        let context = try queries.expand([rows, count, heads * memoryWidth])
            .reshape([rows, count * heads, memoryWidth])
            .attend(to: memory, mask: values.history.mask)
            .reshape([rows, count, heads * memoryWidth])
        let output = try parameters[node.parameter(.outputWeight)].reshape([heads, headWidth, width])
        return try context.dense(
            split(.valueWeight, memoryWidth).matmul(output).reshape([heads * memoryWidth, width]),
            parameters[node.parameter(.outputBias)]
        )
    }
}
