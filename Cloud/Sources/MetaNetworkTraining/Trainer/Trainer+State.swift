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

    func assign(_ weights: Weights) throws {
        for (name, tensor) in zip(names, model.tensors) {
            guard let values = weights[name]?.values else { throw ModelError.missingParameter(name) }
            try tensor.assign(values)
        }
    }

    func save(to checkpoint: SharedCheckpoint) throws {
        state.optimizerStep = optimizer.step
        try checkpoint.write(
            Checkpoint(configuration: configuration, dataDigest: task.dataDigest, state: state),
            savedWeights() + savedMoments("first/", optimizer.firstMoments)
                + savedMoments("second/", optimizer.secondMoments),
            kept: { kept = (state.epoch, state.step) }
        )
    }

    private func savedWeights() -> [SavedTensor] {
        zip(names, model.tensors).flatMap { name, tensor in
            let now = SavedTensor(name: "weights/\(name)", shape: tensor.shape, isDivided: false) { write in
                try Self.write(tensor, write)
            }
            guard let best = best?[name] else { return [now] }
            return [
                now,
                SavedTensor(name: "best/\(name)", shape: best.shape, isDivided: false) { try $0(best.values[...]) },
            ]
        }
    }

    /// Moments of the optimizer, of all rows of divided tables.
    private func savedMoments(_ prefix: String, _ moments: [Tensor]) -> [SavedTensor] {
        moments.enumerated().map { place, own in
            let (shape, tables) = (model.tensors[place].shape, pieced?.tables)
            let isDivided = tables?.hasRows(at: place) == true
            return SavedTensor(name: prefix + names[place], shape: shape, isDivided: isDivided) { write in
                if let tables, isDivided {
                    try tables.collect(own, at: place) { try write(try $0.floats()[...]) }
                } else if tables?.isLeft(at: place) == true {
                    try Self.writeZeros(shape, write)
                } else {
                    try Self.write(own, write)
                }
            }
        }
    }

    private static func write(_ tensor: Tensor, _ write: (ArraySlice<Float>) throws -> Void) throws {
        let (shape, length) = (tensor.shape, SavedTensor.rows(of: tensor.shape))
        guard let count = shape.first, count > length else { return try write(try tensor.floats()[...]) }
        for row in stride(from: 0, to: count, by: length) {
            try write(try tensor.narrowed(axis: 0, row..<min(row + length, count)).floats()[...])
        }
    }

    private static func writeZeros(_ shape: [Int], _ write: (ArraySlice<Float>) throws -> Void) throws {
        let (count, length) = (shape[0], SavedTensor.rows(of: shape))
        for row in stride(from: 0, to: count, by: length) {
            let values = min(length, count - row) * shape.dropFirst().reduce(1, *)
            try write([Float](repeating: 0, count: values)[...])
        }
    }

    func restore(_ saved: StoredCheckpoint, from place: SharedCheckpoint) throws {
        try check(saved.header, of: place)
        state = saved.header.state
        optimizer.step = state.optimizerStep
        for (name, tensor) in zip(names, model.tensors) {
            let name = "weights/\(name)"
            try saved.read(name, shape: tensor.shape) { row, values in try Self.assign(values, from: row, to: tensor) }
        }
        try restore(optimizer.firstMoments, "first/", saved)
        try restore(optimizer.secondMoments, "second/", saved)
        try restoreBest(saved)
        kept = (state.epoch, state.step)
    }

    private func check(_ saved: Checkpoint, of place: SharedCheckpoint) throws {
        var expected = configuration
        expected.epochs = saved.configuration.epochs
        expected.pieces = expected.pieces ?? 1
        var found = saved.configuration
        found.pieces = found.pieces ?? 1
        guard found == expected else {
            throw TrainingError.checkpointMismatch(
                "\(place.text) was made with other settings; resume with the same ones (only --epochs may differ), "
                    + "or start anew without --resume"
            )
        }
        guard saved.dataDigest == task.dataDigest else {
            throw TrainingError.checkpointMismatch(
                "\(place.text) was made with other data; resume with the same file, or start anew without --resume"
            )
        }
    }

    /// Takes over moments of the optimizer, of divided tables those of this rank's rows.
    private func restore(_ moments: [Tensor], _ prefix: String, _ saved: StoredCheckpoint) throws {
        for (place, own) in moments.enumerated() {
            let (shape, tables) = (model.tensors[place].shape, pieced?.tables)
            try saved.read(prefix + names[place], shape: shape) { row, values in
                if let tables, tables.hasRows(at: place) {
                    let width = shape.dropFirst().reduce(1, *)
                    let rows = try Tensor(values, shape: [values.count / width] + shape.dropFirst())
                    try tables.put(rows, from: row, to: own, at: place)
                } else if tables?.isLeft(at: place) != true {
                    try Self.assign(values, from: row, to: own)
                }
            }
        }
    }

    private static func assign(_ values: [Float], from row: Int, to tensor: Tensor) throws {
        let shape = tensor.shape
        guard row > 0 || values.count < shape.reduce(1, *) else { return try tensor.assign(values) }
        let count = values.count / shape.dropFirst().reduce(1, *)
        try tensor.narrowed(axis: 0, row..<row + count).assign(values)
    }

    private func restoreBest(_ saved: StoredCheckpoint) throws {
        var best = Weights()
        for (name, tensor) in zip(names, model.tensors) where saved.tensors.header.entries["best/\(name)"] != nil {
            var values: [Float] = []
            values.reserveCapacity(tensor.shape.reduce(1, *))
            try saved.read("best/\(name)", shape: tensor.shape) { values += $1 }
            best[name] = try WeightTensor(shape: tensor.shape, values: values)
        }
        self.best = best.names.isEmpty ? nil : best
    }
}
