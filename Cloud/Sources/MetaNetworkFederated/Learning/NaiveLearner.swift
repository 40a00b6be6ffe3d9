import MetaNetwork
import MetaNetworkData
import Torch

/// Gives a forecast that nobody learns; see `NaiveForecast`.
public struct NaiveLearner: LocalLearner {
    private let series: FederatedSeries
    private let rule: NaiveForecast

    /// - Parameters:
    ///   - series: The windows.
    ///   - rule: What is forecast.
    /// - Throws: ``FederatedError`` where a season is longer than the window.
    public init(_ series: FederatedSeries, _ rule: NaiveForecast) throws(FederatedError) {
        if case .lastSeason(let steps) = rule, !(1...series.window).contains(steps) {
            throw FederatedError(
                "a season of \(steps) steps is not in a window of \(series.window); give --season from 1 to the window, or a longer window"
            )
        }
        (self.series, self.rule) = (series, rule)
    }

    /// No model.
    public var architecture: Architecture { Architecture(name: "naive", inputs: [], nodes: [], output: "") }
    /// There are none.
    public var parameterCount: Int { 0 }
    /// Nothing is computed.
    public var multiplyAdds: Int { 0 }

    /// Nothing.
    public func start(seed: UInt64) -> [Float] { [] }

    /// Learns nothing.
    public func train(
        from parameters: [Float],
        on rows: [Int32],
        _ work: LocalWork,
        random: inout SeededGenerator
    ) -> LocalResult { LocalResult(parameters: parameters, loss: 0, gradient: nil, steps: 0) }

    /// Measures a part.
    public func measure(_ parameters: [Float], on part: ExamplePart) -> Measurement {
        series.measurement(of: part) { forecasts($0) }
    }

    /// What the last 20 % of each series score.
    public func scores(_ parameters: [Float]) -> Scores { series.scores(forecasts(.test)) }

    private func forecasts(_ part: Part) -> [Float] {
        let windows = series.windows(part)
        return windows.rows.map(Int.init).flatMap { row in
            let window = windows.examples.values[row * series.window..<(row + 1) * series.window]
            return rule.values(after: window, horizon: series.horizon)
        }
    }
}
