import MetaNetwork

extension MetaGenerator {
    /// Every tensor of a generator of a device model with its starting values; nothing is made yet.
    ///
    /// - Parameters:
    ///   - configuration: Form and sizes.
    ///   - graph: The device model.
    ///   - userCount: Number of users, for the form that has a vector for each.
    package static func parameters(
        _ configuration: GeneratorConfiguration,
        of graph: ModelGraph,
        userCount: Int = 0
    ) -> [ModelGraph.Parameter] {
        encoder(configuration, width: graph.sampleWidth, isSequence: graph.ranksItems, userCount: userCount)
            + decoders(configuration, layers: graph.dynamicLayers)
    }

    /// The head encoder's tensors with their starting values.
    package static func encoder(
        _ configuration: GeneratorConfiguration,
        width: Int,
        isSequence: Bool,
        userCount: Int
    ) -> [ModelGraph.Parameter] {
        let h = configuration.width
        guard configuration.form != .userEmbedding else {
            return [
                ModelGraph.Parameter(
                    ParameterName(Part.encoder, .embedding),
                    shape: [userCount, h],
                    start: .normal(0.1)
                )
            ]
        }
        let bound = 1 / Float(h).squareRoot()
        func uniform(_ name: ParameterName, _ shape: [Int], _ bound: Float) -> ModelGraph.Parameter {
            ModelGraph.Parameter(name, shape: shape, start: .uniform(bound))
        }
        let head =
            isSequence
            ? [
                uniform(ParameterName(Part.encoder, .inputWeight), [width, 3 * h], bound),
                uniform(ParameterName(Part.encoder, .inputBias), [3 * h], bound),
                uniform(ParameterName(Part.encoder, .recurrentWeight), [h, 3 * h], bound),
                uniform(ParameterName(Part.encoder, .recurrentBias), [3 * h], bound),
            ]
            : [
                uniform(ParameterName(Part.encoder, .firstWeight), [width, h], 1 / Float(width).squareRoot()),
                uniform(ParameterName(Part.encoder, .firstBias), [h], 1 / Float(width).squareRoot()),
                uniform(ParameterName(Part.encoder, .secondWeight), [h, h], bound),
                uniform(ParameterName(Part.encoder, .secondBias), [h], bound),
            ]
        return head + [
            uniform(ParameterName(Part.block, .firstWeight), [h, h], bound),
            uniform(ParameterName(Part.block, .firstBias), [h], bound),
            uniform(ParameterName(Part.block, .secondWeight), [h, h], bound),
            uniform(ParameterName(Part.block, .secondBias), [h], bound),
        ]
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

    /// The tensors that make each layer's weights of z.
    package static func decoders(
        _ configuration: GeneratorConfiguration,
        layers: [ModelGraph.DynamicLayer]
    ) -> [ModelGraph.Parameter] {
        let (h, rank) = (configuration.width, configuration.rank)
        if configuration.form.generatesBiasAlone { return shift(configuration, of: layers[0]) }
        let stabilized = configuration.form == .stabilized
        func decoder(_ count: Int) -> [Int] {
            stabilized ? [rank, configuration.candidates, count] : [rank, count]
        }
        return layers.flatMap { layer in
            // The plain form has nothing but the generated weights, so they start as a dense layer's do.
            let isAlone = configuration.form == .plain && layer.inputs > 0
            let deviation = isAlone ? 1 / Float(layer.inputs * rank).squareRoot() : 0.01
            let offset: ModelGraph.Start = isAlone ? .uniform(1 / Float(layer.inputs).squareRoot()) : .constant(0)
            func parameter(
                _ role: ParameterName.Role,
                _ shape: [Int],
                _ start: ModelGraph.Start
            ) -> ModelGraph.Parameter {
                ModelGraph.Parameter(layer.parameter(role), shape: shape, start: start)
            }
            return [
                parameter(.codeWeight, [h, rank], .uniform(1 / Float(h).squareRoot())),
                parameter(.codeBias, [rank], .uniform(1 / Float(h).squareRoot())),
            ]
                + layer.tensors.flatMap { name, shape in
                    let size = shape.reduce(1, *)
                    return [
                        ModelGraph.Parameter(name.decoder, shape: decoder(size), start: .normal(deviation)),
                        ModelGraph.Parameter(name.offset, shape: [size], start: offset),
                    ]
                }
        }
    }
}
