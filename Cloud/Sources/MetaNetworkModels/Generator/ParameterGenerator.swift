import MetaNetwork
import Torch

/// A published MetaGenerator: recent samples of some devices in, the weights of their dynamic layers out.
///
/// Everything behind z is linear, so the codes and the decoders of all layers are one matrix here,
/// `W = z·(P·U) + (p·U + C)`: one product a batch, however many layers are dynamic.
public struct ParameterGenerator {
    /// The device model.
    public let graph: ModelGraph
    /// The dynamic tensors in the order in which their values are generated.
    public let tensors: [ModelGraph.Parameter]
    /// Maximum number of recent samples that are read.
    public let window: Int
    /// Width of what stands for a sample.
    public var sampleWidth: Int { graph.sampleWidth }
    /// Number of values that are generated for one device.
    public let valueCount: Int
    private let encoder: SampleEncoder
    /// What the encoder reads of each item, computed once; `nil` for a model over vectors.
    private let items: Network.ItemValues?
    private let weight: Tensor
    private let bias: Tensor

    /// Prepares a generator of a graph's dynamic layers.
    package init(_ generator: MetaGenerator, of graph: ModelGraph) throws {
        let tensors = graph.parameters.filter(\.isDynamic)
        guard let encoder = generator.encoder else {
            throw ModelError.unsuitable("vectors of users are made of no samples, so they cannot be served")
        }
        items = try withoutGradients { try encoder.itemValues() }
        (weight, bias) = try withoutGradients { try Self.merged(generator, tensors) }
        self.graph = graph
        self.tensors = tensors
        self.encoder = encoder
        window = generator.configuration.window
        valueCount = tensors.reduce(0) { $0 + $1.shape.reduce(1, *) }
    }

    /// `P·U` and `p·U + C` of all tensors side by side: [h, values] and [values].
    private static func merged(
        _ generator: MetaGenerator,
        _ tensors: [ModelGraph.Parameter]
    ) throws -> (weight: Tensor, bias: Tensor) {
        var (weights, biases): ([Tensor], [Tensor]) = ([], [])
        for tensor in tensors {
            // A layer's weights and biases are both made from the layer's code.
            let layer = tensor.id.layer
            let decoder = try generator.parameters[tensor.id.decoder]
            weights.append(try generator.parameters[ParameterName(layer, .codeWeight)].matmul(decoder))
            let code = try generator.parameters[ParameterName(layer, .codeBias)]
            let offset = try generator.parameters[tensor.id.offset]
            biases.append(try code.reshape([1, code.size(0)]).dense(decoder, offset).reshape([-1]))
        }
        return (try Tensor.concatenate(weights, axis: 1), try Tensor.concatenate(biases, axis: 0))
    }

    /// Generates from item ids.
    ///
    /// - Parameter samples: For each device its recent items, oldest first, ids from 1; those older than ``window`` are not
    ///   read.
    /// - Returns: ``valueCount`` values for each device, one device after the other, in the order of ``tensors``.
    /// - Throws: ``ModelError`` where the model reads vectors: they come as embeddings.
    public func generate(samples: [[Int32]]) throws -> [Float] {
        guard let items else { throw ModelError.unsuitable("the model reads vectors, so samples come as embeddings") }
        guard !samples.isEmpty else { return [] }
        let kept = samples.map { $0.suffix(window) }
        // A device without samples reads one padding item.
        let lengths = kept.map { max(1, $0.count) }
        let steps = lengths.reduce(1, max)
        var indices = [Int64](repeating: 0, count: samples.count * steps)
        for (row, recent) in kept.enumerated() {
            for (step, item) in recent.enumerated() { indices[row * steps + step] = Int64(item) }
        }
        return try withoutGradients {
            let states = lengths.enumerated().map { Int64($0 * steps + $1 - 1) }
            return try values(
                encoder.encode(
                    Tensor(indices: indices, shape: [samples.count, steps]),
                    states: Tensor(indices: states, shape: [states.count]),
                    items: items
                )
            )
        }
    }

    /// Generates from embeddings that the devices computed.
    ///
    /// - Parameter embeddings: For each device what stands for its recent samples one after the other, oldest first, each
    ///   ``sampleWidth`` values; those older than ``window`` are not read.
    /// - Returns: As for ``generate(samples:)``.
    /// - Throws: ``ModelError/unsuitable(_:)`` where ``embeddingsFault`` says why not.
    public func generate(embeddings: [[Float]]) throws -> [Float] {
        guard !embeddings.isEmpty else { return [] }
        let lengths = embeddings.map { max(1, min($0.count / sampleWidth, window)) }
        let steps = lengths.reduce(1, max)
        var padded = [Float](repeating: 0, count: embeddings.count * steps * sampleWidth)
        for (row, values) in embeddings.enumerated() {
            let recent = values.suffix(lengths[row] * sampleWidth)
            let first = row * steps * sampleWidth
            padded.replaceSubrange(first..<first + recent.count, with: recent)
        }
        return try withoutGradients {
            let embedded = try Tensor(padded, shape: [embeddings.count * steps, sampleWidth])
            return try values(
                graph.ranksItems
                    ? encoder.encode(embedded: embedded, lengths: lengths)
                    : encoder.encode(embedded, counts: lengths, dropoutSeed: nil)
            )
        }
    }

    /// Why samples cannot come as embeddings; `nil` where they can.
    public var embeddingsFault: String? { encoder.embeddingsFault }

    /// One device's generated values as tensors by name.
    public func weights(_ values: ArraySlice<Float>) throws -> Weights {
        try Weights(values, of: tensors.lazy.map { (name: $0.name, shape: $0.shape) })
    }

    /// The values that are made of what the encoder reads, [devices, h].
    package func values(_ z: Tensor) throws -> [Float] { try z.dense(weight, bias).floats() }
}
