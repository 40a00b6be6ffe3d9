import MetaNetworkModels
import MetaNetworkTraining

/// The trained models of an experiment that methods to come start from or serve.
struct TrainedModels {
    private let methods: [ExperimentMethod]
    /// The models of each method and seed, one a fold.
    private var models: [[TrainedModel]] = []

    init(for methods: [ExperimentMethod]) { self.methods = methods }

    /// Keeps the models of a run, one a fold, where a method to come needs them.
    mutating func keep(_ folds: [TrainedModel], of run: ExperimentRun) {
        let isStart =
            switch run.method.variant {
            case .none: methods.contains { $0.variant.startsFromBase }
            case .cloud: methods.contains { $0.variant.startsFromEncoder($0.template) }
            default: false
            }
        let method = run.method
        guard
            isStart || methods.contains(where: { $0.anchors != nil }) || method.devices != nil || method.asks != nil
                || method.keeps != nil || method.learns != nil || method.attacks != nil || method.onDevice != nil,
            !folds.isEmpty
        else {
            return
        }
        models.append(folds)
    }

    /// The base with the settings of a run that starts from one; `nil` where it was not trained in this process.
    func base(of run: ExperimentRun) -> TrainedModel? {
        guard run.method.variant.startsFromBase else { return nil }
        var settings = run.method.template.ofBase
        settings.seed = run.seed
        return folds(settings)?[0]
    }

    /// The encoder of a run whose generator starts from one that was trained alone; `nil` where that was not in this process.
    func encoder(of run: ExperimentRun, itemCount: Int) throws -> TrainedModel? {
        guard run.method.variant.startsFromEncoder(run.method.template) else { return nil }
        var settings = run.method.template
        settings.seed = run.seed
        return folds(try settings.ofEncoder(itemCount: itemCount))?[0]
    }

    /// The models that a run's devices run, one a fold; `nil` where they were not trained in this process.
    func served(_ run: ExperimentRun, itemCount: Int) throws -> [TrainedModel]? {
        var settings = run.method.template
        settings.seed = run.seed
        return folds(try run.method.variant.configuration(settings, itemCount: itemCount))
    }

    private func folds(_ configuration: TrainingConfiguration) -> [TrainedModel]? {
        models.first { $0[0].configuration == configuration }
    }
}
