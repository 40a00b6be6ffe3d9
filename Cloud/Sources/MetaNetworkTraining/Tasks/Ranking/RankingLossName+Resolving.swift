import MetaNetwork
import MetaNetworkData
import MetaNetworkModels

extension RankingLossName {
    /// The loss of a model and a catalogue: itself, or what ``automatic`` stands for. That is ``softmax`` up to
    /// ``largestCatalogue`` items, ``sampledSoftmax`` above, and ``binary`` for a model that computes more than an inner product
    /// for each pair of history and candidate.
    ///
    /// - Throws: ``TrainingError/badSetting(_:)`` where the loss does not fit.
    package func resolved(_ graph: ModelGraph, itemCount: Int) throws(TrainingError) -> RankingLossName {
        switch self {
        case .automatic:
            guard graph.pairsAreCheap else { return .binary }
            return itemCount <= Self.largestCatalogue ? .softmax : .sampledSoftmax
        case .softmax, .sampledSoftmax:
            guard graph.pairsAreCheap else {
                throw .badSetting(
                    "loss is \(rawValue), which scores many items for each position; '\(graph.architecture.name)' computes "
                        + "whole layers for each of them: use \(Self.binary.rawValue) or \(Self.generalizedBinary.rawValue)"
                )
            }
            guard self == .sampledSoftmax || itemCount <= Self.largestCatalogue else {
                throw .badSetting(
                    "loss is \(rawValue), which scores every item; the catalogue has \(itemCount), more than "
                        + "\(Self.largestCatalogue): use \(Self.sampledSoftmax.rawValue)"
                )
            }
            return self
        case .binary, .generalizedBinary: return self
        }
    }

    /// Whether it draws negatives of each user, and so needs the users' histories.
    var drawsOfUsers: Bool {
        switch self {
        case .automatic, .softmax, .sampledSoftmax: false
        case .binary, .generalizedBinary: true
        }
    }

    /// The loss of this name.
    ///
    /// - Parameters:
    ///   - itemCount: Number of items.
    ///   - negatives: Negatives of a position or a step; `nil` for ``negatives``.
    ///   - counts: Training interactions of each item, by index less one; asked for where the loss needs them.
    ///   - sampler: Draws negatives of a user; asked for where the loss needs it.
    func loss(
        itemCount: Int,
        negatives: Int?,
        counts: @autoclosure () -> [Int],
        sampler: @autoclosure () -> NegativeSampler
    ) -> any RankingLoss {
        let negatives = negatives ?? self.negatives
        return switch self {
        case .automatic, .softmax: SoftmaxLoss(itemCount: itemCount)
        case .sampledSoftmax: SampledSoftmaxLoss(counts(), negatives: negatives)
        case .binary: BinaryCrossEntropyLoss(sampler: sampler(), negatives: negatives)
        case .generalizedBinary:
            BinaryCrossEntropyLoss.generalized(sampler(), negatives: negatives, itemCount: itemCount)
        }
    }
}
