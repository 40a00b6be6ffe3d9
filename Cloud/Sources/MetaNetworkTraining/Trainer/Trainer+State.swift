import Foundation
import MetaNetwork
import MetaNetworkData
import MetaNetworkModels
import Torch

/// What a run saves and goes on from.
extension Trainer {
    private var names: [String] { model.tensorNames }

    func weights() throws -> Weights {
        var weights = Weights()
        for (name, tensor) in zip(names, model.tensors) {
            weights[name] = try WeightTensor(shape: tensor.shape, values: tensor.floats())
        }
        return weights
    }

    /// Moments of the optimizer, of all rows of divided tables; those on the first rank alone.
    private func collected(_ moments: [Tensor]) throws -> Weights {
        var weights = Weights()
        for (place, own) in moments.enumerated() {
            guard let tensor = try pieced.map({ try $0.tables.collected(own, at: place) }) ?? own else { continue }
            weights[names[place]] = try WeightTensor(shape: tensor.shape, values: tensor.floats())
        }
        return weights
    }

    func assign(_ weights: Weights) throws { try assign(weights, prefix: "") }

    private func assign(_ weights: Weights, prefix: String) throws {
        for (place, tensor) in model.tensors.enumerated() {
            try tensor.assign(values(of: place, in: weights, prefix))
        }
    }

    /// Takes over moments of the optimizer, of divided tables those of this rank's rows.
    private func assign(_ weights: Weights, prefix: String, to moments: [Tensor]) throws {
        for (place, tensor) in moments.enumerated() {
            let all = try values(of: place, in: weights, prefix)
            try tensor.assign(pieced?.tables.own(of: all, at: place) ?? all)
        }
    }

    /// What is saved for one of the model's tensors.
    private func values(of place: Int, in weights: Weights, _ prefix: String) throws -> [Float] {
        let (name, shape) = (names[place], model.tensors[place].shape)
        guard let source = weights[prefix + name] else { throw ModelError.missingParameter(prefix + name) }
        guard source.shape == shape else {
            throw ModelError.wrongShape(name, expected: shape, found: source.shape)
        }
        return source.values
    }

    func save() throws {
        guard let checkpoint else { return }
        let (first, second) = (try collected(optimizer.firstMoments), try collected(optimizer.secondMoments))
        guard checkpoint.path != nil else { return }
        state.optimizerStep = optimizer.step
        var tensors = Weights()
        let parts = [
            ("weights/", try weights()),
            ("first/", first),
            ("second/", second),
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
        isKept = true
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
        optimizer = try Self.optimizer(model, configuration, decays: state.decays, pieced)
        optimizer.step = saved.state.optimizerStep
        try assign(saved.tensors, prefix: "weights/")
        try assign(saved.tensors, prefix: "first/", to: optimizer.firstMoments)
        try assign(saved.tensors, prefix: "second/", to: optimizer.secondMoments)
        isKept = true
        var best = Weights()
        for name in names { best[name] = saved.tensors["best/" + name] }
        self.best = best.names.isEmpty ? nil : best
    }
}
