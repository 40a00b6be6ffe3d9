import MetaNetwork

/// Which of a device's examples are its support.
public enum SupportSampling: String, Sendable, CaseIterable {
    /// The examples before those that are asked about: what an app has that keeps the last ones.
    case consecutive
    /// Examples drawn from all of the device's, so that they are of everything that the device does: what an app has that keeps some
    /// of each hour.
    case drawn

    /// Indices of the examples of an episode, ascending.
    struct Block {
        var support: [Int]
        var query: [Int]
    }

    /// The episodes of an epoch for a device of the training part; each example that has a support is asked about once.
    ///
    /// - Parameters:
    ///   - count: The device's examples, 2 or more.
    ///   - samples: Maximum number of examples of a support, and of a query.
    ///   - random: Random source of the epoch.
    func trainingBlocks(_ count: Int, samples: Int, random: inout SeededGenerator) -> [Block] {
        switch self {
        case .consecutive: return Self.consecutive(count, samples, first: random.index(below: samples))
        case .drawn:
            let order = Array(0..<count).shuffled(using: &random)
            // Of a device with few examples half are left for the support.
            let length = max(1, min(samples, count / 2))
            return stride(from: 0, to: count, by: length).map { start in
                let query = order[start..<min(count, start + length)]
                let others = order[..<start] + order[query.endIndex...]
                return Block(support: Self.some(samples, of: Array(others), &random), query: query.sorted())
            }
        }
    }

    /// The episodes of a held-out device. Where supports are drawn it is one, which asks about all other examples.
    ///
    /// - Parameters:
    ///   - count: The device's examples, 2 or more.
    ///   - samples: Maximum number of examples of a support.
    ///   - random: Random source of the device.
    func heldOutBlocks(_ count: Int, samples: Int, random: inout SeededGenerator) -> [Block] {
        switch self {
        case .consecutive: return Self.consecutive(count, samples, first: 0)
        case .drawn:
            let support = Self.some(min(samples, (count + 1) / 2), of: Array(0..<count), &random)
            let drawn = Set(support)
            return [Block(support: support, query: (0..<count).filter { !drawn.contains($0) })]
        }
    }

    /// Blocks of examples with those before each; of a device with few examples the first half are the support.
    private static func consecutive(_ count: Int, _ samples: Int, first: Int) -> [Block] {
        guard count > samples + first else {
            return [Block(support: Array(0..<(count + 1) / 2), query: Array((count + 1) / 2..<count))]
        }
        return stride(from: first + samples, to: count, by: samples).map { start in
            Block(support: Array(start - samples..<start), query: Array(start..<min(count, start + samples)))
        }
    }

    /// Some of the indices, drawn without replacement.
    private static func some(_ count: Int, of indices: [Int], _ random: inout SeededGenerator) -> [Int] {
        var indices = indices
        let count = min(count, indices.count)
        for place in 0..<count { indices.swapAt(place, place + random.index(below: indices.count - place)) }
        return indices.prefix(count).sorted()
    }
}
