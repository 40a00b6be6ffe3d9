import Foundation
import MetaNetworkModels
import Torch

/// What a run's saved state says beside its tensors. Those are named `weights/…`, `first/…` and `second/…`, the optimizer's moments, and `best/…`.
package struct Checkpoint: Codable {
    package var configuration: TrainingConfiguration
    package var dataDigest: String
    package var state: TrainingState

    /// The string of the file's metadata that it is.
    package static let key = "checkpoint"

    /// It as text.
    func text() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }
}

/// A tensor that is saved.
struct SavedTensor {
    let name: String
    let shape: [Int]
    /// Whether each rank has some of its rows.
    let isDivided: Bool
    /// Gives the values in their order to what it is handed; of a divided tensor it is called on all ranks, and gives them on the first.
    let values: ((ArraySlice<Float>) throws -> Void) throws -> Void

    /// Rows of a tensor that are read or written at once, as many in all blocks of a divided one: some megabytes.
    static func rows(of shape: [Int]) -> Int {
        let width = shape.dropFirst().reduce(1, *)
        return max(1, (1 << 21) / max(1, width) / RowShare.blocks) * RowShare.blocks
    }
}

/// A saved state that is open.
struct StoredCheckpoint {
    let header: Checkpoint
    let tensors: SharedTensorFile

    /// Some rows of a tensor after the other.
    ///
    /// - Throws: ``MetaNetworkModels/ModelError`` where there is no such tensor of this shape.
    func read(_ name: String, shape: [Int], _ take: (_ row: Int, _ values: [Float]) throws -> Void) throws {
        guard let entry = tensors.header.entries[name] else { throw ModelError.missingParameter(name) }
        guard entry.shape == shape else {
            throw ModelError.wrongShape(name, expected: shape, found: entry.shape)
        }
        try tensors.read(entry, by: SavedTensor.rows(of: shape), take)
    }
}
