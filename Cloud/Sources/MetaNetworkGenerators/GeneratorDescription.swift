import MetaNetwork

/// The generator of a bundle: its head encoder and its tensors. It is of the plain form, as every other is folded into that before it is
/// published.
package struct GeneratorDescription: Sendable {
    /// The device model.
    package let device: ModelGraph
    /// The head encoder.
    package let encoder: ModelGraph
    /// Every tensor of the generator, the device model's table of items not among them.
    package let parameters: [ModelGraph.Parameter]

    /// Works out what a manifest describes.
    ///
    /// - Parameters:
    ///   - device: The device model.
    ///   - encoder: What describes the head encoder; `nil` for the one that a generator has where nobody chose one.
    ///   - sizes: What the manifest says of the generator.
    /// - Throws: ``EncoderMisfit`` or `ArchitectureError`, which name what is wrong with the encoder.
    package init(of device: ModelGraph, encoder: Architecture?, _ sizes: BundleManifest.Generator) throws {
        let architecture =
            try encoder ?? .encoder(nil, of: device, window: sizes.window, width: sizes.width)
        self.device = device
        self.encoder = try device.encoderGraph(architecture, window: sizes.window, width: sizes.width)
        let decoders = device.dynamicLayers.flatMap {
            $0.decoders(width: sizes.width, rank: sizes.rank, isAlone: true)
        }
        parameters = try device.generatorParameters(ofEncoder: self.encoder, decoders)
    }

    /// Why samples of items cannot come as embeddings; `nil` where they can.
    package var embeddingsFault: String? { device.embeddingsFault(ofEncoder: encoder) }
}

extension ModelGraph {
    /// The tensors of a generator of this device model.
    ///
    /// - Parameters:
    ///   - encoder: The head encoder.
    ///   - others: Its other tensors.
    /// - Throws: ``EncoderMisfit`` where two have one name.
    package func generatorParameters(
        ofEncoder encoder: ModelGraph,
        _ others: [Parameter]
    ) throws(EncoderMisfit) -> [Parameter] {
        let all = ownParameters(ofEncoder: encoder) + others
        var names: Set<String> = []
        for parameter in all where !names.insert(parameter.name).inserted {
            throw EncoderMisfit(
                "the encoder has a tensor '\(parameter.name)', as a dynamic layer's decoder has; rename the encoder's node "
                    + "'\(parameter.id.layer)'"
            )
        }
        return all
    }
}
