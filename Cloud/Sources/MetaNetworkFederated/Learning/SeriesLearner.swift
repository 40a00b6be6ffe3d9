import MetaNetwork
import MetaNetworkData
import MetaNetworkModels
import Torch

/// Learns to forecast series by a chain of dense layers, without a graph; its loss is the mean squared error of all steps ahead.
public struct SeriesLearner: LocalLearner {
    /// The series.
    let series: FederatedSeries
    let chain: DenseChain
    private let graph: ModelGraph

    /// - Parameters:
    ///   - graph: The model, which reads a window and gives a value for each step ahead; see ``NetworkLearner/init(_:_:)``.
    ///   - series: The windows.
    /// - Returns: `nil` where the model is another than dense layers one after the other.
    /// - Throws: ``FederatedError`` where the model is of another window or horizon.
    public init?(_ graph: ModelGraph, _ series: FederatedSeries) throws {
        guard let chain = DenseChain(graph) else { return nil }
        try series.check(graph)
        (self.graph, self.series, self.chain) = (graph, series, chain)
    }

    /// Number of parameters.
    public var parameterCount: Int { chain.parameterCount }
    /// Multiply-adds of one window, forward.
    public var multiplyAdds: Int { chain.multiplyAdds }
    /// The model.
    public var architecture: Architecture { graph.architecture }

    /// Parameters as training draws them.
    public func start(seed: UInt64) throws -> [Float] { try ParameterSet.drawn(for: graph, seed: seed).values() }

    /// Learns from some windows; see ``LocalLearner/train(from:on:_:random:)``.
    public func train(
        from parameters: [Float],
        on rows: [Int32],
        _ work: LocalWork,
        random: inout SeededGenerator
    ) throws -> LocalResult {
        try train(from: parameters, series.windows(.training).examples, rows, work, random: &random)
    }

    /// Learns from some windows and from others that the coordinator made, in one order that is drawn by lot. The gradient, where it is
    /// wanted, is that of both.
    func train(
        from parameters: [Float],
        on rows: [Int32],
        and handout: SyntheticWindows,
        _ work: LocalWork,
        random: inout SeededGenerator
    ) throws -> LocalResult {
        let own = series.windows(.training).examples
        let (window, horizon) = (series.window, series.horizon)
        var (values, targets) = (handout.inputs, handout.targets)
        for row in rows.map(Int.init) {
            values += own.values[row * window..<(row + 1) * window]
            targets += own.targets[row * horizon..<(row + 1) * horizon]
        }
        let both = DenseChain.Examples(values: values, targets: targets)
        let all = (0..<Int32(handout.count + rows.count)).map(\.self)
        return try train(from: parameters, both, all, work, random: &random)
    }

    private func train(
        from parameters: [Float],
        _ examples: DenseChain.Examples,
        _ rows: [Int32],
        _ work: LocalWork,
        random: inout SeededGenerator
    ) throws -> LocalResult {
        let batches = work.batches(of: rows, random: &random)
        let gradient = work.wantsGradient ? try chain.gradient(at: parameters, of: examples, rows: rows).gradient : nil
        var own = parameters
        let loss = try chain.train(
            &own,
            on: examples,
            batches: batches,
            rate: work.rate,
            anchor: work.pull > 0 ? parameters : nil,
            pull: work.pull
        )
        return LocalResult(parameters: own, loss: loss, gradient: gradient, steps: batches.count)
    }

    /// Measures a part.
    public func measure(_ parameters: [Float], on part: ExamplePart) throws -> Measurement {
        try series.measurement(of: part) { try forecasts(parameters, $0) }
    }

    /// What the last 20 % of each series score.
    public func scores(_ parameters: [Float]) throws -> Scores {
        series.scores(try forecasts(parameters, .test))
    }

    private func forecasts(_ parameters: [Float], _ part: Part) throws -> [Float] {
        let windows = series.windows(part)
        return try chain.logits(with: parameters, of: windows.examples, rows: windows.rows).logits
    }

    /// Forecasts of one device's windows of a part.
    func forecasts(_ parameters: [Float], _ part: Part, of device: Int) throws -> [Float] {
        let windows = series.windows(part)
        let rows = windows.rows(of: device).map(Int32.init)
        return rows.isEmpty ? [] : try chain.logits(with: parameters, of: windows.examples, rows: rows).logits
    }
}

extension FederatedSeries {
    /// Checks that a model reads a window and gives a value for each step ahead.
    func check(_ graph: ModelGraph) throws(FederatedError) {
        guard !graph.architecture.readsItems, graph.inputCount == window, graph.outputWidth == horizon else {
            throw FederatedError(
                graph.architecture.readsItems
                    ? "the model '\(graph.architecture.name)' ranks items, and the data are series; use linear or mlp-N"
                    : "the model '\(graph.architecture.name)' reads \(graph.inputCount) values and gives \(graph.outputWidth), and windows have "
                        + "\(window) values to forecast \(horizon); use --window and --horizon of the model, or another model"
            )
        }
    }
}
