import MetaNetwork
import Torch

extension JointModel {
    /// The device model alone, with global weights of its dynamic layers that can be trained apart: a step changes nothing of this
    /// model. Of a model with a basis it is the code of one device that can be trained, and it starts with the mean of all codes.
    ///
    /// - Throws: ``ModelError/unsuitable(_:)`` where it has no dynamic layer.
    package func adaptable() throws -> JointModel {
        let dynamic = network.graph.parameters.filter(\.isDynamic).map(\.name)
        guard !dynamic.isEmpty else {
            throw ModelError.unsuitable(
                "the architecture '\(network.graph.architecture.name)' has no dynamic layer to fine-tune: mark a dense node with "
                    + "\"dynamic\": true, or leave fine-tune out"
            )
        }
        if let generator, generator.configuration.form.hasCodes {
            let fixed = try ParameterSet(of: network.parameters, training: [])
            return JointModel(
                Network(graph: network.graph, parameters: fixed, prompt: network.prompt),
                generator: try generator.forOneDevice()
            )
        }
        let parameters = try ParameterSet(of: network.parameters, training: Set(dynamic))
        return JointModel(Network(graph: network.graph, parameters: parameters, prompt: network.prompt))
    }

    /// The tensors of the dynamic layers' global weights by name, or of a model with a basis the code.
    package func dynamicTensors() throws -> [(name: String, tensor: Tensor)] {
        if let generator, generator.configuration.form.hasCodes {
            return [(BundleLayout.basisStart, try generator.parameters[MetaGenerator.userTable])]
        }
        return try network.graph.parameters.filter(\.isDynamic).map { ($0.name, try network.parameters[$0.name]) }
    }
}
