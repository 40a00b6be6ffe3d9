import MetaNetwork
import MetaNetworkData
import MetaNetworkModels

/// A model with its trained weights, from a run or from a bundle.
public struct TrainedModel {
    /// The settings that trained it.
    public let configuration: TrainingConfiguration
    package let model: JointModel
    package let state: TrainingState
    /// What validation measured; `nil` for a model from a bundle.
    public let validationMetric: ValidationMetric?

    /// Number of weights: of the device model's static part, of its dynamic part, and of the generator.
    public var parameterCounts: (fixed: Int, dynamic: Int, generator: Int) {
        func count(_ parameters: [ModelGraph.Parameter]) -> Int {
            parameters.reduce(0) { $0 + $1.shape.reduce(1, *) }
        }
        let graph = model.network.graph
        let generator = if let generator = model.generator { generator.parameters.valueCount } else { 0 }
        return (
            count(graph.parameters.filter { !$0.isDynamic }),
            count(graph.parameters.filter(\.isDynamic)),
            generator
        )
    }

    /// Name of the generator's head encoder; `nil` where there is none.
    package var encoderName: String? { model.generator?.encoder?.graph.architecture.name }

    /// Samples that the cloud reads for one ranking, and what ranking the whole catalogue takes it; `nil` for what devices run.
    package var cloudRanker: (window: Int, multiplyAdds: Int)? {
        guard let generator = model.generator, generator.configuration.form == .cloud, let encoder = generator.encoder
        else { return nil }
        let graph = model.network.graph
        let scoring = graph.nodes.filter { $0.operation == .dot }.reduce(0) { $0 + graph.itemCount * $1.inputWidth }
        return (encoder.graph.window, encoder.graph.multiplyAdds + scoring)
    }

    /// Every finished epoch.
    public var curve: [EpochPoint] { state.curve }
    /// The epoch whose weights these are, from 1; 0 where none has been validated, as for a model from a bundle.
    public var bestEpoch: Int { if let best = state.best { best.epoch } else { 0 } }
    /// Seconds of training and validation.
    public var seconds: Double { state.seconds }
    /// Training positions a second, validation excluded.
    public var positionsPerSecond: Double { Double(state.totalPositions) / max(state.trainingSeconds, 1e-9) }

    /// A model from a bundle, whose training is known by its results alone.
    package init(_ configuration: TrainingConfiguration, _ model: JointModel) {
        self.init(configuration: configuration, model: model, state: TrainingState(), metric: nil)
    }

    package init(
        configuration: TrainingConfiguration,
        model: JointModel,
        state: TrainingState,
        metric: ValidationMetric?
    ) {
        (self.configuration, self.model, self.state, validationMetric) = (configuration, model, state, metric)
    }

    /// What became of a MetaStabilizer's candidates; `nil` where there is none.
    package func candidateAgreement() throws -> CandidateAgreement? { try model.generator?.candidateAgreement() }

    /// The mean of the codes of the devices of training.
    ///
    /// - Precondition: The generator's form has codes.
    package func basisStart() throws -> [Float] {
        try basis()[BundleLayout.basisStart].map(\.values) ?? []
    }

    /// The basis that devices learn with.
    ///
    /// - Throws: `TorchError` where the tensors cannot be read.
    /// - Precondition: The generator's form has codes.
    package func basis() throws -> Weights { try model.requiredGenerator.basis() }

    /// Measures the model on the test part.
    public func scores(_ task: some LearningTask) throws -> Scores { try task.scores(model, on: .test) }

    /// The device model's weights: static, and global dynamic ones.
    ///
    /// A generator whose loss has no term of the global weights leaves them untrained, or useless without its bias; its devices start from the mean of what it generates for the subjects of
    /// the training part.
    package func deviceWeights(_ task: some LearningTask) throws -> Weights {
        var weights = try model.network.parameters.weights()
        guard let generator = model.generator, !generator.configuration.keepsGlobalWeights else { return weights }
        let mean = try generator.meanWeights(
            task.trainingEncodings(model, configuration),
            global: GlobalLayers(parameters: model.network.parameters)
        )
        for name in mean.names { weights[name] = mean[name] }
        return weights
    }
}
