import MetaNetwork
import MetaNetworkData
import MetaNetworkModels
import Synchronization
import Torch

/// Learns any model over vectors or images on LibTorch, with a graph for each step.
public final class NetworkLearner: LocalLearner {
    /// Number of parameters.
    public let parameterCount: Int
    /// Multiply-adds of one example, forward.
    public let multiplyAdds: Int
    private let graph: ModelGraph
    private let data: FederatedData
    /// Models that no thread is at work with.
    private let idle = Mutex<[Resident]>([])

    /// A model that stays in memory from one device to the next.
    ///
    /// Its tensors are one thread's at a time: whoever uses one has taken it out of ``idle``, under its lock, and nobody else has it until it
    /// is put back.
    private final class Resident: @unchecked Sendable {
        let network: Network
        let parameters: ParameterSet
        /// Where parameters are drawn back to.
        let anchors: ParameterSet

        init(_ graph: ModelGraph) throws {
            (parameters, anchors) = (try .drawn(for: graph, seed: 0), try .drawn(for: graph, seed: 0))
            network = Network(graph: graph, parameters: parameters)
        }
    }

    /// Rows that are measured at a time.
    private static let rowsAtATime = 512

    /// - Parameters:
    ///   - graph: The model.
    ///   - data: Examples of classes.
    /// - Throws: ``FederatedError`` where the model reads or gives something else than the data have.
    public init(_ graph: ModelGraph, _ data: FederatedData) throws {
        guard graph.inputCount == data.width, graph.outputWidth == data.classes.count else {
            throw FederatedError(
                "the model '\(graph.architecture.name)' reads \(graph.inputCount) values and gives \(graph.outputWidth), the data have "
                    + "\(data.width) values an example and \(data.classes.count) classes; use a model of those sizes"
            )
        }
        if let measured = graph.nodes.first(where: { $0.operation == .standardize }) {
            throw FederatedError(
                "the node '\(measured.name)' standardizes by what was measured of all data, which nobody has here; use 'layerNorm', or "
                    + "features that are scaled already"
            )
        }
        (self.graph, self.data) = (graph, data)
        parameterCount = graph.parameterCount
        multiplyAdds = graph.multiplyAdds
    }

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
        return try with(parameters) { resident in
            let tensors = resident.parameters.all
            var gradient: [Float]?
            if work.wantsGradient {
                try loss(resident, rows, of: .training).backward()
                gradient = try tensors.flatMap { tensor in
                    try tensor.gradient()?.floats() ?? [Float](repeating: 0, count: tensor.shape.reduce(1, *))
                }
                try SGD.step(tensors, rate: 0)
            }
            var sum = 0.0
            for batch in batches {
                let loss = try loss(resident, batch, of: .training)
                sum += Double(try loss.scalar())
                try loss.backward()
                try SGD.step(tensors, rate: work.rate, anchors: resident.anchors.all, pull: work.pull)
            }
            return LocalResult(
                parameters: try resident.parameters.values(),
                loss: sum / Double(max(1, batches.count)),
                gradient: gradient,
                steps: batches.count
            )
        }
    }

    /// Mean loss, and the share of examples that are answered rightly.
    public func measure(_ parameters: [Float], on part: FederatedData.Part) throws -> (loss: Double, accuracy: Double) {
        let rows = data.rows(of: part)
        return try with(parameters) { resident in
            try withoutGradients {
                var (sum, logits) = (0.0, [Float]())
                for first in stride(from: 0, to: rows.count, by: Self.rowsAtATime) {
                    let some = Array(rows[first..<min(rows.count, first + Self.rowsAtATime)])
                    let outputs = try outputs(resident, some, of: part)
                    sum += Double(try outputs.crossEntropy(classes(some, of: part)).scalar()) * Double(some.count)
                    logits += try outputs.floats()
                }
                return (sum / Double(max(1, rows.count)), data.accuracy(of: logits, rows, part))
            }
        }
    }

    private func loss(_ resident: Resident, _ rows: [Int32], of part: FederatedData.Part) throws -> Tensor {
        try outputs(resident, rows, of: part).crossEntropy(classes(rows, of: part))
    }

    private func outputs(_ resident: Resident, _ rows: [Int32], of part: FederatedData.Part) throws -> Tensor {
        let values = data.values(of: rows, part)
        let batch = VectorBatch(try Tensor(values, shape: [rows.count, data.width]))
        let layers = GlobalLayers(parameters: resident.network.parameters)
        return try resident.network.outputs(resident.network.shared(batch), layers)
    }

    private func classes(_ rows: [Int32], of part: FederatedData.Part) throws -> Tensor {
        let classes = data.examples(of: part).classes
        return try Tensor(indices: rows.map { Int64(classes[Int($0)]) }, shape: [rows.count])
    }

    /// Lends a model with the given parameters.
    private func with<Result>(
        _ parameters: [Float],
        _ body: (Resident) throws -> Result
    ) throws -> Result {
        let resident = try idle.withLock { $0.popLast() } ?? Resident(graph)
        defer { idle.withLock { $0.append(resident) } }
        try resident.parameters.assign(parameters)
        try resident.anchors.assign(parameters)
        return try body(resident)
    }
}

extension ParameterSet {
    /// The parameters of a device model as training draws them.
    package static func drawn(for graph: ModelGraph, seed: UInt64) throws -> ParameterSet {
        var random = SeededGenerator(seed: seed, stream: 1)
        return try ParameterSet(graph.parameters, random: &random)
    }
}
