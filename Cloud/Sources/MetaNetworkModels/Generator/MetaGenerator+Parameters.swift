import MetaNetwork
import MetaNetworkGenerators

extension MetaGenerator {
    /// Name of the table of users' vectors.
    static let userTable = ParameterName("encoder", .embedding)

    /// Every tensor of a generator of a device model with its starting values; nothing is made yet.
    ///
    /// - Parameters:
    ///   - configuration: Form and sizes.
    ///   - graph: The device model.
    ///   - userCount: Number of users or devices, for the forms that have a vector for each.
    /// - Throws: As ``GeneratorConfiguration/encoderGraph(of:)``, and ``ModelError/unsuitable(_:)`` where two tensors have one name.
    package static func parameters(
        _ configuration: GeneratorConfiguration,
        of graph: ModelGraph,
        userCount: Int = 0
    ) throws -> [ModelGraph.Parameter] {
        let decoders = decoders(configuration, layers: graph.dynamicLayers)
        guard configuration.form.encodesSamples else {
            let width = configuration.form.hasCodes ? configuration.patches.rank : configuration.width
            // Not zeros: with codes of zeros a basis has no gradient.
            let table = ModelGraph.Parameter(userTable, shape: [userCount, width], start: .normal(0.1))
            return [table] + decoders
        }
        let reasoner = configuration.anchors > 0 ? AnchorReasoner.parameters(width: configuration.width) : []
        let encoder = try configuration.encoderGraph(of: graph)
        do {
            return try graph.generatorParameters(ofEncoder: encoder, decoders + reasoner)
        } catch {
            throw ModelError.unsuitable(error.description)
        }
    }

    /// The tensors that make a layer's bias of z; at first z changes next to nothing.
    private static func shift(
        _ configuration: GeneratorConfiguration,
        of layer: ModelGraph.DynamicLayer
    ) -> [ModelGraph.Parameter] {
        let (h, rank) = (configuration.width, configuration.rank)
        let bound = 1 / Float(h).squareRoot()
        return [
            ModelGraph.Parameter(layer.parameter(.codeWeight), shape: [h, rank], start: .uniform(bound)),
            ModelGraph.Parameter(layer.parameter(.codeBias), shape: [rank], start: .uniform(bound)),
            ModelGraph.Parameter(layer.parameter(.biasDecoder), shape: [rank, layer.outputs], start: .normal(0.01)),
        ]
    }

    /// The basis of each layer's weights. Its elements are as large as the weights that a dense layer starts with, so that a code far
    /// below 1 makes patches far smaller than the layers that they follow.
    private static func basis(
        _ configuration: GeneratorConfiguration,
        of layers: [ModelGraph.DynamicLayer]
    ) -> [ModelGraph.Parameter] {
        layers.flatMap { layer in
            let deviation = 1 / Float(max(1, layer.inputs)).squareRoot()
            return layer.tensors.map { name, shape in
                let size = shape.reduce(1, *)
                return ModelGraph.Parameter(
                    name.decoder,
                    shape: [configuration.patches.rank, size],
                    start: .normal(deviation)
                )
            }
        }
    }

    /// The tensors that make each layer's weights of z.
    package static func decoders(
        _ configuration: GeneratorConfiguration,
        layers: [ModelGraph.DynamicLayer]
    ) -> [ModelGraph.Parameter] {
        if configuration.form == .cloud { return [] }
        if configuration.form.hasCodes { return basis(configuration, of: layers) }
        if configuration.form.generatesBiasAlone { return shift(configuration, of: layers[0]) }
        return layers.flatMap {
            $0.decoders(
                width: configuration.width,
                rank: configuration.rank,
                candidates: configuration.form == .stabilized ? configuration.candidates : nil,
                // The plain form has nothing but the generated weights.
                isAlone: configuration.form == .plain
            )
        }
    }
}
