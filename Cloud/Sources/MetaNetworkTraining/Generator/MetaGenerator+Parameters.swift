import MetaNetwork

extension MetaGenerator {
    /// The head encoder's tensors with their starting values.
    static func encoder(
        _ configuration: GeneratorConfiguration,
        width: Int,
        isSequence: Bool
    ) -> [ModelGraph.Parameter] {
        let h = configuration.width
        let bound = 1 / Float(h).squareRoot()
        func uniform(_ name: String, _ shape: [Int], _ bound: Float) -> ModelGraph.Parameter {
            ModelGraph.Parameter(name: name, shape: shape, start: .uniform(bound))
        }
        let head =
            isSequence
            ? [
                uniform("encoder.input.weight", [width, 3 * h], bound),
                uniform("encoder.input.bias", [3 * h], bound),
                uniform("encoder.recurrent.weight", [h, 3 * h], bound),
                uniform("encoder.recurrent.bias", [3 * h], bound),
            ]
            : [
                uniform("encoder.first.weight", [width, h], 1 / Float(width).squareRoot()),
                uniform("encoder.first.bias", [h], 1 / Float(width).squareRoot()),
                uniform("encoder.second.weight", [h, h], bound),
                uniform("encoder.second.bias", [h], bound),
            ]
        return head + [
            uniform("block.first.weight", [h, h], bound),
            uniform("block.first.bias", [h], bound),
            uniform("block.second.weight", [h, h], bound),
            uniform("block.second.bias", [h], bound),
        ]
    }

    /// The tensors that make each layer's weights of z.
    static func decoders(
        _ configuration: GeneratorConfiguration,
        layers: [ModelGraph.DynamicLayer]
    ) -> [ModelGraph.Parameter] {
        let (h, rank) = (configuration.width, configuration.rank)
        let stabilized = configuration.form == .stabilized
        func decoder(_ count: Int) -> [Int] {
            stabilized ? [rank, configuration.candidates, count] : [rank, count]
        }
        return layers.flatMap { layer in
            let size = layer.inputs * layer.outputs
            // The plain form has nothing but the generated weights, so they start as a dense layer's do.
            let plain = configuration.form == .plain
            let deviation = plain ? 1 / Float(layer.inputs * rank).squareRoot() : 0.01
            let offset: ModelGraph.Start = plain ? .uniform(1 / Float(layer.inputs).squareRoot()) : .constant(0)
            func parameter(_ role: String, _ shape: [Int], _ start: ModelGraph.Start) -> ModelGraph.Parameter {
                ModelGraph.Parameter(name: "\(layer.name).\(role)", shape: shape, start: start)
            }
            return [
                parameter("code.weight", [h, rank], .uniform(1 / Float(h).squareRoot())),
                parameter("code.bias", [rank], .uniform(1 / Float(h).squareRoot())),
                parameter("weight.decoder", decoder(size), .normal(deviation)),
                parameter("weight.offset", [size], offset),
                parameter("bias.decoder", decoder(layer.outputs), .normal(deviation)),
                parameter("bias.offset", [layer.outputs], offset),
            ]
        }
    }
}
