import MetaNetworkModels
import MetaNetworkTraining

/// The trained models of an experiment that methods to come start from or serve.
struct TrainedModels {
    private let methods: [ExperimentMethod]
    private var models: [TrainedModel] = []

    init(for methods: [ExperimentMethod]) { self.methods = methods }

    mutating func keep(_ model: TrainedModel, of run: ExperimentRun) {
        let isStart =
            switch run.method.variant {
            case .none: methods.contains { $0.variant.startsFromBase }
            case .cloud: methods.contains { $0.variant.startsFromEncoder($0.template) }
            default: false
            }
        if isStart || run.method.devices != nil || run.method.asks != nil { models.append(model) }
    }

    /// The base with the settings of a run that starts from one; `nil` where it was not trained in this process.
    func base(of run: ExperimentRun) -> TrainedModel? {
        guard run.method.variant.startsFromBase else { return nil }
        var settings = run.method.template.ofBase
        settings.seed = run.seed
        return model(settings)
    }

    /// The encoder of a run whose generator starts from one that was trained alone; `nil` where that was not in this process.
    func encoder(of run: ExperimentRun, itemCount: Int) throws -> TrainedModel? {
        guard run.method.variant.startsFromEncoder(run.method.template) else { return nil }
        var settings = run.method.template
        settings.seed = run.seed
        return model(try settings.ofEncoder(itemCount: itemCount))
    }

    /// The model that a run's devices run; `nil` where it was not trained in this process.
    func served(_ run: ExperimentRun, itemCount: Int) throws -> TrainedModel? {
        var settings = run.method.template
        settings.seed = run.seed
        return model(try run.method.variant.configuration(settings, itemCount: itemCount))
    }

    private func model(_ configuration: TrainingConfiguration) -> TrainedModel? {
        models.first { $0.configuration == configuration }
    }
}
