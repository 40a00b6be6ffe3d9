import MetaNetwork
import Torch

/// Inputs of a model over vectors, one row each.
package struct VectorBatch {
    /// [rows, elements]: a vector; a window, oldest vector first; an image channel by channel, each row by row; or several such inputs,
    /// one behind the other, of which a missing one is NaN.
    package let inputs: Tensor

    /// - Parameter rows: The inputs, all of one size and at least one.
    package init(_ rows: [[Float]]) throws {
        guard let first = rows.first else { preconditionFailure("a batch of vectors has a row") }
        inputs = try Tensor(rows.flatMap { $0 }, shape: [rows.count, first.count])
    }

    /// - Parameter inputs: [rows, elements], through which gradients may go.
    package init(_ inputs: Tensor) { self.inputs = inputs }
}

extension Network {
    /// Computes all that does not depend on a dynamic layer, for a model over vectors.
    ///
    /// - Parameters:
    ///   - batch: The inputs.
    ///   - dropoutSeed: Seed of what dropout takes in this step of training; `nil` outside training.
    /// - Throws: ``ModelError.unsuitable(_:)`` where the model ranks items or the inputs have another size.
    package func shared(_ batch: VectorBatch, dropoutSeed: UInt64? = nil) throws -> Values {
        let (rows, count) = (batch.inputs.size(0), batch.inputs.size(1))
        guard !graph.ranksItems, count == graph.inputCount else {
            throw ModelError.unsuitable(
                "the model '\(graph.architecture.name)' reads \(graph.inputDescription); it was given vectors of \(count) values"
            )
        }
        let row = try completed(prompted(batch.inputs))
        var values = Values(
            nodes: [Value?](repeating: nil, count: graph.nodes.count),
            history: try HistoryBatch(windows: rows, steps: graph.window),
            candidates: nil,
            dropoutSeed: dropoutSeed
        )
        try place(row, in: &values)
        return try shared(values)
    }

    /// Enters each of the graph's inputs.
    ///
    /// - Parameter row: [rows, elements], nothing of it missing.
    func place(_ row: Tensor, in values: inout Values) throws {
        for (place, input) in graph.inputs.enumerated() {
            let own = graph.inputs.count == 1 ? row : try row.narrowed(axis: 1, input.range)
            if let tokens = input.tokens { values.tokens[place] = try numbers(own, count: tokens.count) }
            values.inputs.append(try value(own, input.shape))
        }
    }

    /// An input as nodes read it: [rows, elements] in the shape of its kind.
    private func value(_ input: Tensor, _ shape: ModelGraph.Shape) throws -> Value {
        let rows = input.size(0)
        return switch shape {
        case .vector(let width): .vector(try input.reshape([rows, 1, width]))
        case .sequence(let length, let width):
            // Each vector of a window is a sample that no other row has.
            .samples(SampleTable(items: try input.reshape([rows * length, width])))
        case .image(_, _, let channels):
            .sequence(try input.reshape([rows, channels, shape.rows]).transpose(1, 2))
        }
    }

    /// The numbers of tokens, [rows]; 0 for whatever is none from 1 to their count.
    private func numbers(_ input: Tensor, count: Int) throws -> Tensor {
        let numbers = try input.floats().map { number -> Int64 in
            number >= 1 && number <= Float(count) && number == number.rounded() ? Int64(number) : 0
        }
        return try Tensor(indices: numbers, shape: [numbers.count])
    }

    /// Rows with what stands for missing inputs; see ``MetaNetwork/ModelGraph/NamedInput``.
    func completed(_ rows: Tensor) throws -> Tensor {
        guard graph.mayMissInputs else { return rows }
        let others = try graph.inputs.indices.map { place in
            let shape = graph.inputs[place].shape
            guard let node = graph.standardizing(place) else {
                return try Tensor([Float](repeating: 0, count: shape.count), shape: [shape.count])
            }
            let mean = try parameters[node.parameter(.mean)].detached()
            if case .image = shape {
                return try mean.reshape([shape.width, 1]).expand([shape.width, shape.rows]).reshape([shape.count])
            }
            return try mean.reshape([1, shape.width]).expand([shape.rows, shape.width]).reshape([shape.count])
        }
        return try rows.replacingNaN(with: Tensor.concatenate(others, axis: 0))
    }

