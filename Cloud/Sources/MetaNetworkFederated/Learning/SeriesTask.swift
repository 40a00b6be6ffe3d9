import MetaNetwork
import MetaNetworkData
import MetaNetworkModels
import Torch

/// Forecasts of series by any model over vectors: the mean squared error of all steps ahead.
struct SeriesTask: NetworkTask {
    let series: FederatedSeries

    /// Windows that are forecast at a time.
    private static let rowsAtATime = 512

    func loss(_ model: JointModel, _ rows: [Int32], random: inout SeededGenerator) throws -> Tensor {
        let targets = series.windows(.training).examples.targets
        let right = rows.map(Int.init).flatMap { targets[$0 * series.horizon..<($0 + 1) * series.horizon] }
        return try outputs(model, rows, .training)
            .squaredError(Tensor(right, shape: [rows.count, series.horizon]))
    }

    func measure(_ model: JointModel, on part: ExamplePart) throws -> Measurement {
        try series.measurement(of: part) { try forecasts(model, $0) }
    }

    func scores(_ model: JointModel) throws -> Scores { series.scores(try forecasts(model, .test)) }

    private func forecasts(_ model: JointModel, _ part: Part) throws -> [Float] {
        let rows = series.windows(part).rows
        return try stride(from: 0, to: rows.count, by: Self.rowsAtATime).flatMap { first in
            try outputs(model, Array(rows[first..<min(rows.count, first + Self.rowsAtATime)]), part).floats()
        }
    }

    private func outputs(_ model: JointModel, _ rows: [Int32], _ part: Part) throws -> Tensor {
        let values = series.windows(part).examples.values
        let inputs = rows.map(Int.init).flatMap { values[$0 * series.window..<($0 + 1) * series.window] }
        let batch = VectorBatch(try Tensor(inputs, shape: [rows.count, series.window]))
        let layers = GlobalLayers(parameters: model.network.parameters)
        return try model.network.outputs(model.network.shared(batch), layers)
    }
}
