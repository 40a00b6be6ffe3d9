import MetaNetwork

/// A model that runs on one device: static layers, and dynamic layers that are swapped for personal ones.
///
/// A model that ranks items scores them; a model over vectors gives the vector of its output, see
/// ``outputs(of:into:)``.
///
/// ```swift
/// var model = try DeviceModel(manifest.architecture, itemCount: manifest.items, weights: weights)
/// let base = model.rank(history: [3, 1, 4], candidates: [1, 5, 9], count: 2)
/// try model.personalize(parameters)
/// let personal = model.rank(history: [3, 1, 4], candidates: [1, 5, 9], count: 2)
/// ```
///
/// The value has one owner and its scoring methods are `mutating`, so a ranking sees all old or all new layers. Scoring takes
/// no memory once the result's is there, and nothing here traps whatever indices it is given: an index of the history that is
/// outside the catalogue is skipped, a candidate that is outside scores minus infinity. An empty history reads as one
/// padding sample, as in training.
///
/// Attention, recurrent and dense layers as in the architecture (arXiv 2209.05227, section 3); what depends on an item alone is
/// computed once, here, and costs `itemCount` rows of memory.
///
/// It may be sent: its memory has one owner, this value, which cannot be copied, and the plan never changes.
public struct DeviceModel: ~Copyable, Sendable {
    let plan: DevicePlan
    /// The layers in use, and intermediate values.
    private(set) var memory: Arena
    /// The same with the layers that are not in use; `nil` until ``use(_:)`` first needs both.
    private var resting: Arena?
    /// Known indices of the history, oldest first.
    var samples: [Int]
    /// Scores of all candidates of a call.
    var scores: [Float] = []
    /// All indices, once somebody asked for the best of them.
    var catalogue: [Int] = []

    /// What is added to every input of a model over vectors, in the input's order; `nil` where nothing is. See ``usePrompt(_:)``.
    public internal(set) var prompt: [Float]?
    /// What a model that ranks items reads beside history and candidate, the row of its `ModelGraph.inputs`; empty for all
    /// other models. See ``useContext(_:)``.
    public internal(set) var context: [Float]
    /// Whether the dynamic layers in use are personal ones.
    public private(set) var isPersonal = false

    /// Prepares a model with its global dynamic layers.
    ///
    /// - Parameters:
    ///   - architecture: The model.
    ///   - itemCount: Number of items in the catalogue; 0 for a model over vectors.
    ///   - weights: Static and global dynamic weights, F32.
    ///   - memoryLimit: Maximum memory for weights, tables and intermediate values, in bytes; 2 GiB.
    public init(
        _ architecture: Architecture,
        itemCount: Int = 0,
        weights: Weights,
        memoryLimit: Int = 2 << 30
    ) throws(DeviceModelError) {
        let graph: ModelGraph
        do { graph = try ModelGraph(architecture, itemCount: itemCount) } catch { throw .architecture(error) }
        self.init(try DevicePlan(graph, weights, memoryLimit: memoryLimit))
    }

    private init(_ plan: DevicePlan) {
        self.plan = plan
        memory = Arena(count: plan.deviceLanes)
        samples = []
        samples.reserveCapacity(plan.graph.window)
        context = [Float](repeating: .nan, count: plan.graph.ranksItems ? plan.graph.inputCount : 0)
        load(plan.globalWeights, into: memory)
    }

    /// Another device with the same static weights, which both share, the same prompt and context, and the global dynamic layers.
    public func copySharingWeights() -> DeviceModel {
        var copy = DeviceModel(plan)
        (copy.prompt, copy.context) = (prompt, context)
        return copy
    }

    /// Another device with the same static weights, which both share, the same prompt and context, and the dynamic layers that are in
    /// use here.
    public func copyInUse() -> DeviceModel {
        var copy = copySharingWeights()
        for tensor in plan.dynamicTensors {
            let place = copy.memory.base + tensor.offset
            place.update(from: memory.base + tensor.offset, count: tensor.matrix.lanes)
        }
        copy.isPersonal = isPersonal
        return copy
    }

    /// The tensors of the dynamic layers in use, as ``personalize(_:)`` takes them; an allocation for each.
    public var dynamicWeights: Weights {
        var weights = Weights()
        for tensor in plan.dynamicTensors {
            let values = tensor.matrix.unpack(memory.base + tensor.offset)
            weights[tensor.name] = try? WeightTensor(shape: tensor.shape, values: values)
        }
        return weights
    }

    /// The model.
    public var graph: ModelGraph { plan.graph }

    /// Swaps the dynamic layers: all of them, or none where one is wrong.
    ///
    /// - Parameter weights: The tensors of all dynamic layers and nothing else.
    /// - Throws: ``DeviceModelError``; the layers are then as they were.
    public mutating func personalize(_ weights: Weights) throws(DeviceModelError) {
        try weights.check(plan.graph.parameters.lazy.filter(\.isDynamic))
        use(.personal)
        load(weights, into: memory)
        isPersonal = true
    }

    /// Goes back to the global dynamic layers, and keeps no others.
    public mutating func depersonalize() {
        // What rests beside personal layers is the global ones.
        if isPersonal, let resting { memory = resting } else { load(plan.globalWeights, into: memory) }
        resting = nil
        isPersonal = false
    }

    /// One of the two sets of dynamic layers that a device may have.
    public enum Layers: Sendable {
        /// Those of the static weights.
        case global
        /// Those of the last ``DeviceModel/personalize(_:)``.
        case personal
    }

    /// Has one set of dynamic layers score and keeps the other, so that the two can be compared.
    ///
    /// The first call that leaves personal layers takes as much memory as the device has beside the plan; every other takes none,
    /// and costs no more than the exchange of two pointers. Nothing happens where the layers are in use, or there are no
    /// personal ones.
    public mutating func use(_ layers: Layers) {
        guard (layers == .personal) != isPersonal else { return }
        if layers == .global, resting == nil {
            let global = Arena(count: plan.deviceLanes)
            load(plan.globalWeights, into: global)
            resting = global
        }
        guard let other = resting else { return }
        (memory, resting) = (other, memory)
        isPersonal.toggle()
    }

    private func load(_ weights: Weights, into memory: Arena) {
        for tensor in plan.dynamicTensors {
            if let values = weights[tensor.name]?.values {
                tensor.matrix.pack(values, into: memory.base + tensor.offset)
            }
        }
    }

    /// The embedding of a sample, which may be uploaded in place of its index.
    ///
    /// - Parameter item: An index.
    /// - Returns: As many values as the history's table is wide; `nil` for an index outside the catalogue.
    public func sampleEmbedding(of item: Int) -> [Float]? {
        guard let table = plan.sampleTable, (1...plan.graph.itemCount).contains(item) else { return nil }
        let row = plan.memory.base + table.offset + item * Lanes.count(for: table.width)
        return Array(UnsafeBufferPointer(start: row.elements, count: table.width))
    }
}
