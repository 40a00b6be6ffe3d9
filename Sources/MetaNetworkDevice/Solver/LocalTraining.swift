import MetaNetwork

/// A device's turn in a federation: all of a model, learned from the device's own examples by SGD in batches.
///
/// ```swift
/// var training = try LocalTraining(model, parameters, inputs: readings, targets: .classes(labels), work, random: order)
/// while training.step() {}
/// let update = training.parameters
/// ```
///
/// The steps are those of a simulated device with the same work and the same source of chance (`MetaNetworkFederated`): every epoch takes
/// all examples in an order of its own. Models are learned whose weights are all in dense layers and convolutions; see
/// ``check(_:)``. Nothing here traps, whatever it is given.
public struct LocalTraining: ~Copyable, Sendable {
    private let graph: ModelGraph
    private var solver: Solver
    private let batches: [[Int32]]
    private let start: [Float]
    private var lossSum = 0.0

    /// Steps that were taken.
    public private(set) var steps = 0
    /// The gradient of the mean loss of all examples at the parameters that it started from, where the work wants it.
    public let gradient: [Float]?

    /// Checks whether devices can learn all of a model.
    ///
    /// - Throws: ``DeviceModelError`` where it ranks items, a node has weights that are not a dense layer's or a convolution's, or the
    ///   device has no gradient of one.
    public static func check(_ architecture: Architecture) throws(DeviceModelError) {
        let graph = try whole(architecture)
        guard let zeros = graph.weights(of: [Float](repeating: 0, count: graph.parameterCount)) else {
            throw .broken("a graph has other parameters than its own")
        }
        _ = try LearningProgram(DevicePlan(graph, zeros, memoryLimit: .max))
    }

    /// Prepares a turn, and computes the gradient where it is wanted.
    ///
    /// - Parameters:
    ///   - architecture: The model, over vectors, windows or images.
    ///   - parameters: What it starts from, in the order of `ModelGraph.parameters`.
    ///   - inputs: As for ``DeviceModel/outputs(of:into:)``.
    ///   - targets: What is right for each input.
    ///   - work: What is to be done.
    ///   - random: The order of examples, `LocalWork.order(seed:device:turn:)`.
    ///   - memoryLimit: Maximum memory, in bytes; 256 MiB.
    ///   - shouldStop: Asked before each example.
    /// - Throws: ``DeviceModelError`` where the model, the work or an example cannot be learned; ``DeviceModelError/stopped``.
    /// - Complexity: Memory: the inputs, and the parameters six times.
    public init(
        _ architecture: Architecture,
        _ parameters: [Float],
        inputs: [[Float]],
        targets: Solver.Targets,
        _ work: LocalWork,
        random: SeededGenerator,
        memoryLimit: Int = 256 << 20,
        shouldStop: () -> Bool = { false }
    ) throws(DeviceModelError) {
        guard work.epochs > 0, work.batch > 0 else {
            throw .wrongLearning(work.epochs > 0 ? "batch" : "number of epochs", 0)
        }
        guard work.pull >= 0, work.pull.isFinite else { throw .wrongLearning("pull", work.pull) }
        let graph = try Self.whole(architecture)
        guard let weights = graph.weights(of: parameters) else {
            throw .wrongParameters(expected: graph.parameterCount, found: parameters.count)
        }
        let model = try DeviceModel(graph.architecture, weights: weights, memoryLimit: memoryLimit)
        var solver = try Solver(
            model,
            inputs: inputs,
            targets: targets,
            optimizer: .proximal(rate: work.rate, pull: work.pull),
            clipNorm: .infinity,
            memoryLimit: memoryLimit,
            shouldStop: shouldStop
        )
        if work.wantsGradient {
            guard let tensors = solver.gradient(shouldStop: shouldStop) else { throw .stopped }
            gradient = graph.values(of: tensors)
        } else {
            gradient = nil
        }
        var order = random
        batches = work.batches(of: Array(0..<Int32(clamping: inputs.count)), random: &order)
        (self.graph, start) = (graph, parameters)
        self.solver = solver
    }

    /// Takes the next step.
    ///
    /// - Returns: Whether it was taken: not where all were, or ``hasOverflowed``.
    public mutating func step() -> Bool {
        guard steps < batches.count, let loss = solver.step(of: batches[steps]) else { return false }
        lossSum += loss
        steps += 1
        return true
    }

    /// Whether all steps were taken.
    public var isComplete: Bool { steps == batches.count }
    /// Whether loss or weights came to no finite numbers; there are no more steps then, and nothing of it is of use.
    public var hasOverflowed: Bool { solver.hasOverflowed }
    /// Mean loss over the steps, each before it was taken; 0 before the first.
    public var loss: Double { lossSum / Double(max(1, steps)) }

    /// The parameters as they are.
    public var parameters: [Float] { graph.values(of: solver.weights) ?? start }

    /// What was learned: the parameters as they are, less those at the start.
    public var update: [Float] { zip(parameters, start).map { $0 - $1 } }

    /// The graph of a model of which everything can be learned.
    private static func whole(_ architecture: Architecture) throws(DeviceModelError) -> ModelGraph {
        let graph: ModelGraph
        do { graph = try ModelGraph(architecture.whollyDynamic) } catch { throw .architecture(error) }
        guard !graph.ranksItems else { throw .ranksItems(architecture.name) }
        for node in graph.nodes where !node.parameters.isEmpty && !node.operation.isDynamic {
            throw .cannotLearnWhole(node: node.name, operation: node.operation.name)
        }
        guard !graph.parameters.isEmpty else { throw .nothingToLearn(architecture.name) }
        return graph
    }
}
