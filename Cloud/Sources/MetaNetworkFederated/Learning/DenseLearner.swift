import MetaNetwork
import MetaNetworkData
import MetaNetworkModels
import Torch

/// Learns a chain of dense layers without a graph: for small models the fastest way by far.
public struct DenseLearner: LocalLearner {
    private let graph: ModelGraph
    private let chain: DenseChain
    private let data: FederatedData

    /// - Parameters:
    ///   - graph: The model.
    ///   - data: Examples of classes.
    /// - Returns: `nil` where the model is another than dense layers one after the other, of a vector or of a grey image that is flattened.
    public init?(_ graph: ModelGraph, _ data: FederatedData) {
        guard graph.inputs.count == 1, graph.inputs[0].tokens == nil, graph.output == graph.nodes.count - 1 else {
            return nil
        }
        if case .image(_, _, let channels) = graph.inputs[0].shape, channels > 1 { return nil }
        if case .sequence = graph.inputs[0].shape { return nil }
        var sizes = [graph.inputCount]
        var activations: [Activation] = []
        for (index, node) in graph.nodes.enumerated() {
            guard node.sources == [index == 0 ? .input(0) : .node(index - 1)] else { return nil }
            switch node.operation {
            case .flatten where activations.isEmpty: continue
            case .dense(let dense):
                if case .image? = node.inputShape { return nil }
                sizes.append(dense.units)
                activations.append(Activation(dense.activation))
            default: return nil
            }
        }
        guard !activations.isEmpty, sizes[sizes.count - 1] == data.classes.count else { return nil }
        (self.graph, self.data) = (graph, data)
        chain = DenseChain(sizes: sizes, activations: activations)
    }

    /// Number of parameters.
    public var parameterCount: Int { chain.parameterCount }
    /// Multiply-adds of one example, forward.
    public var multiplyAdds: Int { chain.multiplyAdds }

    /// The model.
    public var architecture: Architecture { graph.architecture }

    /// Parameters as training draws them.
    public func start(seed: UInt64) throws -> [Float] { try ParameterSet.drawn(for: graph, seed: seed).values() }

    /// Learns from some examples; see ``LocalLearner/train(from:on:_:random:)``.
    public func train(
        from parameters: [Float],
        on rows: [Int32],
        _ work: LocalWork,
        random: inout SeededGenerator
    ) throws -> LocalResult {
        let batches = work.batches(of: rows, random: &random)
        let gradient =
            work.wantsGradient
            ? try chain.gradient(at: parameters, of: data.training, rows: rows).gradient : nil
        var own = parameters
        let loss = try chain.train(
            &own,
            on: data.training,
            batches: batches,
            rate: work.rate,
            anchor: work.pull > 0 ? parameters : nil,
            pull: work.pull
        )
        return LocalResult(parameters: own, loss: loss, gradient: gradient, steps: batches.count)
    }

    /// Measures a part.
    public func measure(_ parameters: [Float], on part: ExamplePart) throws -> Measurement {
        let rows = data.rows(of: part)
        let (loss, logits) = try chain.logits(with: parameters, of: data.examples(of: part), rows: rows)
        return Measurement(loss: loss, accuracy: data.accuracy(of: logits, rows, part))
    }

    /// What each example scores that no device has.
    public func scores(_ parameters: [Float]) throws -> Scores {
        let rows = data.rows(of: .test)
        return data.scores(try chain.logits(with: parameters, of: data.examples(of: .test), rows: rows).logits)
    }
}
