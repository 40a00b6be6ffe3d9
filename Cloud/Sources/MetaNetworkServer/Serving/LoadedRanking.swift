import Foundation
import MetaNetworkWire
import Metrics

/// What ranks with a version for clients that cannot run it, behind a queue.
final class LoadedRanking: Sendable {
    /// Users who wait; each is ranked for on its own, as there is nothing to be gained by computing several together.
    let queue: RequestBatcher<Question>
    private let rankings: [SampleEvents.Event.Ranking.Weights: Counter]

    /// A user as it waits for its turn.
    struct Question: BatchedRequest {
        let ranking: RankingQuestion
        let isWanted: @Sendable () -> Bool
        /// The answer's body.
        typealias Answer = [UInt8]
    }

    /// Puts a provider that was warmed up behind a queue.
    ///
    /// - Parameters:
    ///   - id: The version.
    ///   - provider: What ranks.
    ///   - batching: How long requests wait, and how many.
    ///   - metrics: The version's, which count samples too.
    init(
        _ id: BundleID,
        _ provider: any RankingProvider,
        _ batching: ServerConfiguration.Batching,
        _ metrics: VersionMetrics
    ) {
        let own = [("model", id.model), ("version", id.version)]
        let rankings = Dictionary(
            uniqueKeysWithValues: [SampleEvents.Event.Ranking.Weights.base, .personal].map {
                ($0, Counter(.rankings, own + [("weights", $0.rawValue)]))
            }
        )
        self.rankings = rankings
        var alone = batching
        (alone.batchSize, alone.delay) = (1, .zero)
        queue = RequestBatcher(alone) { _ in
            // Batches of one say nothing: the route's own metrics have the times.
        } infer: { questions in
            questions.map { question in Result { try provider.rank(question.ranking) } }
        } encode: { questions, outcomes in
            zip(questions, outcomes).map { question, outcome in
                outcome.flatMap { ranking in
                    metrics.read(known: ranking.knownSamples, of: question.ranking.request.history.count)
                    let weights = ranking.isPersonal ? SampleEvents.Event.Ranking.Weights.personal : .base
                    rankings[weights]?.increment()
                    return Result { try Self.body(ranking.items, weights, id) }
                }
            }
        }
    }

    /// Ends the metrics.
    func retire() { for counter in rankings.values { counter.destroy() } }

    private static func body(
        _ items: [RankingAnswer.Item],
        _ weights: SampleEvents.Event.Ranking.Weights,
        _ id: BundleID
    ) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let answer = RankingAnswer(model: id.model, version: id.version, weights: weights, items: items)
        return [UInt8](try encoder.encode(answer))
    }
}
