import MetaNetwork
import MetaNetworkBundles
import MetaNetworkDevice
import MetaNetworkServer
import MetaNetworkWire
import Synchronization

/// A bundle's catalogue on the device runtime, for clients that cannot run the model: what `metanetwork rank` shows.
package final class DeviceRanking: RankingProvider {
    private let ranker: Mutex<BundleRanker>
    /// Whether the model reads anything beside the history.
    private let readsContext: Bool
    /// Whether the generator's weights were measured to help at no age, where devices ask for none.
    private let neverHelps: Bool

    /// - Parameter bundle: A bundle that was read and checked.
    /// - Throws: `BundleError` where its model ranks no items, `DeviceModelError` where it takes more memory than it may.
    package init(_ bundle: ModelBundle) throws {
        readsContext = try !ModelGraph(bundle.manifest.architecture, itemCount: bundle.manifest.items).inputs.isEmpty
        neverHelps = bundle.manifest.generator?.helps == .never
        ranker = Mutex(try BundleRanker(bundle))
    }

    package func rank(_ question: RankingQuestion) throws -> Ranking {
        let request = question.request
        guard readsContext || request.context.isEmpty else {
            throw RankingInputError(input: nil, reason: "the model reads nothing beside the history")
        }
        return try ranker.withLock { ranker in
            do {
                try ranker.useContext(request.context.mapValues { InputValue($0) })
            } catch DeviceModelError.wrongNamedInput(let input, reason: let reason) {
                throw RankingInputError(input: input, reason: reason)
            }
            let history = request.history.compactMap { ranker.item($0) }
            var values: [Float]?
            if !question.usesBase, !neverHelps, !history.isEmpty {
                values = try ranker.generator?.values(items: history.map(Int32.init))
            }
            return Ranking(
                items: try Self.items(request, history, values, &ranker),
                isPersonal: values != nil,
                knownSamples: history.count
            )
        }
    }

    /// The best items; candidates that the version does not know come last, as on a device.
    private static func items(
        _ request: RankingRequest,
        _ history: [Int],
        _ values: [Float]?,
        _ ranker: inout BundleRanker
    ) throws -> [RankingAnswer.Item] {
        guard let candidates = request.candidates else {
            let best = try ranker.topItems(request.top, history: history, values: values)
            return ranker.answered(best)
        }
        let indices = candidates.map { ranker.item($0) }
        let known = try ranker.rank(
            indices.compactMap(\.self),
            count: request.top,
            history: history,
            values: values
        )
        let unknown = zip(candidates, indices).lazy.filter { $0.1 == nil }.map {
            RankingAnswer.Item(item: $0.0, score: nil)
        }
        return ranker.answered(known) + unknown.prefix(request.top - known.count)
    }
}

extension InputValue {
    fileprivate init(_ value: RankingRequest.Value) {
        switch value {
        case .numbers(let numbers): self = .values(numbers)
        case .token(let token): self = .token(token)
        }
    }
}

extension BundleRanker {
    /// The items with their raw ids; JSON has no number for a score that is not finite.
    fileprivate func answered(_ items: [RankedIndex]) -> [RankingAnswer.Item] {
        items.map { RankingAnswer.Item(item: rawID($0.index), score: $0.score.isFinite ? $0.score : nil) }
    }
}
