import MetaNetwork
import MetaNetworkModels
import MetaNetworkTraining
import Torch

/// A model that tells classes of images, of which the last hidden layer can be read.
package struct ImageClassifier {
    private let network: Network

    /// The model with its trained weights, which stay as they are.
    ///
    /// - Throws: `TorchError`.
    package init(_ trained: TrainedModel) throws { try self.init(trained.model.network) }

    private init(_ network: Network, isTrained: Bool = false) throws {
        let learned = network.graph.parameters.filter { !$0.isMeasured }.map(\.name)
        let own = try ParameterSet(of: network.parameters, training: Set(learned))
        let kept = isTrained ? own : try ParameterSet(of: own, training: [])
        self.network = Network(graph: network.graph, parameters: kept)
    }

    /// The same with weights of its own: ones that can be trained, or a copy of what these are now.
    func copy(isTrained: Bool = false) throws -> ImageClassifier { try ImageClassifier(network, isTrained: isTrained) }

    /// What is trained.
    var tensors: [Tensor] {
        get throws { try network.graph.parameters.filter { !$0.isMeasured }.map { try network.parameters[$0.name] } }
    }

    /// Number of values of an input.
    var inputCount: Int {
        guard let shape = network.graph.inputShape else { preconditionFailure("a classifier of images reads an image") }
        return shape.count
    }

    /// Number of weights.
    var weightCount: Int { network.parameters.valueCount }

    /// Logits of images, [rows, pixels] → [rows, classes].
    func logits(_ images: Tensor) throws -> Tensor {
        try network.outputs(network.shared(VectorBatch(images)), GlobalLayers(parameters: network.parameters))
    }

    /// How unsure the model is of each image.
    ///
    /// - Throws: ``MetaNetworkModels/ModelError/unsuitable(_:)`` where ``requireHiddenLayer()`` does.
    func uncertainties(_ images: Tensor) throws -> [Float] {
        let last = try requireHiddenLayer()
        let batch = VectorBatch(images)
        let hidden = try withoutGradients { try network.samples(network.shared(batch), of: batch).rows() }
        let weight = try network.parameters[last.parameter(.weight)].floats()
        let bias = try network.parameters[last.parameter(.bias)].floats()
        let passes = StochasticPasses(width: network.graph.sampleWidth)
        return hidden.map { passes.uncertainty($0, weight: weight, bias: bias) }
    }

    /// The dense layer that the model ends with.
    ///
    /// - Throws: ``MetaNetworkModels/ModelError/unsuitable(_:)`` where it ends otherwise, or that layer does not read the `sample`.
    @discardableResult
    package func requireHiddenLayer() throws -> ModelGraph.ResolvedNode {
        let graph = network.graph
        let last = graph.nodes[graph.output]
        guard case .dense(let dense) = last.operation, dense.activation == .identity,
            let sample = graph.sample, last.sources == [.node(sample)]
        else {
            throw ModelError.unsuitable(
                "'\(graph.architecture.name)' must end with a dense layer without activation that reads the node which 'sample' names"
            )
        }
        return last
    }
}
