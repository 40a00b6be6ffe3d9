import Foundation
import MetaNetwork
import MetaNetworkData
import MetaNetworkModels
import Torch

/// What a run saves and goes on from.
extension Trainer {
    private var names: [String] { model.tensorNames }

    func weights() throws -> Weights {
        try Self.collect(names, model.tensors)
    }

    private static func collect(_ names: [String], _ tensors: [Tensor]) throws -> Weights {
        var weights = Weights()
        for (name, tensor) in zip(names, tensors) {
            weights[name] = try WeightTensor(shape: tensor.shape, values: tensor.floats())
        }
        return weights
    }

    func assign(_ weights: Weights) throws {
        try Self.assign(weights, prefix: "", names, model.tensors)
    }

    private static func assign(_ weights: Weights, prefix: String, _ names: [String], _ tensors: [Tensor]) throws {
        for (name, tensor) in zip(names, tensors) {
            guard let source = weights[prefix + name] else { throw ModelError.missingParameter(prefix + name) }
            guard source.shape == tensor.shape else {
                throw ModelError.wrongShape(name, expected: tensor.shape, found: source.shape)
            }
            try tensor.assign(source.values)
        }
    }

    func save() throws {
        guard let checkpoint, checkpoint.path != nil else { return }
        state.optimizerStep = optimizer.step
        var tensors = Weights()
        let parts = [
            ("weights/", try weights()),
            ("first/", try Self.collect(names, optimizer.firstMoments)),
            ("second/", try Self.collect(names, optimizer.secondMoments)),
            ("best/", best ?? Weights()),
        ]
        for (prefix, part) in parts {
            for name in part.names { tensors[prefix + name] = part[name] }
        }
        try checkpoint.write(
            Checkpoint(
                configuration: configuration,
                dataDigest: task.dataDigest,
                state: state,
                tensors: tensors
            )
        )
    }

    func restore(_ saved: Checkpoint, from place: SharedCheckpoint) throws {
        var expected = configuration
        expected.epochs = saved.configuration.epochs
        expected.pieces = expected.pieces ?? 1
        var found = saved.configuration
        found.pieces = found.pieces ?? 1
        guard found == expected else {
            throw TrainingError.checkpointMismatch(
                "\(place.url.path) was made with other settings; resume with the same ones (only --epochs may differ), "
                    + "or start anew without --resume"
            )
        }
        guard saved.dataDigest == task.dataDigest else {
            throw TrainingError.checkpointMismatch(
                "\(place.url.path) was made with other data; resume with the same file, or start anew without --resume"
            )
        }
        state = saved.state
        optimizer = try Self.optimizer(model, configuration, decays: state.decays)
        optimizer.step = saved.state.optimizerStep
        try Self.assign(saved.tensors, prefix: "weights/", names, model.tensors)
        try Self.assign(saved.tensors, prefix: "first/", names, optimizer.firstMoments)
        try Self.assign(saved.tensors, prefix: "second/", names, optimizer.secondMoments)
        var best = Weights()
        for name in names { best[name] = saved.tensors["best/" + name] }
        self.best = best.names.isEmpty ? nil : best
    }
}
