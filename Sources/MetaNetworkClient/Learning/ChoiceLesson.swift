import MetaNetwork
import MetaNetworkDevice

/// What the user of a ranking chose: nobody has to label it.
struct ChoiceLesson: Lesson {
    let choices: [Choice]
    /// What each choice is compared with.
    let comparison: Comparison
    private let itemCount: Int
    /// Items that are compared with no choice, as the user chose them too.
    private let own: Set<Int>
    private let seed: UInt64

    /// What a choice is compared with.
    enum Comparison: Equatable {
        /// All other items: cross-entropy of the softmax.
        case catalogue
        /// So many items, drawn anew for each step: the same, each of them standing for its share of the catalogue.
        case sample(Int)
        /// So many items that the user did not choose, drawn anew for each step: binary cross-entropy.
        case binary(Int)
    }

    /// A larger catalogue is sampled.
    static let largestCatalogue = 20_000
    /// Items of a sample.
    static let sample = 1024
    /// Items that a choice is compared with where each takes whole layers.
    static let negatives = 4

    /// - Parameters:
    ///   - samples: Indices of what the user chose, oldest first.
    ///   - contexts: What the model read when each was chosen, a row of its inputs for each of them; none where it always reads what it does now.
    ///   - limit: Maximum number of choices: the latest ones.
    ///   - graph: The model.
    ///   - seed: What is drawn follows from it.
    init(_ samples: [Int], contexts: [[Float]] = [], limit: Int, _ graph: ModelGraph, seed: UInt64) {
        var choices = Choice.latest(of: samples, limit: limit, window: graph.window)
        for (place, context) in zip(choices.indices, contexts.suffix(choices.count)) {
            choices[place].context = context
        }
        self.choices = choices
        (itemCount, own, self.seed) = (graph.itemCount, Set(samples), seed)
        // As the cloud's automatic loss.
        if !graph.pairsAreCheap {
            comparison = .binary(Self.negatives)
        } else {
            comparison = itemCount <= Self.largestCatalogue ? .catalogue : .sample(Self.sample)
        }
    }

    var count: Int { choices.count }

    private var loss: Solver.RankingLoss {
        switch comparison {
        case .catalogue: .softmax()
        case .sample(let count): .softmax(weight: Double(itemCount - 1) / Double(count))
        case .binary: .binary()
        }
    }

    func solver(
        _ device: borrowing DeviceModel,
        _ places: [Int],
        learningRate: Double,
        code: LessonCode?,
        memoryLimit: Int,
        _ shouldStop: () -> Bool
    ) throws(DeviceModelError) -> Solver {
        try Solver(
            device,
            choices: compared(places, step: 0),
            loss: loss,
            optimizer: .adam(rate: learningRate),
            basis: code?.basis,
            code: code?.start,
            memoryLimit: memoryLimit,
            shouldStop: shouldStop
        )
    }

    func prepare(_ solver: inout Solver, _ places: [Int], step: Int) throws(DeviceModelError) {
        guard comparison != .catalogue else { return }
        try solver.compare(with: compared(places, step: step).map(\.others))
    }

    func loss(_ device: inout DeviceModel, _ places: [Int]) throws(DeviceModelError) -> Double {
        try device.loss(of: compared(places, step: 0), loss)
    }

    /// Some of the choices, with what they are compared with in a step.
    private func compared(_ places: [Int], step: Int) -> [Choice] {
        places.map { place in
            var choice = choices[place]
            choice.others = others(place, step)
            return choice
        }
    }

    private func others(_ place: Int, _ step: Int) -> [Int] {
        var draw = Draw(state: seed &+ UInt64(step) &* 0x1_0000_0001 &+ UInt64(place) &* 0x10_0001)
        switch comparison {
        case .catalogue: return []
        case .sample(let count):
            let item = choices[place].item
            // One fewer to choose from, so that the chosen item can be left out.
            return (0..<count).map { _ in
                let other = Int.random(in: 1..<itemCount, using: &draw)
                return other < item ? other : other + 1
            }
        case .binary(let count):
            // A user who chose nearly everything would leave nothing to draw.
            let excluded = itemCount - own.count >= count ? own : [choices[place].item]
            guard itemCount > excluded.count else { return [] }
            var others: [Int] = []
            while others.count < count {
                let other = Int.random(in: 1...itemCount, using: &draw)
                if !excluded.contains(other) { others.append(other) }
            }
            return others
        }
    }
}
