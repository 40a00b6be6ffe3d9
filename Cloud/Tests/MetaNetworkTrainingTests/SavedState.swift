import Foundation
import MetaNetwork

@testable import MetaNetworkTraining

/// A checkpoint as whoever knows the format reads it, at once.
struct SavedState {
    let header: Checkpoint
    let tensors: Weights
    var state: TrainingState { header.state }

    init(_ url: URL) throws {
        let (tensors, metadata) = try SafeTensors.decode([UInt8](Data(contentsOf: url)), limits: .unlimited)
        self.tensors = tensors
        header = try JSONDecoder().decode(Checkpoint.self, from: Data(metadata[Checkpoint.key, default: ""].utf8))
    }
}
