import Foundation
import MetaNetwork
import MetaNetworkBundles
import MetaNetworkData
import MetaNetworkDevice

/// Whether a new version of a ranker is at least as good as the one that devices have: both foresee what users chose last, on the device
/// runtime, with weights that they make of all that came before.
///
/// The two may know different items. Each choice is ranked among those that both know; one of another item is left out, as it would be
/// for any user of the version that does not know it.
struct QualityGate: Encodable, Sendable {
    /// Users whose last choice both can rank.
    let users: Int
    /// Users whose last choice is of an item that one of them does not know.
    let leftOut: Int
    /// Mean NDCG@10 of the version that devices have.
    let current: Double
    /// Mean NDCG@10 of the new one.
    let candidate: Double
    /// The 95 % interval of the mean difference over users, new less old, by its standard error.
    let interval: [Double]

    /// Users of whom fewer say nothing.
    static let fewestUsers = 20
    /// Users that are asked at most: enough that a difference of 0.01 is seen.
    private static let mostUsers = 5_000

    /// The new version goes on: it is no worse.
    var isPassed: Bool { users >= Self.fewestUsers && candidate >= current }

    /// What was found, in words.
    var reason: String {
        guard users >= Self.fewestUsers else {
            return
                "\(users) users have a last choice that both versions can rank; \(Self.fewestUsers) are the fewest that say anything"
        }
        let (old, new) = (current.formatted(digits: 4), candidate.formatted(digits: 4))
        let range = interval.map { $0.formatted(digits: 4) }.joined(separator: " to ")
        let rest =
            leftOut > 0 ? "; the last choices of \(leftOut) more are items that one of the two does not know" : ""
        return
            "NDCG@10 of \(users) users' last choices is \(new), and \(old) with the version that devices have (difference \(range))"
            + rest
    }

    /// Measures two versions.
    ///
    /// - Parameters:
    ///   - current: The version that devices have.
    ///   - candidate: The new one.
    ///   - dataset: Choices; what was held out of the new one's training is told by their split.
    /// - Throws: `BundleError` where one ranks no items, or what its generator throws.
    init(_ current: ModelBundle, _ candidate: ModelBundle, on dataset: InteractionDataset) throws {
        var old = try BundleRanker(current)
        var new = try BundleRanker(candidate)
        let known = Set(candidate.itemNames)
        let common = current.itemNames.filter { known.contains($0) }
        let items = (old: common.compactMap { old.item($0) }, new: common.compactMap { new.item($0) })
        let isCommon = Set(common)
        let moments = (old: try BundleMoments(current), new: try BundleMoments(candidate))
        var (scores, leftOut) = ([(old: Double, new: Double)](), 0)
        for position in Self.lastPositions(dataset) {
            let target = dataset.itemNames[Int(dataset.items[position.index]) - 1]
            guard isCommon.contains(target) else {
                leftOut += 1
                continue
            }
            let past = position.first..<position.index
            let history = past.map { dataset.itemNames[Int(dataset.items[$0]) - 1] }
            // Of users no more is known here than what they chose.
            try old.useContext(moments.old.row(at: position.index, after: past, of: dataset) { old.item($0) != nil })
            try new.useContext(moments.new.row(at: position.index, after: past, of: dataset) { new.item($0) != nil })
            scores.append(
                (
                    try Self.gain(of: target, history, items.old, &old),
                    try Self.gain(of: target, history, items.new, &new)
                )
            )
        }
        (users, self.leftOut) = (scores.count, leftOut)
        let count = Double(max(1, scores.count))
        self.current = scores.reduce(0) { $0 + $1.old } / count
        self.candidate = scores.reduce(0) { $0 + $1.new } / count
        let mean = self.candidate - self.current
        let squares = scores.reduce(0) { $0 + ($1.new - $1.old - mean) * ($1.new - $1.old - mean) }
        let error = (squares / max(1, count - 1) / count).squareRoot()
        interval = [mean - 1.96 * error, mean + 1.96 * error]
    }

    /// The last test position of each user, and where the user's interactions begin; a part of the users where there are very many.
    private static func lastPositions(_ dataset: InteractionDataset) -> [(first: Int, index: Int)] {
        let (positions, users) = dataset.positions(.test)
        var last: [Int32: Int] = [:]
        for (position, user) in zip(positions, users) { last[user] = position }
        let all = last.sorted { $0.key < $1.key }.map { (first: dataset.offsets[Int($0.key)], index: $0.value) }
        let step = max(1, (all.count + mostUsers - 1) / mostUsers)
        return stride(from: 0, to: all.count, by: step).map { all[$0] }
    }

    /// NDCG@10 of a choice, with weights made of what came before.
    private static func gain(
        of target: String,
        _ history: [String],
        _ candidates: [Int],
        _ ranker: inout BundleRanker
    ) throws -> Double {
        let read = history.compactMap { ranker.item($0) }
        let values = try read.isEmpty ? nil : ranker.generator?.values(items: read.map(Int32.init))
        let best = try ranker.rank(candidates, count: 10, history: read, values: values)
        let item = ranker.item(target)
        guard let place = best.firstIndex(where: { $0.index == item }) else { return 0 }
        return 1 / log2(Double(place + 2))
    }
}
