import MetaNetwork
import MetaNetworkData
import Torch

/// A device model with its generator, if it has one: all that is trained together.
struct JointModel {
    let network: Network
    let generator: MetaGenerator?

    /// Makes a model with its starting weights.
    ///
    /// - Parameters:
    ///   - configuration: Architecture, generator and seed.
    ///   - itemCount: Number of items in the catalogue.
    init(_ configuration: TrainingConfiguration, itemCount: Int) throws {
        let graph = try ModelGraph(configuration.architecture, itemCount: itemCount)
        // A stream each, so that the base model starts the same with every generator.
        var deviceRandom = SeededGenerator(seed: configuration.seed, stream: 1)
        var generatorRandom = SeededGenerator(seed: configuration.seed, stream: 2)
        let network = Network(graph: graph, parameters: try ParameterSet(graph.parameters, random: &deviceRandom))
        self.network = network
        generator = try configuration.generator.map {
            try MetaGenerator($0, for: network, random: &generatorRandom)
        }
    }

    /// Every trained tensor: the device model's, then the generator's.
    var tensors: [Tensor] { network.parameters.all + (generator?.parameters.all ?? []) }

    /// What the generator reads of devices' samples, [devices, h].
    ///
    /// - Throws: ``TrainingError`` where there is no generator.
    func encode(_ batch: EpisodeBatch) throws -> Tensor {
        guard let generator else { throw TrainingError.missingParameter("encoder.first.weight") }
        let samples =
            network.graph.sample == nil
            ? batch.samples.inputs
            : try network.samples(network.shared(batch.samples), of: batch.samples)
        return try generator.encode(SampleSets(samples, counts: batch.sampleCounts))
    }

    /// What the generator makes of each input's device.
    func layers(
        _ batch: EpisodeBatch,
        _ generator: MetaGenerator,
        _ decoders: MetaGenerator.Decoders
    ) throws -> PersonalLayers {
        let global = GlobalLayers(parameters: network.parameters)
        return try generator.layers(encode(batch).rows(batch.owners), decoders, global: global)
    }

    /// The joint loss of a model over vectors: cross-entropy of classes, or squared error.
    func loss(_ batch: EpisodeBatch, _ kind: BundleManifest.Outputs.Kind) throws -> Tensor {
        let shared = try network.shared(batch.inputs)
        func loss(_ layers: some DynamicLayers) throws -> Tensor {
            let outputs = try network.outputs(shared, layers)
            return switch kind {
            case .classification: try outputs.crossEntropy(batch.classes())
            case .regression: try outputs.squaredError(batch.numbers(width: network.graph.outputWidth))
            }
        }
        let global = GlobalLayers(parameters: network.parameters)
        guard let generator else { return try loss(global) }
        let personal = try loss(layers(batch, generator, generator.decoders()))
        return generator.configuration.form == .plain ? personal : try personal + loss(global)
    }

    /// The joint loss of a batch: the global weights' and the generated weights' (the plain form has only the latter).
    func loss(_ batch: TrainingBatch) throws -> Tensor {
        let shared = try network.shared(batch.history, batch.candidates)
        let global = GlobalLayers(parameters: network.parameters)
        func loss(_ layers: some DynamicLayers) throws -> Tensor {
            try network.logits(shared, layers).binaryCrossEntropy(batch.labels)
        }
        guard let generator, let samples = batch.samples else { return try loss(global) }
        let z = try generator.encode(samples.sequences, states: samples.states)
        let personal = try loss(generator.layers(z, generator.decoders(), global: global))
        return generator.configuration.form == .plain ? personal : try personal + loss(global)
    }
}
