import MetaNetwork

/// A published MetaGenerator on the device runtime: recent samples of some devices in, the weights of their dynamic layers out.
///
/// A service runs it where LibTorch is not at hand. What is computed is what training computes, to 1e-5.
///
/// ```swift
/// let generator = try PublishedGenerator(of: graph, encoder: encoder, weights: weights)
/// var generation = generator.generation()  // one for each thread
/// generation.append(items: [3, 1, 4])
/// generation.append(items: [1, 5])
/// let values = generation.finish()  // generator.valueCount of the first device, then those of the second
/// ```
public struct PublishedGenerator: Sendable {
    /// The dynamic tensors in the order in which their values are generated.
    public let tensors: [ModelGraph.Parameter]
    /// Maximum number of recent samples that are read.
    public let window: Int
    /// Width of what stands for a sample.
    public let sampleWidth: Int
    /// Number of values that are generated for one device.
    public var valueCount: Int { decoder.valueCount }
    let encoder: EncoderPlan
    let decoder: WeightDecoder

    /// Prepares a generator.
    ///
    /// - Parameters:
    ///   - graph: The device model, whose dynamic layers are generated.
    ///   - encoder: The head encoder, from `ModelGraph(encoder:itemCount:)`.
    ///   - weights: The tensors of the encoder, those of the generator's codes and decoders as a bundle has them, and where the encoder reads
    ///     it the device model's table of items; others are passed over.
    ///   - memoryLimit: Maximum memory for weights and tables, in bytes; 8 GiB.
    /// - Throws: ``DeviceModelError``, which names the tensor or the node at fault.
    public init(
        of graph: ModelGraph,
        encoder: ModelGraph,
        weights: Weights,
        memoryLimit: Int = 8 << 30
    ) throws(DeviceModelError) {
        var own = Weights()
        for parameter in encoder.parameters { own[parameter.name] = weights[parameter.name] }
        self.encoder = try EncoderPlan(encoder, own, memoryLimit: memoryLimit)
        tensors = graph.parameters.filter(\.isDynamic)
        decoder = try WeightDecoder(tensors, width: encoder.outputWidth, weights, memoryLimit: memoryLimit)
        window = encoder.window
        sampleWidth = graph.sampleWidth
    }

    /// What generates on one thread; its memory is its own.
    public func generation() -> Generation { Generation(self) }
}

extension PublishedGenerator {
    /// The values of one device that reads items.
    ///
    /// - Parameter items: As for ``Generation/append(items:)``.
    /// - Throws: As there.
    public func values(items: some BidirectionalCollection<Int32>) throws(DeviceModelError) -> [Float] {
        var generation = generation()
        try generation.append(items: items)
        return generation.finish()
    }

    /// One device's generated values as tensors by name.
    ///
    /// - Parameter values: ``valueCount`` values.
    /// - Throws: `WeightTensorError` where they are fewer.
    public func weights(_ values: ArraySlice<Float>) throws -> Weights {
        try Weights(values, of: tensors.lazy.map { (name: $0.name, shape: $0.shape) })
    }
}
