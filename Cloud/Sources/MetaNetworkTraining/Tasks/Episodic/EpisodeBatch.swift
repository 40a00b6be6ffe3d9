import MetaNetwork
import MetaNetworkData
import MetaNetworkDevice
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
        let samples = try samples(model)
        let z = try encodings(of: model.noise(by: .embeddings)?.applied(to: samples) ?? samples, model)
        return try model.noise(by: .weights)?.applied(to: z) ?? z
    }

    private func encodings(of samples: Tensor, _ model: JointModel) throws -> Tensor {
        try model.requiredGenerator.encode(
            samples,
            counts: supportCounts,
            dropoutSeed: dropoutSeed.map(MetaGenerator.encoderSeed)
        )
    }

    /// What stands for each sample, [episodes · steps, d].
    private func samples(_ model: JointModel) throws -> Tensor {
        try model.network.graph.sample == nil && model.network.graph.inputs.count == 1
            ? model.network.prompted(support.inputs)
            : model.network.samples(model.network.shared(support), of: support)
    }

    /// What training draws of what all samples say, [episodes, h], and how far that is from what anchors say.
    func reasoned(_ model: JointModel, _ reasoner: AnchorReasoner) throws -> (z: Tensor, divergence: Tensor) {
        let samples = try samples(model)
        let known = try encodings(of: samples, model)
        let places = try anchors(of: samples, model.requiredGenerator.configuration.anchors)
        let foreseen = try encodings(of: samples.rows(places), model)
        let logarithms = try reasoner.logarithms(foreseen: foreseen, known: known)
        let posterior = Gaussian(mean: known, logarithm: logarithms.known)
        var random = SeededGenerator(seed: dropoutSeed ?? 0, stream: 6)
        let noise = (0..<known.size(0) * known.size(1)).map { _ in random.normal() }
        return (
            try posterior.drawn(Tensor(noise, shape: known.shape)),
            try posterior.divergence(from: Gaussian(mean: foreseen, logarithm: logarithms.foreseen))
        )
    }

    /// For each sample the place of the anchor that stands in for it, in any order, [episodes · steps]: what a service reads that is told
    /// anchors with their counts.
    private func anchors(of samples: Tensor, _ count: Int) throws -> Tensor {
        let rows = try samples.detached().rows()
        let steps = rows.count / supportCounts.count
        var places: [Int64] = []
        for (episode, length) in supportCounts.enumerated() {
            let first = episode * steps
            let anchors = Anchors(of: Array(rows[first..<first + length]), count: count)
            for (index, count) in zip(anchors.indices, anchors.counts) {
                places += [Int64](repeating: Int64(first + index), count: count)
            }
            places += (length..<steps).map { Int64(first + $0) }
        }
        return try Tensor(indices: places, shape: [places.count])
    }

    /// The same for each input, [inputs, h].
    func encodings(_ model: JointModel) throws -> Tensor { try deviceEncodings(model).rows(owners) }
}
