import MetaNetwork
import MetaNetworkModels
import Torch

extension DenseChain {
    /// The chain that a model is.
    ///
    /// - Parameter graph: The model.
    /// - Returns: `nil` where it is another than dense layers one after the other, of a vector or of a grey image that is flattened.
    init?(_ graph: ModelGraph) {
        guard graph.inputs.count == 1, graph.inputs[0].tokens == nil, graph.output == graph.nodes.count - 1 else {
            return nil
        }
        if case .image(_, _, let channels) = graph.inputs[0].shape, channels > 1 { return nil }
        if case .sequence = graph.inputs[0].shape { return nil }
        var sizes = [graph.inputCount]
        var activations: [Activation] = []
        for (index, node) in graph.nodes.enumerated() {
            guard node.sources == [index == 0 ? .input(0) : .node(index - 1)] else { return nil }
            switch node.operation {
            case .flatten where activations.isEmpty: continue
            case .dense(let dense):
                if case .image? = node.inputShape { return nil }
                sizes.append(dense.units)
                activations.append(Activation(dense.activation))
            default: return nil
            }
        }
        guard !activations.isEmpty else { return nil }
        self.init(sizes: sizes, activations: activations)
    }

    /// Whether it is one layer that is a linear map of what it reads.
    var isLinear: Bool { activations == [.identity] }
}
