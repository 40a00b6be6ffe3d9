import MetaNetwork
import MetaNetworkData
import MetaNetworkModels
import Torch

/// What a ranking's scores cost: which items a step scores its positions on, and the loss of their logits.
protocol RankingLoss: Sendable {
    /// Draws the items of one step.
    ///
    /// - Parameters:
    ///   - positives: The item of each position.
    ///   - users: The user of each position.
    ///   - weights: What the loss of each position is multiplied by; `nil` for 1.
    ///   - random: Random source of the step.
    /// - Throws: `DataError` where a user leaves no negative to draw; `TorchError`.
    func scored(
        _ positives: [Int32],
        users: [Int32],
        weights: [Float]?,
        random: inout SeededGenerator
    ) throws -> ScoredItems
}

/// The items of one step and the loss of what a model makes of them.
struct ScoredItems {
    /// What the positions are scored on.
    let candidates: CandidateBatch
    /// The loss of the logits, [positions, candidates], a mean over the positions. The logits must not be read afterwards where
    /// `overwrites` is true, which is allowed where no other operation needs them.
    let loss: (_ logits: Tensor, _ overwrites: Bool) throws -> Tensor
}

/// The losses of rankings, by name.
public enum RankingLossName: String, Codable, Sendable, CaseIterable, SettingChoice {
    /// The one that suits model and catalogue best, see ``resolved(_:itemCount:)``.
    case automatic
    /// Cross-entropy of a softmax over the whole catalogue.
    case softmax
    /// The same over a sample of it, corrected for sampling.
    case sampledSoftmax = "sampled-softmax"
    /// Binary cross-entropy of the positive and some negatives.
    case binary = "bce"
    /// The same, with the overconfidence that few negatives bring taken out.
    case generalizedBinary = "gbce"

    /// The largest catalogue that ``softmax`` is meant for.
    package static let largestCatalogue = 20_000

    /// Negatives of a step or of a position unless told otherwise.
    package var negatives: Int {
        switch self {
        case .automatic, .softmax: 0
        case .sampledSoftmax: 1024
        case .binary: 4
        case .generalizedBinary: 256
        }
    }
}
