import Foundation
import MetaNetwork
import MetaNetworkBundles
import MetaNetworkCollaboration
import MetaNetworkExperiments
import MetaNetworkPublishing
import MetaNetworkSettings
import MetaNetworkTraining

/// What `train --gate` adds to a bundle, checked before hours of training.
enum TrainedGate {
    /// Nothing.
    case none
    /// Whether new weights are worth a request.
    case weights(any AgeingTask)
    /// Whether an answer of a larger model is.
    case answers(EpisodicTask, cloud: TrainedModel)

    /// - Throws: `ConfigurationError` where the gate does not fit the task, or the larger model is missing or does not fit.
    init(_ settings: TrainSettings, _ task: any LearningTask, _ architecture: Architecture) throws {
        guard settings.gate == .dmd || settings.cloudModel == nil else {
            throw ConfigurationError("--cloud-model teaches a switcher; give --gate dmd with it, or leave it out")
        }
        switch settings.gate {
        case .none: self = .none
        case .intellectreq: self = .weights(try Self.ageing(settings, task))
        case .dmd: self = try Self.answers(settings, task, architecture)
        }
    }

    private static func ageing(_ settings: TrainSettings, _ task: any LearningTask) throws -> any AgeingTask {
        guard let task = task as? any AgeingTask else {
            throw ConfigurationError("--gate intellectreq is for weights that grow old; leave it out")
        }
        guard settings.generator.form != nil else {
            throw ConfigurationError(
                "a gate says when to ask for weights, and without a generator there are none; leave out --gate"
            )
        }
        do { try task.checkAgeing() } catch {
            throw ConfigurationError("--gate intellectreq has nothing to learn from: \(error)")
        }
        return task
    }

    private static func answers(
        _ settings: TrainSettings,
        _ task: any LearningTask,
        _ architecture: Architecture
    ) throws -> TrainedGate {
        guard let task = task as? EpisodicTask, let outputs = task.outputs, outputs.kind == .classification else {
            throw ConfigurationError("--gate dmd is for models that tell classes of inputs; leave it out")
        }
        guard let path = settings.cloudModel else {
            throw ConfigurationError(
                "--gate dmd needs the larger model that is to answer: train it first, and give --cloud-model FOLDER"
            )
        }
        let bundle = try ModelBundle(contentsOf: URL(fileURLWithPath: path))
        guard bundle.manifest.outputs == outputs else {
            throw ConfigurationError(
                "the model of \(path) tells other classes than these data have; train it on the same data"
            )
        }
        let own = try ModelGraph(architecture, itemCount: 0).inputCount
        guard try ModelGraph(bundle.manifest.architecture, itemCount: 0).inputCount == own else {
            throw ConfigurationError("the model of \(path) reads inputs of another size; train it on the same data")
        }
        return .answers(task, cloud: try bundle.trainedModel())
    }

    /// Trains it.
    ///
    /// - Returns: The tensors of a `RequestGate` and of a `Switcher`, where there are such, and what is to be said of them.
    func trained(for model: TrainedModel) throws -> (gate: Weights?, switcher: Weights?, text: String?) {
        switch self {
        case .none: return (nil, nil, nil)
        case .weights(let task): return (try task.gate(of: model), nil, nil)
        case .answers(let task, let cloud):
            let switcher = try TrainedSwitcher(
                edge: TaughtModel(model, of: task),
                cloud: TaughtModel(cloud, of: task),
                seed: model.configuration.seed
            )
            return (nil, switcher.weights, switcher.prospects.text)
        }
    }
}

extension AgeingTask {
    /// Trains the gate that goes with a model.
    func gate(of trained: TrainedModel) throws -> Weights {
        try IntellectReq(seed: trained.configuration.seed).weights(of: trained, on: self)
    }
}
