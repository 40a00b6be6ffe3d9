import Crypto
import Foundation
import MetaNetwork
import MetaNetworkData

/// Episodes whose features have mean 0 and standard deviation 1 over the unlabelled samples of their own device: what a device
/// can do for itself without a generator.
///
/// `x' = (x − mean) / sd`, of a window over all its rows, for samples and inputs alike. A feature that does not vary in an episode's
/// samples, and every feature where there are fewer than two samples, takes mean and deviation of the training part.
struct StandardizedEpisodes: EpisodeSource {
    private let source: any EpisodeSource
    private let places: FeaturePlaces
    private let population: FeatureMoments

    /// Inputs that the training part's mean and deviation are taken from, about.
    private static let momentLimit = 20_000

    /// - Parameter source: The episodes, whose inputs have features.
    init(_ source: any EpisodeSource) {
        self.source = source
        places = FeaturePlaces(source.featureInputs)
        population = FeatureMoments(source.trainingInputs(limit: Self.momentLimit), places)
    }

    var inputCount: Int { source.inputCount }
    var inputDescription: String { source.inputDescription }
    var featureInputs: [ModelGraph.NamedInput] { source.featureInputs }
    var outputs: BundleManifest.Outputs { source.outputs }
    var samples: Int { source.samples }
    var split: String { source.split }
    var folds: [any EpisodeSource] { source.folds.map { StandardizedEpisodes($0) } }
    var digest: String { SHA256.hash(data: Data("\(source.digest) standardized".utf8)).hexadecimal }

    func plan(batch: Int, random: inout SeededGenerator) -> [@Sendable (inout SeededGenerator) -> [Episode]] {
        source.plan(batch: batch, random: &random).map { step in
            { random in step(&random).map(standardized) }
        }
    }

    func episodes(_ part: Part) -> [Episode] { source.episodes(part).map(standardized) }

    /// Inputs of the first devices of an epoch: a device's mean and deviation are its own, so that no input stands alone.
    func trainingInputs(limit: Int) -> [[Float]] {
        var random = SeededGenerator(seed: EvaluationCandidates.standardSeed)
        var inputs: [[Float]] = []
        for step in source.plan(batch: min(limit, Self.momentLimit), random: &random) where inputs.count < limit {
            inputs += step(&random).flatMap { standardized($0).query }
        }
        return inputs
    }

    /// The episode as its device sees it.
    func standardized(_ episode: Episode) -> Episode {
        let own = FeatureMoments(episode.support, places)
        let isAlone = episode.support.count < 2
        var (means, scales) = (own.means, own.scales)
        for feature in means.indices where isAlone || own.isConstant[feature] {
            (means[feature], scales[feature]) = (population.means[feature], population.scales[feature])
        }
        func standardized(_ input: [Float]) -> [Float] {
            places.map(input) { ($0 - means[$1]) * scales[$1] }
        }
        var result = episode
        result.support = episode.support.map(standardized)
        result.query = episode.query.map(standardized)
        return result
    }
}