    /// Inputs with the prompt, [rows, elements]: what the model reads of them.
    package func prompted(_ inputs: Tensor) throws -> Tensor {
        guard let prompt else { return inputs }
        return try inputs + prompt
    }

    /// Computes the rest of a model over vectors with the given dynamic layers.
    ///
    /// - Returns: Logits of classes or values of a regression, [rows, ``MetaNetwork/ModelGraph/outputWidth``].
    package func outputs(_ shared: Values, _ layers: some DynamicLayers) throws -> Tensor {
        try result(shared, layers).reshape([shared.history.rows, graph.outputWidth])
    }

    /// What stands for each row as a sample: the value of the architecture's `sample` node, [rows, d], or the input with
    /// the prompt and what stands for missing inputs.
    package func samples(_ shared: Values, of batch: VectorBatch) throws -> Tensor {
        guard let sample = graph.sample else { return try completed(prompted(batch.inputs)) }
        return try vector(shared.nodes[sample], shared).reshape([shared.history.rows, graph.sampleWidth])
    }
}

extension Network {
    /// A dense layer over the patches of an image: the generated weights of a dynamic one are used as those of a dense layer.
    package func convolution(
        _ node: ModelGraph.ResolvedNode,
        _ x: Value,
        _ values: Values,
        _ layers: some DynamicLayers,
        _ activation: Torch.Activation
    ) throws -> Tensor {
        guard let sliding = node.sliding else { preconditionFailure("'\(node.name)' slides over no image") }
        let patches = try sequence(x, values.history).patches(Torch.SlidingWindow(sliding))
        guard node.isDynamic else {
            return try patches.dense(parameters[node.parameter(.weight)], parameters[node.parameter(.bias)], activation)
        }
        return try layers.dense(node.name, patches, activation)
    }

    package func pooling(
        _ node: ModelGraph.ResolvedNode,
        _ x: Value,
        _ values: Values,
        _ kind: Architecture.Pooling.Kind
    ) throws -> Tensor {
        guard let sliding = node.sliding else { preconditionFailure("'\(node.name)' slides over no image") }
        let image = try sequence(x, values.history)
        return switch kind {
        case .max: try image.maximum(in: Torch.SlidingWindow(sliding))
        case .average: try image.mean(in: Torch.SlidingWindow(sliding))
        }
    }

    package func flattened(_ x: Value, _ values: Values) throws -> Tensor {
        let rows = try sequence(x, values.history)
        return try rows.reshape([rows.size(0), 1, rows.size(1) * rows.size(2)])
    }

    /// The mean of an image's pixels, or of as many samples as each history has.
    package func mean(_ node: ModelGraph.ResolvedNode, _ x: Value, _ values: Values) throws -> Tensor {
        try mean(of: sequence(x, values.history), node, values.history)
    }

    /// The standard deviation of an image's pixels, or of as many samples as each history has.
    package func spread(_ node: ModelGraph.ResolvedNode, _ x: Value, _ values: Values) throws -> Tensor {
        let rows = try sequence(x, values.history)
        let differences = try rows + mean(of: rows, node, values.history) * -1
        return try mean(of: differences * differences, node, values.history).squareRoot(epsilon: 1e-8)
    }

    /// The mean over the steps: [rows, steps, d] → [rows, 1, d].
    private func mean(
        of rows: Tensor,
        _ node: ModelGraph.ResolvedNode,
        _ history: HistoryBatch
    ) throws -> Tensor {
        guard node.inputShape.map({ if case .image = $0 { true } else { false } }) != true else {
            return try (rows.sum(axis: 1) * (1 / Double(rows.size(1)))).reshape([rows.size(0), 1, rows.size(2)])
        }
        let steps = history.steps
        let shares = history.lengths.flatMap { length in
            (0..<steps).map { $0 < length ? 1 / Float(length) : 0 }
        }
        return try Tensor(shares, shape: [history.rows, 1, steps]).matmul(rows)
    }
}

extension Torch.SlidingWindow {
    package init(_ sliding: ModelGraph.Sliding) {
        self.init(
            size: sliding.size,
            stride: sliding.stride,
            input: sliding.input,
            output: sliding.output,
            top: sliding.top,
            left: sliding.left
        )
    }
}
