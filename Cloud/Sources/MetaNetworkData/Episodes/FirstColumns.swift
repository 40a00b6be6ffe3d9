import Crypto
import Foundation
import MetaNetwork

/// The same episodes with the first columns of each row alone: what a device measures of what a larger model reads.
package struct FirstColumns: EpisodeSource {
    private let source: any EpisodeSource
    private let width: Int
    private let count: Int

    /// - Parameters:
    ///   - count: Number of columns, from 1 to those that the source has.
    ///   - source: Episodes of columns.
    /// - Throws: ``DataError`` where the source has fewer.
    package init(_ count: Int, of source: any EpisodeSource) throws(DataError) {
        let inputs = source.featureInputs
        guard inputs.count == 1, inputs[0].tokens == nil, (1...inputs[0].shape.width).contains(count) else {
            let found = inputs.count == 1 ? "there are \(inputs[0].shape.width)" : "inputs are not columns of one kind"
            throw DataError("the first \(count) columns are asked for, and \(found); give fewer, or other data")
        }
        (self.source, self.width, self.count) = (source, inputs[0].shape.width, count)
    }

    private init(_ source: any EpisodeSource, like other: FirstColumns) {
        (self.source, width, count) = (source, other.width, other.count)
    }

    package var inputCount: Int { source.inputCount / width * count }
    package var inputDescription: String { "the first \(count) of \(source.inputDescription)" }
    package var featureInputs: [ModelGraph.NamedInput] { [.columns(count, rows: source.inputCount / width)] }
    package var outputs: BundleManifest.Outputs { source.outputs }
    package var samples: Int { source.samples }
    package var split: String { source.split }
    package var folds: [any EpisodeSource] { source.folds.map { FirstColumns($0, like: self) } }
    package var digest: String { SHA256.hash(data: Data("\(source.digest) \(count) columns".utf8)).hexadecimal }

    package func plan(
        batch: Int,
        random: inout SeededGenerator
    ) -> [@Sendable (inout SeededGenerator) -> [Episode]] {
        source.plan(batch: batch, random: &random).map { step in { random in step(&random).map(cut) } }
    }

    package func episodes(_ part: Part) -> [Episode] { source.episodes(part).map(cut) }

    package func trainingInputs(limit: Int) -> [[Float]] { source.trainingInputs(limit: limit).map(cut) }

    private func cut(_ episode: Episode) -> Episode {
        var result = episode
        result.support = episode.support.map(cut)
        result.query = episode.query.map(cut)
        return result
    }

    private func cut(_ input: [Float]) -> [Float] {
        stride(from: 0, to: input.count, by: width).flatMap { input[$0..<$0 + count] }
    }
}
