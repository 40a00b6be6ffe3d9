import Foundation

/// What a user who made interactions up can do is bounded by how many of a user's count, in all and of one item.
extension InteractionLog {
    /// The latest interactions of each user, in the order of the log.
    ///
    /// - Parameters:
    ///   - most: How many a user keeps, 1 or more. Of those of one time the later in the log are kept.
    ///   - repeats: How many of one item, 1 or more.
    package func latest(ofEachUser most: Int, ofOneItem repeats: Int = .max) -> InteractionLog {
        let (order, ends) = byUser()
        var isKept = [Bool](repeating: false, count: count)
        for user in 0..<users.count {
            let own = order[ends[user]..<ends[user + 1]]
            // Swift's sort is stable.
            let inTime = times.isEmpty ? Array(own) : own.sorted { times[$0] < times[$1] }
            var (left, ofItem) = (most, [Int32: Int]())
            for index in inTime.reversed() where left > 0 && ofItem[itemIndices[index], default: 0] < repeats {
                ofItem[itemIndices[index], default: 0] += 1
                (isKept[index], left) = (true, left - 1)
            }
        }
        return kept { isKept[$0] }
    }

    /// The interactions of users with no more of them than is usual, and of one item: of users with more, the latest count.
    ///
    /// Two numbers of each user are looked at: of interactions, and of those with the item that the user has most often. What is usual ends
    /// where the logarithm of a number has a modified z-score of the bound: its distance above the median over 1.4826 times the median
    /// absolute deviation (Iglewicz and Hoaglin 1993, whose bound is 3.5), among users with as many interactions as training asks for.
    /// Less than half of them can move it by little. The deviation counts as ln 2 at least, so that with a bound of 3.5 nobody loses
    /// anything who has less than 11 times the median. Time and memory are linear in interactions, but for sorting each user's.
    ///
    /// - Parameters:
    ///   - score: The bound; 0 keeps all.
    ///   - kCore: Interactions that a user needs to count in what is usual.
    /// - Returns: All where fewer than 20 users count, too few to tell what is usual.
    package func bounded(above score: Double, kCore: Int) -> InteractionLog {
        let (order, ends) = byUser()
        var (counts, most) = ([Double](), [Double]())
        for user in 0..<users.count where ends[user + 1] - ends[user] >= kCore {
            let ofItem = order[ends[user]..<ends[user + 1]].reduce(into: [Int32: Int]()) {
                $0[itemIndices[$1], default: 0] += 1
            }
            counts.append(log1p(Double(ends[user + 1] - ends[user])))
            most.append(log1p(Double(ofItem.values.max() ?? 0)))
        }
        guard score > 0, counts.count >= Self.fewestUsers else { return self }
        return latest(ofEachUser: Self.bound(counts, score), ofOneItem: Self.bound(most, score))
    }

    /// Fewer tell nothing of what is usual.
    private static let fewestUsers = 20

    /// The largest number whose ln(1 + n) is within the bound.
    private static func bound(_ values: [Double], _ score: Double) -> Int {
        let middle = median(values)
        return Int(expm1(middle + score * max(1.4826 * median(values.map { abs($0 - middle) }), log(2))))
    }

    private static func median(_ values: [Double]) -> Double {
        let sorted = values.sorted()
        let half = sorted.count / 2
        return sorted.count % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2
    }
}
