import MetaNetwork
import MetaNetworkData
import MetaNetworkModels
import Torch

/// The tensors of some episodes.
public struct EpisodeBatch {
    /// The support of every episode, padded to the longest.
    let support: VectorBatch
    /// Samples of each episode's support.
    let supportCounts: [Int]
    /// Queries of all episodes, one episode after the other.
    let query: VectorBatch
    /// Index of each input's episode, [inputs].
    let owners: Tensor
    /// Seed of what dropout takes; `nil` outside training.
    let dropoutSeed: UInt64?
    /// Index of each episode's device among those of training; `nil` for others.
    private let places: [Int?]
    /// Index of each input's episode.
    private let inputEpisodes: [Int]
    private let targets: [Float]

    /// - Parameters:
    ///   - episodes: At least one, each with at least one sample and one input.
    ///   - dropoutSeed: Seed of what dropout takes; `nil` outside training.
    ///   - devices: Index of each device of training by its name, for models that have a vector for each.
    init(_ episodes: [Episode], dropoutSeed: UInt64?, devices: [String: Int] = [:]) throws {
        guard let width = episodes.first?.query.first?.count else { preconditionFailure("a batch needs an input") }
        let kept = episodes.map(\.support)
        let steps = kept.map(\.count).reduce(1, max)
        support = try VectorBatch(
            kept.flatMap { $0 + [[Float]](repeating: [Float](repeating: 0, count: width), count: steps - $0.count) }
        )
        supportCounts = kept.map(\.count)
        query = try VectorBatch(episodes.flatMap(\.query))
        let owners = episodes.enumerated().flatMap { [Int64](repeating: Int64($0), count: $1.query.count) }
        self.owners = try Tensor(indices: owners, shape: [owners.count])
        targets = episodes.flatMap(\.targets)
        self.dropoutSeed = dropoutSeed
        places = episodes.map { devices[$0.device] }
        inputEpisodes = owners.map { Int($0) }
    }

    /// Number of inputs.
    var count: Int { owners.size(0) }

    /// The index of each input's class, [inputs].
    func classes() throws -> Tensor { try Tensor(indices: targets.map { Int64($0) }, shape: [targets.count]) }

    /// The values to be predicted, [inputs, width].
    func values(width: Int) throws -> Tensor { try Tensor(targets, shape: [count, width]) }

    /// Index of each input's device among those of training.
    ///
    /// - Precondition: The batch was made of devices of training, with their indices.
    var devices: [Int] {
        inputEpisodes.map { episode in
            guard let place = places[episode] else { preconditionFailure("a device of training has an index") }
            return place
        }
    }

    /// What the generator reads of each episode's support, or the vector that it has of the device, [episodes, h].
    func deviceEncodings(_ model: JointModel) throws -> Tensor {
        let generator = model.requiredGenerator
        guard generator.configuration.form.encodesSamples else { return try generator.vectors(of: places) }
        let samples =
            try model.network.graph.sample == nil
            ? model.network.prompted(support.inputs)
            : model.network.samples(model.network.shared(support), of: support)
        return try generator.encode(
            samples,
            counts: supportCounts,
            dropoutSeed: dropoutSeed.map(MetaGenerator.encoderSeed)
        )
    }

    /// The same for each input, [inputs, h].
    func encodings(_ model: JointModel) throws -> Tensor { try deviceEncodings(model).rows(owners) }
}
