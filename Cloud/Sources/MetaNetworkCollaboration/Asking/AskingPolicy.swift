import MetaNetwork
import MetaNetworkData
import MetaNetworkDevice
import MetaNetworkTraining
import Torch

/// What decides which answers are worth a request for new weights, of those that a budget allows.
package enum AskingPolicy: String, Codable, Sendable, CaseIterable {
    /// None is: what there is to gain is measured from here.
    case never
    /// All are, whatever the budget: what there is to gain is measured to here.
    case always
    /// IntellectReq's gate.
    case intellectreq
    /// The control: a gate that learned from the labels of other answers.
    case shuffled
    /// The control: the gate's order turned around.
    case reversed
    /// The Mis-Recommendation Detector without the Distribution Mapper: a network of 64, 128 and 64 values on the samples' means.
    case detector
    /// The Distribution Mapper's uncertainty alone.
    case uncertainty
    /// How far the samples' mean has moved since the weights were made.
    case distance
    /// How close the two best choices are with the weights in use.
    case margin
    /// Answers drawn by lot.
    case random
    /// Users, or wearers, drawn by lot, with all of their answers.
    case randomUsers = "random-users"
    /// Answers that gain the most from new weights, which nobody can know: what no policy can be better than.
    case oracle

    /// Whether it learns from situations of the training part.
    var learns: Bool {
        switch self {
        case .intellectreq, .shuffled, .reversed, .detector, .uncertainty: true
        case .never, .always, .distance, .margin, .random, .randomUsers, .oracle: false
        }
    }

    /// Whether it foresees mistakes, so that its scores can be compared with them.
    var foresees: Bool {
        switch self {
        case .intellectreq, .shuffled, .detector, .uncertainty, .distance, .margin: true
        case .never, .always, .reversed, .random, .randomUsers, .oracle: false
        }
    }
}

/// A policy that has learned what it needs.
struct LearnedPolicy {
    private let policy: AskingPolicy
    private let seed: UInt64
    private let gate: RequestGate?
    private let network: MistakeNetwork?

    /// - Parameters:
    ///   - policy: The policy.
    ///   - seed: Seed of its random sources.
    ///   - situations: Gives the situations of a part; asked for only where the policy learns.
    init(_ policy: AskingPolicy, seed: UInt64, _ situations: (Part) throws -> AgedSituations) throws {
        (self.policy, self.seed) = (policy, seed)
        guard policy.learns else {
            (gate, network) = (nil, nil)
            return
        }
        let training = try situations(.training)
        guard policy != .detector else {
            (gate, network) = (nil, try MistakeNetwork(training, seed: seed))
            return
        }
        let weights = try IntellectReq(seed: seed)
            .weights(
                training,
                validation: try situations(.validation),
                labels: policy == .shuffled ? .shuffled : .mistakes
            )
        (gate, network) = (try RequestGate(weights, sampleWidth: training.sampleWidth), nil)
    }

    /// Multiply-adds of a decision; `nil` where nobody counts.
    var multiplyAdds: Int? {
        switch policy {
        case .intellectreq: gate?.multiplyAdds
        case .detector: network?.multiplyAdds
        default: nil
        }
    }

    /// How much each answer is worth a request; more is more.
    ///
    /// - Parameters:
    ///   - situations: What the device knows before each.
    ///   - aged: What the weights in use answer.
    ///   - fresh: What new weights would.
    func scores<Answers: AgedAnswers>(_ situations: AgedSituations, aged: Answers, fresh: Answers) throws -> [Float] {
        var random = SeededGenerator(seed: seed, streams: [12])
        let pairs = Array(zip(situations.recent, situations.behind))
        switch policy {
        case .never: return pairs.map { _ in 0 }
        case .always: return pairs.map { _ in 1 }
        case .intellectreq, .shuffled: return gated(pairs)
        case .reversed: return gated(pairs).map { -$0 }
        case .detector:
            guard let network else { preconditionFailure("'\(policy.rawValue)' has learned a network") }
            return try network.scores(situations)
        case .uncertainty: return situations.recent.map { known(learnedGate.uncertainty(recent: $0)) }
        case .distance: return pairs.map { known(RequestGate.distance($0, $1)) }
        case .margin: return aged.margins().map { -$0 }
        case .random: return pairs.map { _ in random.uniform() }
        case .randomUsers:
            let subjects = aged.subjects
            var lots: [Int: Float] = [:]
            for subject in subjects where lots[subject] == nil { lots[subject] = random.uniform() }
            return subjects.map { known(lots[$0]) }
        case .oracle: return fresh.gains(over: aged)
        }
    }

    private func gated(_ pairs: [([Float], [Float])]) -> [Float] {
        let gate = learnedGate
        return pairs.map { known(gate.score(recent: $0, behind: $1)) }
    }

    private var learnedGate: RequestGate {
        guard let gate else { preconditionFailure("'\(policy.rawValue)' has learned a gate") }
        return gate
    }

    /// A score that is there: all means are as wide as the gate, and its weights are finite.
    private func known(_ score: Float?) -> Float {
        guard let score else { preconditionFailure("'\(policy.rawValue)' has no score of a situation") }
        return score
    }
}

/// Foresees mistakes from the samples' means alone: 2d → 128 → 64 → 1.
private struct MistakeNetwork {
    private let layers: [SmallLayer]
    private let moments: Moments

    init(_ situations: AgedSituations, seed: UInt64) throws {
        var random = SeededGenerator(seed: seed, streams: [13])
        let read = Self.read(situations)
        let moments = Moments(read)
        let input = moments.applied(to: read)
        let widths = [2 * situations.sampleWidth, 128, 64, 1]
        var layers: [SmallLayer] = []
        for (inputs, outputs) in zip(widths, widths.dropFirst()) {
            layers.append(try SmallLayer(inputs, outputs, &random))
        }
        (self.layers, self.moments) = (layers, moments)
        try SmallTraining().run(layers.flatMap(\.tensors), rows: situations.count, &random) { rows, _ in
            let labels = try Tensor(rows.map { situations.isWrong[$0] ? 1 : 0 }, shape: [rows.count, 1])
            return try Self.logits(layers, Tensor(rows: rows.map { input[$0] })).binaryCrossEntropy(labels)
        }
    }

    var multiplyAdds: Int { layers.reduce(0) { $0 + $1.weight.shape.reduce(1, *) } }

    func scores(_ situations: AgedSituations) throws -> [Float] {
        let input = moments.applied(to: Self.read(situations))
        return try withoutGradients { try Self.logits(layers, Tensor(rows: input)).floats() }
    }

    private static func read(_ situations: AgedSituations) -> [[Float]] {
        zip(situations.behind, situations.recent).map { $0 + $1 }
    }

    private static func logits(_ layers: [SmallLayer], _ input: Tensor) throws -> Tensor {
        try layers.enumerated().reduce(input) { try $1.element($0, $1.offset + 1 < layers.count ? .relu : .identity) }
    }
}
