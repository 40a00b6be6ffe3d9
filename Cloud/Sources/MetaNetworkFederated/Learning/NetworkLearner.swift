import MetaNetwork
import MetaNetworkData
import MetaNetworkModels
import MetaNetworkTraining
import Synchronization
import Torch

/// Learns any device model on LibTorch, with a graph for each step: of vectors and images classes, of windows what follows, of items what is
/// chosen next.
public final class NetworkLearner: LocalLearner {
    /// Number of parameters.
    public let parameterCount: Int
    /// Multiply-adds of one example, forward.
    public let multiplyAdds: Int
    private let graph: ModelGraph
    private let task: any NetworkTask
    /// Models that no thread is at work with.
    private let idle = Mutex<[Resident]>([])

    /// A model that stays in memory from one device to the next.
    ///
    /// Its tensors are one thread's at a time: whoever uses one has taken it out of ``idle``, under its lock, and nobody else has it until it
    /// is put back.
    private final class Resident: @unchecked Sendable {
        let model: JointModel
        /// Where parameters are drawn back to.
        let anchors: ParameterSet

        init(_ graph: ModelGraph) throws {
            model = try JointModel(graph.architecture, generator: nil, itemCount: graph.itemCount, seed: 0)
            anchors = try .drawn(for: graph, seed: 0)
        }
    }

    /// Examples of which the gradient is taken at a time.
    private static let rowsAtATime = 512

    /// Learns classes.
    ///
    /// - Parameters:
    ///   - graph: The model.
    ///   - data: Examples of classes.
    /// - Throws: ``FederatedError`` where the model reads or gives something else than the data have.
    public convenience init(_ graph: ModelGraph, _ data: FederatedData) throws {
        guard !graph.architecture.readsItems, graph.inputCount == data.width, graph.outputWidth == data.classes.count
        else {
            throw FederatedError(
                graph.architecture.readsItems
                    ? "the model '\(graph.architecture.name)' ranks items, and the data are examples of classes; use linear or mlp-N"
                    : "the model '\(graph.architecture.name)' reads \(graph.inputCount) values and gives \(graph.outputWidth), the data have "
                        + "\(data.width) values an example and \(data.classes.count) classes; use a model of those sizes"
            )
        }
        try Self.checkMeasured(graph)
        self.init(graph, task: ClassesTask(data: data))
    }

    /// Learns to forecast series.
    ///
    /// - Parameters:
    ///   - graph: The model, which reads a window and gives a value for each step ahead.
    ///   - series: The windows.
    /// - Throws: ``FederatedError`` where the model is of another window or horizon.
    public convenience init(_ graph: ModelGraph, _ series: FederatedSeries) throws {
        try series.check(graph)
        try Self.checkMeasured(graph)
        self.init(graph, task: SeriesTask(series: series))
    }

    private static func checkMeasured(_ graph: ModelGraph) throws(FederatedError) {
        guard let measured = graph.nodes.first(where: { $0.operation == .standardize }) else { return }
        throw FederatedError(
            "the node '\(measured.name)' standardizes by what was measured of all data, which nobody has here; use 'layerNorm', or features "
                + "that are scaled already"
        )
    }

    /// Learns what users choose next.
    ///
    /// - Parameters:
    ///   - graph: The model, over the catalogue of the data.
    ///   - data: What each user chose.
    ///   - loss: What scores cost.
    /// - Throws: ``FederatedError`` where the model ranks no items, or those of another catalogue; `TrainingError` where the loss does not
    ///   fit the model.
    public convenience init(
        _ graph: ModelGraph,
        _ data: FederatedChoices,
        loss: RankingLossName = .automatic
    ) throws {
        guard graph.architecture.readsItems, graph.itemCount == data.dataset.itemCount else {
            throw FederatedError(
                graph.architecture.readsItems
                    ? "the model '\(graph.architecture.name)' ranks \(graph.itemCount) items, the data have \(data.dataset.itemCount)"
                    : "the model '\(graph.architecture.name)' ranks no items, and devices are to learn what is chosen next; use a ranker, "
                        + "such as gru4rec"
            )
        }
        guard graph.inputs.isEmpty else {
            throw FederatedError(
                "the model '\(graph.architecture.name)' reads \(graph.inputDescription), and of devices that learn together no more than their "
                    + "choices is known; use a ranker of history and candidate"
            )
        }
        var configuration = TrainingConfiguration(architecture: graph.architecture)
        configuration.loss = loss
        _ = try loss.resolved(graph, itemCount: graph.itemCount)
        self.init(graph, task: ChoicesTask(data: data, configuration: configuration))
    }

    private init(_ graph: ModelGraph, task: any NetworkTask) {
        (self.graph, self.task) = (graph, task)
        parameterCount = graph.parameterCount
        multiplyAdds = graph.multiplyAdds
    }

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
        return try with(parameters) { resident in
            let tensors = resident.model.network.parameters.all
            let gradient = work.wantsGradient ? try gradient(resident.model, rows, random: &random) : nil
            var sum = 0.0
            for batch in batches {
                let loss = try task.loss(resident.model, batch, random: &random)
                sum += Double(try loss.scalar())
                try loss.backward()
                try SGD.step(tensors, rate: work.rate, anchors: resident.anchors.all, pull: work.pull)
            }
            return LocalResult(
                parameters: try resident.model.network.parameters.values(),
                loss: sum / Double(max(1, batches.count)),
                gradient: gradient,
                steps: batches.count
            )
        }
    }

    /// The gradient of the mean loss of all rows.
    private func gradient(_ model: JointModel, _ rows: [Int32], random: inout SeededGenerator) throws -> [Float] {
        for first in stride(from: 0, to: rows.count, by: Self.rowsAtATime) {
            let some = Array(rows[first..<min(rows.count, first + Self.rowsAtATime)])
            let share = Double(some.count) / Double(rows.count)
            try (task.loss(model, some, random: &random) * share).backward()
        }
        let tensors = model.network.parameters.all
        let gradient = try tensors.flatMap { tensor in
            try tensor.gradient()?.floats() ?? [Float](repeating: 0, count: tensor.shape.reduce(1, *))
        }
        // Forgets it.
        try SGD.step(tensors, rate: 0)
        return gradient
    }

    /// Measures a part.
    public func measure(_ parameters: [Float], on part: ExamplePart) throws -> Measurement {
        try with(parameters) { resident in
            try withoutGradients { try task.measure(resident.model, on: part) }
        }
    }

    /// What each example scores that no device has.
    public func scores(_ parameters: [Float]) throws -> Scores {
        try with(parameters) { resident in
            try withoutGradients { try task.scores(resident.model) }
        }
    }

    /// Lends a model with the given parameters.
    private func with<Result>(
        _ parameters: [Float],
        _ body: (Resident) throws -> Result
    ) throws -> Result {
        let resident = try idle.withLock { $0.popLast() } ?? Resident(graph)
        defer { idle.withLock { $0.append(resident) } }
        try resident.model.network.parameters.assign(parameters)
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
