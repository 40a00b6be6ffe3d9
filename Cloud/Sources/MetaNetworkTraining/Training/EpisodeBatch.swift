import MetaNetworkData
import Torch

/// The tensors of some devices of a model over vectors.
struct EpisodeBatch {
    /// The samples of every device, padded to as many as the one with most has.
    let samples: VectorBatch
    /// Samples of each device.
    let sampleCounts: [Int]
    /// Inputs of all devices, one device after the other.
    let inputs: VectorBatch
    /// Index of each input's device, [inputs].
    let owners: Tensor
    private let targets: [Float]

    /// - Parameter episodes: At least one, each with at least one sample and one input.
    init(_ episodes: [Episode]) throws {
        let kept = episodes.map(\.samples)
        let steps = max(1, kept.map(\.count).max() ?? 1)
        let width = episodes.first?.inputs.first?.count ?? 0
        samples = try VectorBatch(
            kept.flatMap { $0 + [[Float]](repeating: [Float](repeating: 0, count: width), count: steps - $0.count) }
        )
        sampleCounts = kept.map(\.count)
        inputs = try VectorBatch(episodes.flatMap(\.inputs))
        let owners = episodes.enumerated().flatMap { [Int64](repeating: Int64($0), count: $1.inputs.count) }
        self.owners = try Tensor(indices: owners, shape: [owners.count])
        targets = episodes.flatMap(\.targets)
    }

    /// Number of inputs.
    var count: Int { owners.size(0) }

    /// The index of each input's class, [inputs].
    func classes() throws -> Tensor { try Tensor(indices: targets.map { Int64($0) }, shape: [targets.count]) }

    /// The numbers to be predicted, [inputs, width].
    func numbers(width: Int) throws -> Tensor { try Tensor(targets, shape: [count, width]) }
}
