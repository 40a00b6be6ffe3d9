import MetaNetworkClient

/// How a simulated device makes personal weights itself, where its policy has it do so in place of asking the service.
protocol DeviceLearning: Sendable {
    /// Whether the device learns a code within its model's basis, and no whole layers.
    var needsBasis: Bool { get }

    /// Learns from what the device has.
    ///
    /// - Parameters:
    ///   - model: The device's model; of a ranking, its samples say what was chosen.
    ///   - examples: What a model over vectors knows to be right so far; `nil` for a ranking.
    /// - Throws: `ClientError` where the model cannot be learned on a device.
    func learn(_ model: PersonalModel, _ examples: [LabelledInput]?) async throws -> LearningReport
}

/// Gradient steps on the dynamic layers, as an app takes them that calls `PersonalModel.learn`.
struct FineTuningOnDevice: DeviceLearning {
    let steps: Int
    var needsBasis: Bool { false }

    /// Steps unless the policy's name says another number, as many as the experiments' fine-tuning takes.
    static let defaultSteps = 20
    /// Samples from one time to the next, as often as `every-5` asks.
    static let interval = 5

    func learn(_ model: PersonalModel, _ examples: [LabelledInput]?) async throws -> LearningReport {
        let budget = LearningBudget(steps: steps, seconds: LearningBudget.mostSeconds)
        guard let examples else { return try await model.learn(budget: budget) }
        return try await model.learn(examples, budget: budget)
    }
}

/// Gradient steps on a code of a few values, of which the model's basis makes patches (MetaPatch of DCCL, arXiv 2104.06624): what
/// `PersonalModel.learn` does of a version with a basis.
struct MetaPatchOnDevice: DeviceLearning {
    let steps: Int
    var needsBasis: Bool { true }

    /// Adam's step size, for rankings too: a code is far from 0 by tenths, and that for whole layers would leave it where it starts.
    private static let learningRate = 0.01

    func learn(_ model: PersonalModel, _ examples: [LabelledInput]?) async throws -> LearningReport {
        let budget = LearningBudget(steps: steps, seconds: LearningBudget.mostSeconds)
        guard let examples else { return try await model.learn(budget: budget, learningRate: Self.learningRate) }
        return try await model.learn(examples, budget: budget, learningRate: Self.learningRate)
    }
}
