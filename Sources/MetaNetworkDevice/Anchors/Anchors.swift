import MetaNetwork

/// A few samples that stand for all: what a device uploads in place of every sample (after the anchor frames of CDC-MMPG, arXiv 2406.01601).
///
/// K-medoids by Euclidean distance: samples are chosen one after the other, each the one that brings the others nearest to a chosen one;
/// then each sample goes to its nearest anchor, and of each such group the one that is nearest to the rest becomes the anchor, until
/// nothing changes. No random numbers: the same samples have the same anchors.
public struct Anchors: Sendable, Equatable {
    /// Indices of the chosen samples, in their order.
    public let indices: [Int]
    /// How many samples each of them stands for, itself among them; together as many as there are.
    public let counts: [Int]

    /// Rounds of the second part at most.
    private static let rounds = 10
    /// Samples that are compared with each other at most: their distances take 1 MiB.
    public static let sampleLimit = 512

    /// Chooses anchors.
    ///
    /// - Parameters:
    ///   - samples: What stands for each sample, of one width; of more than ``sampleLimit`` the last ones count, and indices are still
    ///     those of all.
    ///   - count: Number of anchors, 1 or more; where there are no more samples than that, each stands for itself.
    /// - Complexity: Samples · samples · (width + anchors + 10).
    public init(of samples: [[Float]], count: Int) {
        let first = max(0, samples.count - Self.sampleLimit)
        let recent = Array(samples[first...])
        let count = max(1, count)
        guard recent.count > count else {
            (indices, counts) = (recent.indices.map { first + $0 }, recent.map { _ in 1 })
            return
        }
        let distances = Distances(recent)
        var chosen = Self.chosen(count, distances)
        var groups = distances.groups(around: chosen)
        for _ in 0..<Self.rounds {
            let next = groups.indices.map { distances.center(of: groups[$0], or: chosen[$0]) }
            guard next != chosen else { break }
            chosen = next
            groups = distances.groups(around: chosen)
        }
        let order = chosen.ascending()
        indices = order.map { first + $0 }
        counts = order.compactMap { anchor in chosen.firstIndex(of: anchor).map { groups[$0].count } }
    }

    /// Samples that somebody else has chosen, each for those that it is nearest to: what the choice is measured against.
    ///
    /// - Parameters:
    ///   - samples: What stands for each sample, of one width.
    ///   - indices: Which of them are chosen, each once.
    public init(of samples: [[Float]], choosing indices: [Int]) {
        let chosen = indices.filter(samples.indices.contains).ascending()
        self.indices = chosen
        counts = chosen.isEmpty ? [] : Distances(samples).groups(around: chosen).map(\.count)
    }

    /// The samples that bring the others nearest, one after the other; of equals the first.
    private static func chosen(_ count: Int, _ distances: Distances) -> [Int] {
        var nearest = [Float](repeating: .infinity, count: distances.count)
        var chosen: [Int] = []
        for _ in 0..<count {
            var best: (sample: Int, total: Float)?
            for sample in 0..<distances.count where !chosen.contains(sample) {
                var total: Float = 0
                for other in 0..<distances.count { total += min(nearest[other], distances[sample, other]) }
                if best.map({ total < $0.total }) ?? true { best = (sample, total) }
            }
            guard let sample = best?.sample else { break }
            chosen.append(sample)
            for other in 0..<distances.count { nearest[other] = min(nearest[other], distances[sample, other]) }
        }
        return chosen
    }
}

/// Distances of some samples from each other.
private struct Distances {
    let count: Int
    private var values: [Float]

    init(_ samples: [[Float]]) {
        count = samples.count
        values = [Float](repeating: 0, count: count * count)
        for one in 0..<count {
            for other in 0..<one {
                var sum: Float = 0
                for (x, y) in zip(samples[one], samples[other]) { sum += (x - y) * (x - y) }
                // What overflows is as far as can be.
                let distance = sum.isNaN ? .greatestFiniteMagnitude : min(sum.squareRoot(), .greatestFiniteMagnitude)
                (values[one * count + other], values[other * count + one]) = (distance, distance)
            }
        }
    }

    subscript(one: Int, other: Int) -> Float { values[one * count + other] }

    /// Each sample with its nearest anchor, an anchor with itself; of equally near ones the first.
    func groups(around anchors: [Int]) -> [[Int]] {
        var groups = [[Int]](repeating: [], count: anchors.count)
        for sample in 0..<count {
            var nearest = anchors.firstIndex(of: sample) ?? 0
            for place in anchors.indices where anchors[nearest] != sample {
                if self[sample, anchors[place]] < self[sample, anchors[nearest]] { nearest = place }
            }
            groups[nearest].append(sample)
        }
        return groups
    }

    /// The sample of a group that is nearest to the rest of it; of equals the first.
    func center(of group: [Int], or anchor: Int) -> Int {
        var best: (sample: Int, total: Float)?
        for sample in group {
            let total = group.reduce(Float(0)) { $0 + self[sample, $1] }
            if best.map({ total < $0.total }) ?? true { best = (sample, total) }
        }
        return best?.sample ?? anchor
    }
}
