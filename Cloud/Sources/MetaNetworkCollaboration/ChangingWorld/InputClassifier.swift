import MetaNetwork
import MetaNetworkDevice
import MetaNetworkModels
import MetaNetworkTraining
import Torch

/// A model that tells classes of vectors or images, with global weights alone.
package struct InputClassifier {
    private let network: Network

    /// The model with its trained weights, which stay as they are, and its prompt.
    ///
    /// - Throws: ``MetaNetworkModels/ModelError/unsuitable(_:)`` for a model that ranks items.
    package init(_ trained: TrainedModel) throws {
        let network = trained.model.network
        let graph = network.graph
        guard graph.onlyShape != nil else {
            throw ModelError.unsuitable(
                "'\(graph.architecture.name)' reads \(graph.inputDescription); what adapts to its inputs has one, over vectors or images"
            )
        }
        try self.init(network)
    }

    private init(_ network: Network, isTrained: Bool = false) throws {
        let own = try ParameterSet(of: network.parameters, training: Set(Self.learned(network.graph)))
        let kept = isTrained ? own : try ParameterSet(of: own, training: [])
        self.network = Network(graph: network.graph, parameters: kept, prompt: network.prompt)
    }

    private static func learned(_ graph: ModelGraph) -> [String] {
        graph.parameters.filter { !$0.isMeasured }.map(\.name)
    }

    /// The same with weights of its own: ones that can be trained, or a copy of what these are now.
    func copy(isTrained: Bool = false) throws -> InputClassifier { try InputClassifier(network, isTrained: isTrained) }

    /// The same weights with another prompt, [elements] in the input's order; `nil` for none.
    func prompted(by prompt: Tensor?) -> InputClassifier {
        InputClassifier(network: Network(graph: network.graph, parameters: network.parameters, prompt: prompt))
    }

    private init(network: Network) { self.network = network }

    /// Names of what is trained, in the order of ``tensors``.
    var names: [String] { Self.learned(network.graph) }

    /// What is trained.
    var tensors: [Tensor] { get throws { try names.map { try network.parameters[$0] } } }

    /// All weights.
    package func weights() throws -> Weights { try network.parameters.weights() }

    /// The prompt; zeros where there is none.
    func prompt() throws -> [Float] {
        try network.prompt?.floats() ?? [Float](repeating: 0, count: inputCount)
    }

    /// Number of values of an input.
    package var inputCount: Int {
        network.graph.inputCount
    }

    /// Number of classes.
    package var classCount: Int { network.graph.outputWidth }

    /// Number of weights.
    var weightCount: Int { network.parameters.valueCount }

    /// Logits of inputs, to which the prompt is added: [rows, elements] → [rows, classes].
    func logits(_ inputs: Tensor) throws -> Tensor {
        try network.outputs(network.shared(VectorBatch(inputs)), GlobalLayers(parameters: network.parameters))
    }

    /// The model as a device runs it.
    ///
    /// - Throws: `DeviceModelError` where the model takes more memory than a device model may.
    func device() throws -> DeviceModel {
        var device = try DeviceModel(network.graph.architecture, weights: weights())
        try device.usePrompt(network.prompt?.floats())
        return device
    }
}
