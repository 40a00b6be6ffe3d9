import Foundation
import MetaNetworkData
import MetaNetworkModels

extension RankingTask {
    /// What tells a model's training interactions from held-out ones of the same users.
    package struct Membership: Sendable {
        /// The logarithm of the probability that the model gives the item among the whole catalogue: the loss, with the sign changed.
        package let loss: MembershipScores
        /// The same less that of the item's share of all other training interactions: how much more the model expects it than others would.
        package let ratio: MembershipScores
        /// That share alone, which knows nothing of the model: what a difference between earlier and later interactions tells by itself.
        package let control: MembershipScores
    }

    /// Scores the last training interactions of each user, as many as are held out for test, and those of the test part.
    ///
    /// Those of the validation part, which stopped the training, lie between the two.
    ///
    /// - Parameter model: The model; what it generates does not count.
    /// - Returns: `nil` where no user has two training interactions.
    /// - Throws: ``TrainingError/scoreNotFinite``, `TorchError`.
    package func membership(of model: JointModel) throws -> Membership? {
        let counts = dataset.trainingCounts.map { Double($0) }
        let total = counts.reduce(0, +) + Double(dataset.itemCount)
        let scorer = try ModelScorer(model.withoutGenerator, dataset)
        let test = dataset.positions(.test)
        let training = lastTraining()
        guard !training.positions.isEmpty, !test.positions.isEmpty else { return nil }
        let (members, others) = (try logarithms(training, scorer), try logarithms(test, scorer))
        func scores(_ value: (Double, Double) -> Double) -> MembershipScores {
            func entries(_ part: (positions: [Int], users: [Int32]), _ losses: [Double], own: Double) -> [(
                subject: Int, score: Double
            )] {
                zip(zip(part.positions, part.users), losses).map { place, loss in
                    // An interaction more for each item, so that no share is 0.
                    let count = counts[Int(dataset.items[place.0]) - 1] - own + 1
                    return (Int(place.1), value(loss, log(count / total)))
                }
            }
            return MembershipScores(
                members: entries(training, members, own: 1),
                others: entries(test, others, own: 0)
            )
        }
        return Membership(loss: scores { loss, _ in loss }, ratio: scores { $0 - $1 }, control: scores { $1 })
    }

    /// The last training interactions of each user that have one before them, as many as it has in the test part.
    private func lastTraining() -> (positions: [Int], users: [Int32]) {
        var (positions, users) = ([Int](), [Int32]())
        for user in 0..<dataset.userCount {
            let count = dataset.offsets[user + 1] - dataset.validationEnds[user]
            let last = (dataset.offsets[user] + 1..<max(dataset.offsets[user] + 1, dataset.trainingEnds[user])).suffix(
                count
            )
            positions += last
            users += last.map { _ in Int32(user) }
        }
        return (positions, users)
    }

    /// The logarithm of the probability of each position's item.
    private func logarithms(_ part: (positions: [Int], users: [Int32]), _ scorer: ModelScorer) throws -> [Double] {
        var logarithms: [Double] = []
        try scorer.forEachPosition(part.positions[...], users: part.users[...]) { position, scores in
            let largest = Double(scores.max() ?? 0)
            let sum = scores.reduce(0.0) { $0 + exp(Double($1) - largest) }
            let own = Double(scores[Int(dataset.items[position]) - 1]) - largest - log(sum)
            guard own.isFinite else { throw TrainingError.scoreNotFinite }
            logarithms.append(own)
        }
        return logarithms
    }
}
