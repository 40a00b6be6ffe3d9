import MetaNetwork
import MetaNetworkData
import Torch

/// A device model with its generator, if it has one: all that is trained together.
public struct JointModel {
    package let network: Network
    package let generator: MetaGenerator?
    /// What is added before weights are made; `nil` for nothing.
    private var noise: (mechanism: NoiseMechanism, noise: UploadNoise)?

    /// Makes a model with its starting weights.
    ///
    /// - Parameters:
    ///   - architecture: The device model.
    ///   - generator: The generator; `nil` for the base model alone.
    ///   - itemCount: Number of items in the catalogue.
    ///   - userCount: Number of users or devices that may have a vector of their own.
    ///   - seed: Seed of the starting weights.
    ///   - base: The weights of the base, for a generator that is added to a base that stays as it is.
    ///   - encoder: The weights that the generator's encoder starts with; `nil` for drawn ones.
    /// - Throws: ``ModelError`` or `ArchitectureError`.
    package init(
        _ architecture: Architecture,
        generator settings: GeneratorConfiguration?,
        itemCount: Int,
        userCount: Int = 0,
        seed: UInt64,
        over base: Weights? = nil,
        from encoder: Weights? = nil
    ) throws {
        let personal = try settings.flatMap { try $0.personalized(architecture) }
        let graph = try ModelGraph(personal?.architecture ?? architecture, itemCount: itemCount)
        // A stream each, so that the base model starts the same with every generator.
        var deviceRandom = SeededGenerator(seed: seed, stream: 1)
        var generatorRandom = SeededGenerator(seed: seed, stream: 2)
        var parameters = try ParameterSet(graph.parameters, random: &deviceRandom)
        if let base, let personal {
            try parameters.assign(personal.weights(from: base, drawn: parameters.weights()))
            parameters = try ParameterSet(of: parameters, training: Set(personal.addedParameters))
        }
        let network = Network(graph: graph, parameters: parameters)
        self.network = network
        generator = try settings.map {
            try MetaGenerator($0, for: network, userCount: userCount, random: &generatorRandom)
        }
        if let encoder { try generator?.startEncoder(from: encoder) }
    }

    /// A device model with its generator, if it has one.
    init(_ network: Network, generator: MetaGenerator? = nil) {
        self.network = network
        self.generator = generator
    }

    /// The same model with another generator of the same form.
    package func with(_ generator: MetaGenerator) -> JointModel { JointModel(network, generator: generator) }

    /// The same model, sharing its weights, with a prompt before it.
    ///
    /// - Parameter prompt: What is added to every input, [elements]; `nil` takes the prompt away.
    package func prompted(by prompt: Tensor?) -> JointModel {
        JointModel(Network(graph: network.graph, parameters: network.parameters, prompt: prompt), generator: generator)
    }

    /// The same model, sharing its weights, whose generator makes weights of what is left after noise.
    ///
    /// - Parameters:
    ///   - noise: What is done to each vector.
    ///   - mechanism: Which vectors.
    package func with(_ noise: UploadNoise, by mechanism: NoiseMechanism) -> JointModel {
        var model = self
        model.noise = (mechanism, noise)
        return model
    }

    /// The noise of a mechanism; `nil` where the model has none of it.
    package func noise(by mechanism: NoiseMechanism) -> UploadNoise? {
        noise.flatMap { $0.mechanism == mechanism ? $0.noise : nil }
    }

    /// The device model alone, with its global weights.
    package var withoutGenerator: JointModel { JointModel(network) }

    /// Every trained tensor: the device model's, then the generator's.
    package var tensors: [Tensor] { parameterSets.flatMap(\.parameters.all) }

    /// The names of ``tensors``, in their order: `device/…`, then `generator/…`.
    package var tensorNames: [String] {
        parameterSets.flatMap { part, parameters in parameters.names.map { "\(part)/\($0)" } }
    }

    private var parameterSets: [(part: String, parameters: ParameterSet)] {
        let device = (part: "device", parameters: network.parameters)
        guard let generator else { return [device] }
        return [device, (part: "generator", parameters: generator.parameters)]
    }

    /// The tensors of the generator's encoder by name, its tables among them.
    package func encoderWeights() throws -> Weights {
        guard let generator else { preconditionFailure("a model without a generator has no encoder") }
        var weights = try generator.parameters.weights()
        let tables = try network.parameters.weights()
        for name in tables.names where weights[name] == nil { weights[name] = tables[name] }
        return weights
    }

    /// The joint loss: the global weights' and the generated weights' (the plain form has only the latter).
    ///
    /// - Parameters:
    ///   - dropoutSeed: Seed of what dropout takes of z; `nil` outside training.
    ///   - z: What the generator reads of each row's samples, [rows, h]; not asked for without a generator.
    ///   - loss: The loss of a forward pass with the given dynamic layers, a mean over the rows.
    package func jointLoss(
        dropoutSeed: UInt64?,
        z: () throws -> Tensor,
        _ loss: (any DynamicLayers) throws -> Tensor
    ) throws -> Tensor {
        let global = GlobalLayers(parameters: network.parameters)
        guard let generator else { return try loss(global) }
        var read = try z()
        let rate = generator.configuration.dropout
        if let dropoutSeed, rate > 0 { read = try read.dropout(rate: rate, seed: ~dropoutSeed) }
        let personal = try loss(generator.layers(read, generator.decoders(), global: global))
        return generator.configuration.trainsGlobalWeights ? try personal + loss(global) : personal
    }

    /// The dynamic layers that devices with these samples run: generated ones, or the global ones where there is no generator.
    ///
    /// - Parameters:
    ///   - decoders: From ``MetaGenerator/decoders()``, joined once for many calls; `nil` without a generator.
    ///   - z: As in ``jointLoss(z:_:)``.
    package func layers(_ decoders: MetaGenerator.Decoders?, z: () throws -> Tensor) throws -> any DynamicLayers {
        let global = GlobalLayers(parameters: network.parameters)
        guard let generator, let decoders else { return global }
        return try generator.layers(z(), decoders, global: global)
    }

    /// What a model over vectors makes of inputs with its global weights.
    ///
    /// - Parameter inputs: At least one, all of the model's size.
    /// - Returns: `outputWidth` values for each input, one input after the other.
    /// - Throws: ``ModelError/unsuitable(_:)`` where the model ranks items or the inputs have another size.
    package func globalOutputs(of inputs: [[Float]]) throws -> [Float] {
        try withoutGradients {
            let shared = try network.shared(VectorBatch(inputs))
            return try network.outputs(shared, GlobalLayers(parameters: network.parameters)).floats()
        }
    }

    /// The generator as it is served.
    ///
    /// - Throws: ``ModelError/unsuitable(_:)`` where there is none.
    package func parameterGenerator() throws -> ParameterGenerator {
        guard let generator else {
            throw ModelError.unsuitable(
                "the model has no generator, so there is nothing to personalize with; train without --generator none"
            )
        }
        return try ParameterGenerator(generator, of: network.graph)
    }
}
