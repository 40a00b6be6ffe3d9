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
        guard let chain = DenseChain(graph), chain.sizes.last == data.classes.count else { return nil }
        (self.graph, self.data, self.chain) = (graph, data, chain)
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
