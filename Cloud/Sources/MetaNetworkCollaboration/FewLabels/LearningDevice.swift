import MetaNetwork
import MetaNetworkData
import MetaNetworkDevice
import MetaNetworkModels
import MetaNetworkTraining

/// A device with a trained model that learns from a few labels with its own solver, from the same start each time.
package struct LearningDevice: ~Copyable {
    private var device: DeviceModel
    private let basis: WeightBasis?
    private let part: LearnedPart
    private let steps: Int

    /// - Parameters:
    ///   - trained: The model, with a basis where the part needs one.
    ///   - task: What it learned.
    ///   - part: What the device learns.
    ///   - patches: Where patches of its own are, and how wide.
    ///   - steps: Adam steps.
    ///   - seed: Seed of what patches start with.
    /// - Throws: `ModelError` where patches fit the model nowhere; `DeviceModelError`.
    package init(
        _ trained: TrainedModel,
        of task: EpisodicTask,
        _ part: LearnedPart,
        patches: GeneratorConfiguration.Patches,
        steps: Int,
        seed: UInt64
    ) throws {
        let graph = trained.model.network.graph
        var (architecture, weights) = (graph.architecture, try trained.deviceWeights(task))
        let basis = part.needsBasis ? try WeightBasis(trained.basis(), of: graph) : nil
        switch part {
        case .nothing, .code, .others: break
        case .all: architecture = architecture.withDynamicDense
        case .patch:
            let patched = try architecture.personalized(as: .patch, rank: patches.width, after: patches.after)
            (architecture, weights) = (patched.architecture, try patched.startingWeights(from: weights, seed: seed))
        }
        let device = try DeviceModel(architecture, weights: weights)
        // Nothing throws from here: a value that cannot be copied is made whole or not at all.
        (self.part, self.steps, self.basis) = (part, steps, basis)
        self.device = device
    }

    /// Values that are learned, which is what would be sent to the cloud.
    package var learnedValues: Int {
        switch part {
        case .nothing: 0
        case .code, .others: basis?.rank ?? 0
        case .all, .patch: device.graph.dynamicLayers.flatMap(\.tensors).reduce(0) { $0 + $1.shape.reduce(1, *) }
        }
    }

    /// Learns from an episode's labelled inputs, and answers the inputs of another, or of the same.
    ///
    /// - Parameters:
    ///   - labelled: Where the labelled inputs are.
    ///   - asked: Where the inputs are that are to be answered.
    ///   - rate: Adam's step size.
    /// - Returns: The outputs, one input after the other.
    /// - Throws: `DeviceModelError` where an example cannot be learned.
    package mutating func outputs(learning labelled: Episode, asked: Episode, rate: Double) throws -> [Float] {
        device.depersonalize()
        if part != .nothing {
            var solver = try Solver(
                device,
                inputs: labelled.support,
                targets: .classes(labelled.supportTargets.map { Int($0) }),
                optimizer: .adam(rate: rate),
                basis: basis
            )
            _ = solver.run(steps: steps)
            try device.personalize(solver.weights)
        }
        var outputs: [Float] = []
        for input in asked.query { outputs += try device.outputs(of: input) }
        return outputs
    }
}

extension Architecture {
    /// The same with every dense layer dynamic.
    fileprivate var withDynamicDense: Architecture {
        var result = self
        for index in result.nodes.indices {
            guard case .dense(var dense) = result.nodes[index].operation else { continue }
            dense.isDynamic = true
            result.nodes[index].operation = .dense(dense)
        }
        // Of what stands for a sample no device could learn a layer of its own.
        result.sample = nil
        return result
    }
}
