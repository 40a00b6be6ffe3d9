import MetaNetwork
import MetaNetworkData
import MetaNetworkModels
import Torch

/// What a model on LibTorch learns of its examples: their loss, and how good it is.
protocol NetworkTask: Sendable {
    /// The loss of some of the devices' examples, a mean over them.
    ///
    /// - Parameter random: Source of what is drawn for them.
    func loss(_ model: JointModel, _ rows: [Int32], random: inout SeededGenerator) throws -> Tensor

    /// Measures a part; no gradients are kept.
    func measure(_ model: JointModel, on part: ExamplePart) throws -> Measurement

    /// What each example scores that no device has; no gradients are kept.
    func scores(_ model: JointModel) throws -> Scores
}

/// The classes of labelled examples.
struct ClassesTask: NetworkTask {
    let data: FederatedData

    /// Rows that are measured at a time.
    private static let rowsAtATime = 512

    func loss(_ model: JointModel, _ rows: [Int32], random: inout SeededGenerator) throws -> Tensor {
        try outputs(model, rows, of: .training).crossEntropy(classes(rows, of: .training))
    }

    func measure(_ model: JointModel, on part: ExamplePart) throws -> Measurement {
        let rows = data.rows(of: part)
        let (loss, logits) = try logits(model, rows, of: part)
        return Measurement(loss: loss, accuracy: data.accuracy(of: logits, rows, part))
    }

    func scores(_ model: JointModel) throws -> Scores {
        data.scores(try logits(model, data.rows(of: .test), of: .test).logits)
    }

    private func logits(
        _ model: JointModel,
        _ rows: [Int32],
        of part: ExamplePart
    ) throws -> (loss: Double, logits: [Float]) {
        var (sum, logits) = (0.0, [Float]())
        for first in stride(from: 0, to: rows.count, by: Self.rowsAtATime) {
            let some = Array(rows[first..<min(rows.count, first + Self.rowsAtATime)])
            let outputs = try outputs(model, some, of: part)
            sum += Double(try outputs.crossEntropy(classes(some, of: part)).scalar()) * Double(some.count)
            logits += try outputs.floats()
        }
        return (sum / Double(max(1, rows.count)), logits)
    }

    private func outputs(_ model: JointModel, _ rows: [Int32], of part: ExamplePart) throws -> Tensor {
        let batch = VectorBatch(try Tensor(data.values(of: rows, part), shape: [rows.count, data.width]))
        let layers = GlobalLayers(parameters: model.network.parameters)
        return try model.network.outputs(model.network.shared(batch), layers)
    }

    private func classes(_ rows: [Int32], of part: ExamplePart) throws -> Tensor {
        let classes = data.examples(of: part).classes
        return try Tensor(indices: rows.map { Int64(classes[Int($0)]) }, shape: [rows.count])
    }
}
