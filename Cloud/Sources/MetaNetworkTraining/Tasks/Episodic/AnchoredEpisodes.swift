import Crypto
import Foundation
import MetaNetwork
import MetaNetworkData
import MetaNetworkDevice
import MetaNetworkModels
import Torch

/// The same episodes, but held-out devices upload a few samples that stand for all: as the service reads it, each of them so many times as
/// it stands for samples (after the anchor frames of CDC-MMPG, arXiv 2406.01601).
package struct AnchoredEpisodes: EpisodeSource {
    private let source: any EpisodeSource
    private let heldOut: [Part: [Episode]]
    private let description: String

    /// - Parameters:
    ///   - count: Samples of a device that are uploaded.
    ///   - choice: How they are chosen.
    ///   - source: Episodes.
    ///   - model: The model, which says what stands for a sample.
    ///   - seed: Seed of what is drawn.
    ///   - parts: The held-out parts that are to be asked for.
    /// - Throws: `TorchError`.
    package init(
        _ count: Int,
        _ choice: AnchorChoice,
        of source: any EpisodeSource,
        _ model: JointModel,
        seed: UInt64,
        parts: [Part] = [.test]
    ) throws {
        (self.source, description) = (source, "\(count) anchors, \(choice.rawValue), seed \(seed)")
        var heldOut: [Part: [Episode]] = [:]
        for part in parts {
            var random = SeededGenerator(seed: seed, streams: [41])
            heldOut[part] = try Self.anchored(source.episodes(part), count, choice, model, &random)
        }
        self.heldOut = heldOut
    }

    private static func anchored(
        _ episodes: [Episode],
        _ count: Int,
        _ choice: AnchorChoice,
        _ model: JointModel,
        _ random: inout SeededGenerator
    ) throws -> [Episode] {
        try episodes.indices.map { place in
            let (episode, chosen) = (episodes[place], choice == .others ? other(place, episodes) : episodes[place])
            let embeddings = try embeddings(of: chosen.support, model)
            let anchors =
                switch choice {
                case .medoids, .others: Anchors(of: embeddings, count: count)
                case .random:
                    Anchors(
                        of: embeddings,
                        choosing: Array(embeddings.indices.shuffled(using: &random).prefix(count))
                    )
                }
            var result = episode
            result.support = zip(anchors.indices, anchors.counts).flatMap { index, count in
                Array(repeating: chosen.support[index], count: count)
            }
            return result
        }
    }

    /// The next episode of another device.
    private static func other(_ place: Int, _ episodes: [Episode]) -> Episode {
        let next = (1..<max(2, episodes.count)).lazy.map { episodes[(place + $0) % episodes.count] }
        return next.first { $0.device != episodes[place].device } ?? episodes[place]
    }

    private static func embeddings(of inputs: [[Float]], _ model: JointModel) throws -> [[Float]] {
        guard !inputs.isEmpty else { return [] }
        let (network, batch) = (model.network, try VectorBatch(inputs))
        return try withoutGradients { try network.samples(network.shared(batch), of: batch).rows() }
    }

    package var inputCount: Int { source.inputCount }
    package var inputDescription: String { source.inputDescription }
    package var featureInputs: [ModelGraph.NamedInput] { source.featureInputs }
    package var outputs: BundleManifest.Outputs { source.outputs }
    package var samples: Int { source.samples }
    package var split: String { source.split }
    package var digest: String { SHA256.hash(data: Data("\(source.digest) \(description)".utf8)).hexadecimal }

    package func plan(
        batch: Int,
        random: inout SeededGenerator
    ) -> [@Sendable (inout SeededGenerator) -> [Episode]] { source.plan(batch: batch, random: &random) }

    package func episodes(_ part: Part) -> [Episode] { heldOut[part] ?? source.episodes(part) }

    package func trainingInputs(limit: Int) -> [[Float]] { source.trainingInputs(limit: limit) }
}
