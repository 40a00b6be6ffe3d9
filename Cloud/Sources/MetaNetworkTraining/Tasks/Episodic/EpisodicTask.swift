import MetaNetwork
import MetaNetworkData
import MetaNetworkModels
import Torch

/// Learning classes or values from feature vectors, windows of them or images of many devices.
public struct EpisodicTask: PlannedTask {
    /// The devices.
    public let source: any EpisodeSource
    /// Whether it is measured, too, how well a device's inputs are found by their class.
    public let retrieves: Bool

    /// Creates a task.
    ///
    /// - Parameters:
    ///   - source: Episodes of training, validation and test devices.
    ///   - retrieves: Whether to measure retrieval, too.
    /// - Precondition: What is retrieved has classes.
    public init(_ source: any EpisodeSource, retrieves: Bool = false) {
        precondition(!retrieves || source.outputs.kind == .classification, "values are no queries")
        (self.source, self.retrieves) = (source, retrieves)
    }

    /// The same task with other episodes.
    public func with(_ source: any EpisodeSource) -> EpisodicTask { EpisodicTask(source, retrieves: retrieves) }

    /// About how many inputs a `standardize` node's mean and scale are measured on.
    private static let momentLimit = 20_000
    /// Adam's step size with which validation devices learn a code.
    private static let codeLearningRate = 0.03
    /// Steps of an epoch whose devices stand for all in ``trainingEncodings(_:_:)``.
    private static let encodedSteps = 16

    /// ``EpisodeSource/digest`` of ``source``.
    public var dataDigest: String { source.digest }
    /// Accuracy over all inputs first, or a mean over devices; the explained share R² of values.
    public var validationMetrics: [ValidationMetric] {
        source.outputs.kind == .classification
            ? [ValidationMetric("devices", "accuracy"), ValidationMetric("devices", "device-accuracy")]
            : [ValidationMetric("devices", "r2")]
    }
    /// ``EpisodeSource/split`` of ``source``.
    public var split: String { source.split }
    /// A task for each of the source's folds.
    public var folds: [EpisodicTask] { source.folds.map { with($0) } }
    /// None: the model ranks no items.
    public var itemNames: Vocabulary { Vocabulary([]) }
    /// Devices of training, where inputs are a device's own.
    public var userCount: Int { source.labelledDevices(.training)?.count ?? 0 }
    /// Index of each device of training by its name.
    private var deviceIndices: [String: Int] {
        let names = source.labelledDevices(.training)?.map(\.name) ?? []
        return Dictionary(zip(names, names.indices)) { first, _ in first }
    }
    /// The classes, or the values to predict.
    public var outputs: BundleManifest.Outputs? { source.outputs }
    /// Test devices and their inputs, of all folds.
    public var facts: [(label: String, count: Int)] {
        let test = source.folds.flatMap { $0.episodes(.test) }
        return [
            ("Test devices", Set(test.map(\.device)).count), ("Test inputs", test.reduce(0) { $0 + $1.query.count }),
        ]
    }

    /// Checks that the architecture reads vectors, windows or images.
    ///
    /// - Throws: ``MetaNetworkModels/ModelError/unsuitable(_:)`` where it ranks items.
    public static func check(_ architecture: Architecture) throws { try architecture.requireVectors() }

    /// Checks the sizes of input and output, and measures mean and scale of `standardize` nodes on the training part.
    ///
    /// - Throws: ``MetaNetworkModels/ModelError/unsuitable(_:)`` where a size differs from the data's,
    ///   ``TrainingError/badSetting(_:)`` where the settings are those of a ranking.
    public func prepare(_ model: JointModel, _ configuration: TrainingConfiguration) throws {
        guard configuration.loss == .automatic else {
            throw TrainingError.badSetting(
                "loss is \(configuration.loss.rawValue), which is for rankings; classes are learned by cross-entropy and values by "
                    + "squared error: leave it out"
            )
        }
        guard configuration.generator.map({ $0.ages == 0 && !$0.isBlind }) ?? true else {
            throw TrainingError.badSetting(
                "ages and blind are for rankings: the samples of a device that classifies have no order; leave them out"
            )
        }
        guard configuration.generator.map({ $0.anchors <= $0.window }) ?? true else {
            throw TrainingError.badSetting(
                "anchors is \(configuration.generator?.anchors ?? 0), more than the generator's window; give fewer, or a larger "
                    + "generator-window"
            )
        }
        guard configuration.generator?.encoderEpochs ?? 0 == 0 else {
            throw TrainingError.badSetting(
                "encoder-epochs is \(configuration.generator?.encoderEpochs ?? 0), which trains an encoder as a ranker of items; leave it out"
            )
        }
        let graph = model.network.graph
        precondition(!graph.ranksItems, "an architecture that ranks no items reads vectors")
        guard graph.inputCount == source.inputCount else {
            throw ModelError.unsuitable(
                "the architecture '\(graph.architecture.name)' reads \(graph.inputDescription), \(graph.inputCount) values; the data has "
                    + "\(source.inputCount) values per sample (\(source.inputDescription))"
            )
        }
        guard graph.outputWidth == source.outputs.names.count else {
            throw ModelError.unsuitable(
                "the architecture '\(graph.architecture.name)' gives \(graph.outputWidth) values ('\(graph.architecture.output)'); "
                    + "the data has \(source.outputs.names.count) "
                    + (source.outputs.kind == .classification ? "classes" : "values to predict")
            )
        }
        try model.standardize { source.trainingInputs(limit: Self.momentLimit) }
    }

