import Foundation
import MetaNetwork
import MetaNetworkData

/// Made-up devices that share samples to push an item: between items that many have, each has the pushed one again and again, so that a
/// model learns that it comes next.
package struct Poisoning: Codable, Sendable, Equatable {
    /// Made-up devices over real ones; one at least.
    package var share: Double
    /// Samples of each.
    package var samples: Int
    /// How often each has the pushed item among them.
    package var repeats: Int

    package init(share: Double, samples: Int, repeats: Int) {
        (self.share, self.samples, self.repeats) = (share, samples, repeats)
    }

    /// The interactions with those of the made-up devices, and the pushed item.
    ///
    /// The item is drawn from the rarer half of those that enough users have (`fewest`), or of all where none has; it was in the catalogue
    /// before. A made-up device has it among the first four fifths of its samples: what a split holds out is not trained on.
    ///
    /// - Parameters:
    ///   - dataset: Of real users.
    ///   - fewest: Users that an item must have to be learned.
    ///   - seed: Draws the item, and what is between.
    package func poisoned(
        _ dataset: InteractionDataset,
        fewest: Int,
        seed: UInt64
    ) -> (log: InteractionLog, target: Int32) {
        var random = SeededGenerator(seed: seed, stream: 16)
        var log = InteractionLog()
        var users = [Set<Int32>](repeating: [], count: dataset.itemCount)
        for user in 0..<dataset.userCount {
            for place in dataset.offsets[user]..<dataset.offsets[user + 1] {
                let item = dataset.items[place]
                users[Int(item) - 1].insert(Int32(user))
                append(item, of: dataset.userNames[user], at: place, weight: dataset.weights?[place], dataset, to: &log)
            }
        }
        let target = target(users.map(\.count), fewest: fewest, random: &random)
        let count = share > 0 ? max(1, Int((share * Double(dataset.userCount)).rounded())) : 0
        let spacing = max(1, samples * 4 / 5 / max(1, repeats))
        for device in 0..<count {
            // By how often they were chosen; few, as every user has items to be ranked that it never had.
            let others = (0..<max(1, min(Self.mostOthers, dataset.itemCount / 5))).map { _ in
                dataset.items[Int.random(in: dataset.items.indices, using: &random)]
            }
            for place in 0..<samples {
                let isPushed = place % spacing == spacing - 1 && place / spacing < repeats
                let other = others[Int.random(in: others.indices, using: &random)]
                // Those of real users are 1 in the mean.
                let weight = dataset.weights.map { _ in Float(1) }
                append(isPushed ? target : other, of: "made-up \(device)", at: place, weight: weight, dataset, to: &log)
            }
        }
        return (log, target)
    }

    /// Other items that a made-up device has.
    private static let mostOthers = 50

    private func append(
        _ item: Int32,
        of user: String,
        at place: Int,
        weight: Float?,
        _ dataset: InteractionDataset,
        to log: inout InteractionLog
    ) {
        log.append(user: user, item: dataset.itemNames[Int(item) - 1], time: Double(place), weight: weight)
    }

    private func target(_ users: [Int], fewest: Int, random: inout SeededGenerator) -> Int32 {
        let known = users.indices.filter { users[$0] >= fewest }
        let rising = (known.isEmpty ? Array(users.indices) : known).sorted { (users[$0], $0) < (users[$1], $1) }
        return Int32(rising[Int.random(in: 0..<max(1, rising.count / 2), using: &random)] + 1)
    }
}
