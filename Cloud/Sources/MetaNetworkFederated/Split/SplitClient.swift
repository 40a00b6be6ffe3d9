import MetaNetwork
import Torch

/// A client: its discriminator, in stages that each lie on one device.
final class SplitClient {
    /// The parts of the discriminator.
    let parts: [LayerChain]
    private let number: Int
    private let stages: [Stage]
    /// One for each part.
    private let optimizers: [Adam]
    private let sources: Sources

    /// Parts that lie on one device one after the other, and what the last step left there.
    private final class Stage {
        let parts: Range<Int>
        var input: Tensor?
        var output: Tensor?

        init(_ parts: Range<Int>) { self.parts = parts }
    }

    /// - Parameters:
    ///   - number: The client's.
    ///   - networks: What it discriminates with; all clients start alike.
    ///   - placement: The device of each part.
    ///   - rate: Step size of Adam.
    init(
        _ number: Int,
        _ networks: ImageNetworks,
        placement: [Int],
        rate: Double,
        _ sources: Sources
    ) throws(TorchError) {
        (self.number, self.sources) = (number, sources)
        var (parts, optimizers): ([LayerChain], [Adam]) = ([], [])
        for (part, layers) in networks.parts.enumerated() {
            var random = sources.source(.weights, part)
            let chain = try LayerChain(layers, random: &random)
            parts.append(chain)
            optimizers.append(try Adam(chain.parameters, learningRate: rate, clipNorm: .infinity))
        }
        (self.parts, self.optimizers) = (parts, optimizers)
        stages = Self.stages(placement).map(Stage.init)
    }

    /// Parts one after the other on the same device.
    static func stages(_ placement: [Int]) -> [Range<Int>] {
        let starts = placement.indices.filter { $0 == 0 || placement[$0] != placement[$0 - 1] }
        return zip(starts, starts.dropFirst() + [placement.count]).map { $0..<$1 }
    }

    /// What a client's step found.
    struct Found {
        /// Of the generated images, for the generator.
        let gradient: Tensor
        /// Mean binary cross-entropy of real images against 1 and of generated ones against 0, added up.
        let loss: Float
        /// That of generated images against 1.
        let generatorLoss: Float
    }

    /// Collects the gradients of all parts, and the gradient of the generated images at the same weights.
    ///
    /// - Parameters:
    ///   - real: Images of the client's, [rows, pixels].
    ///   - fakes: Generated ones, as they arrived.
    ///   - step: Number of the step, for dropout.
    func gradients(real: Tensor, fakes: Tensor, step: Int, _ exchange: inout StepExchange) throws(TorchError) -> Found {
        let split = real.size(0)
        var values = try Tensor.concatenate([real, fakes], axis: 0)
        for (place, stage) in stages.enumerated() {
            if place > 0 { values = try exchange.sent(values, .between) }
            try values.requireGradient()
            stage.input = values
            values = try output(of: stage, values, step)
            stage.output = values
        }
        return try back(from: values, generated: split..<split + fakes.size(0), &exchange)
    }

    private func output(of stage: Stage, _ input: Tensor, _ step: Int) throws(TorchError) -> Tensor {
        var values = input
        for part in stage.parts {
            let use = LayerChain.Use.learning { layer in
                var random = self.sources.source(.dropout, self.number, step, part, layer)
                return random.next()
            }
            values = try parts[part](values, use)
        }
        return values
    }

    /// From the logits back to the images, stage by stage.
    private func back(
        from logits: Tensor,
        generated: Range<Int>,
        _ exchange: inout StepExchange
    ) throws(TorchError) -> Found {
        let fakes = try logits.narrowed(axis: 0, generated)
        let ones = try Tensor([Float](repeating: 1, count: generated.count), shape: [generated.count, 1])
        let zeros = try Tensor([Float](repeating: 0, count: generated.count), shape: [generated.count, 1])
        let (realCount, real) = (generated.lowerBound, try logits.narrowed(axis: 0, 0..<generated.lowerBound))
        let loss =
            try real.binaryCrossEntropy(Tensor([Float](repeating: 1, count: realCount), shape: [realCount, 1]))
            + fakes.binaryCrossEntropy(zeros)
        let generatorLoss = try fakes.binaryCrossEntropy(ones)
        // The generator's gradient goes first, as nothing of it may be collected by the parts.
        var forGenerator = try Tensor([1], shape: [])
        var own = forGenerator
        for (place, stage) in stages.enumerated().reversed() {
            guard let input = stage.input, let output = stage.output else {
                preconditionFailure("what goes back went forward")
            }
            let isLast = place == stages.count - 1
            if !isLast {
                forGenerator = try exchange.sent(forGenerator, .between)
                own = try exchange.sent(own, .between)
            }
            let generatedOutput = isLast ? generatorLoss : try output.narrowed(axis: 0, generated)
            forGenerator = try generatedOutput.gradient(of: input, from: forGenerator).narrowed(axis: 0, generated)
            try (isLast ? loss : output).backward(from: own)
            guard let gradient = try input.gradient() else { preconditionFailure("an input has a gradient") }
            own = gradient
            (stage.input, stage.output) = (nil, nil)
        }
        return Found(gradient: forGenerator, loss: try loss.scalar(), generatorLoss: try generatorLoss.scalar())
    }

    /// Takes a step with each part's own optimizer.
    ///
    /// - Returns: Whether all gradients were finite.
    func takeStep() throws(TorchError) -> Bool {
        var isFinite = true
        for optimizer in optimizers where try !optimizer.takeStep().isFinite { isFinite = false }
        return isFinite
    }
}