    /// As the source plans them: some devices a step, ``TrainingConfiguration/batch`` inputs in all; with a generator that is to be
    /// trained on virtual devices, those.
    ///
    /// - Throws: ``TrainingError/badSetting(_:)`` where there are no features to make devices of; `TorchError`, from the batches.
    public func batches(
        of model: JointModel,
        _ configuration: TrainingConfiguration,
        random: inout SeededGenerator
    ) throws -> [BatchPlan<EpisodeBatch>] {
        let strength = configuration.generator.map(\.virtualDevices) ?? 0
        let virtual = try VirtualDevices(strength: strength, of: source)
        let devices = model.generator?.configuration.form.encodesSamples == false ? deviceIndices : [:]
        return source.plan(batch: configuration.batch, random: &random).map { plan in
            { random in
                var episodes = plan(&random)
                if let virtual { episodes = episodes.map { virtual.changed($0, random: &random) } }
                return try EpisodeBatch(episodes, dropoutSeed: random.next(), devices: devices)
            }
        }
    }

    /// Cross-entropy of classes in nats, or squared error in the units of the targets squared; a mean over inputs.
    ///
    /// - Throws: `TorchError`.
    public func loss(_ model: JointModel, _ batch: EpisodeBatch) throws -> (loss: Tensor, positions: Int) {
        let network = model.network
        let shared = try network.shared(batch.query, dropoutSeed: batch.dropoutSeed)
        let reasoned = try model.generator?.reasoner.map { try batch.reasoned(model, $0) }
        let loss = try model.jointLoss(dropoutSeed: batch.dropoutSeed) {
            try reasoned?.z.rows(batch.owners) ?? batch.encodings(model)
        } _: { layers in
            let outputs = try network.outputs(shared, layers)
            return switch source.outputs.kind {
            case .classification: try outputs.crossEntropy(batch.classes())
            case .regression: try outputs.squaredError(batch.values(width: network.graph.outputWidth))
            }
        }
        guard let reasoned, let weight = model.generator?.configuration.anchorWeight else { return (loss, batch.count) }
        return (try loss + reasoned.divergence * weight, batch.count)
    }

    /// A metric of the validation devices, from 0 to 1 for accuracy, up to 1 for R². Of a model with a basis it is what devices come to
    /// that have learned a code from the labels of their samples: without that a basis would be as good as another.
    ///
    /// - Throws: ``TrainingError/scoreNotFinite``.
    public func validate(_ model: JointModel, _ metric: ValidationMetric) throws -> Double {
        if let settings = model.generator?.configuration, settings.form.hasCodes {
            var configuration = TrainingConfiguration(architecture: model.network.graph.architecture)
            (configuration.generator, configuration.validationMetric) = (settings, "\(metric)")
            return try FineTuning(TrainedModel(configuration, model), self, configuration)
                .validated(Self.codeLearningRate)
        }
        return metric.value(of: try scores(model, on: .validation))
    }

    /// Metrics of the devices of a held-out part, each run with parameters from its own unlabelled samples.
    ///
    /// - Throws: ``TrainingError/scoreNotFinite``.
    public func scores(_ model: JointModel, on part: Part) throws -> Scores {
        let scores = try EpisodeEvaluator(model).scores(anchored(model, part), part)
        return self.scores(of: scores, beside: part == .test ? source.naiveForecasts : [])
    }

    /// The metrics of what a model gave.
    ///
    /// - Parameter naive: Forecasts that nobody learned, which are reported beside it.
    func scores(of scores: EpisodeScores, beside naive: [NaiveForecast] = []) -> Scores {
        let own = Scores(scores, beside: naive)
        return retrieves ? own.addingRetrieval(scores) : own
    }

    /// The episodes as devices upload their samples: a model that has learned to go by anchors is given those.
    private func anchored(_ model: JointModel, _ part: Part) throws -> any EpisodeSource {
        guard let count = model.generator?.configuration.anchors, count > 0 else { return source }
        return try AnchoredEpisodes(count, .medoids, of: source, model, seed: 0, parts: [part])
    }

    /// Encodings of the devices of the first steps of an epoch, [devices, h], or the vectors of all.
    ///
    /// - Throws: `TorchError`.
    public func trainingEncodings(_ model: JointModel, _ configuration: TrainingConfiguration) throws -> Tensor {
        let generator = model.requiredGenerator
        guard generator.configuration.form.encodesSamples else {
            return try generator.vectors(of: Array(0..<max(1, userCount)))
        }
        var random = SeededGenerator(seed: configuration.seed, stream: 5)
        let steps = source.plan(batch: configuration.batch, random: &random)
        return try withoutGradients {
            try Tensor.concatenate(
                steps.prefix(Self.encodedSteps).map { step in
                    try EpisodeBatch(step(&random), dropoutSeed: nil).deviceEncodings(model)
                },
                axis: 0
            )
        }
    }
}
