/// Scores in ascending order with the user and label of each: what a (weighted) area under the curve is swept from.
struct ScoreOrder: Sendable {
    /// User of each score in ascending order of score; the lowest bit is 1 for a positive.
    private let entries: [Int32]
    /// Ends of the groups of equal scores.
    private let groupEnds: [Int32]

    /// - Parameters:
    ///   - scores: Finite scores, rows × candidates, the positive first.
    ///   - users: User of each row.
    ///   - candidates: Scores of a row.
    init(_ scores: [Float], users: [Int32], candidates: Int) {
        var pairs = [UInt64](unsafeUninitializedCapacity: scores.count) { buffer, count in
            for (index, score) in scores.enumerated() {
                // The bit pattern of a float sorts as an integer once negative numbers are turned around; adding 0
                // makes the two zeros one.
                let bits = (score + 0).bitPattern
                let key = bits & 0x8000_0000 == 0 ? bits | 0x8000_0000 : ~bits
                buffer[index] = UInt64(key) << 32 | UInt64(index)
            }
            count = scores.count
        }
        // A pass of the radix sort costs its 2048 digits even where there is little to sort.
        if pairs.count < 512 { pairs.sort() } else { Self.radixSort(&pairs) }
        var (entries, groupEnds) = ([Int32](), [Int32]())
        entries.reserveCapacity(scores.count)
        for (rank, pair) in pairs.enumerated() {
            if rank > 0, pairs[rank - 1] >> 32 != pair >> 32 { groupEnds.append(Int32(rank)) }
            let index = Int(pair & 0xFFFF_FFFF)
            entries.append(users[index / candidates] << 1 | (index % candidates == 0 ? 1 : 0))
        }
        if !scores.isEmpty { groupEnds.append(Int32(scores.count)) }
        self.entries = entries
        self.groupEnds = groupEnds
    }

    /// Sorts by the upper 32 bits: three passes of 11 bits, stable.
    private static func radixSort(_ values: inout [UInt64]) {
        var other = [UInt64](repeating: 0, count: values.count)
        for shift in [32, 43, 54] as [UInt64] {
            var starts = [Int](repeating: 0, count: 2049)
            for value in values { starts[Int(value >> shift & 2047) + 1] += 1 }
            for digit in 0..<2048 { starts[digit + 1] += starts[digit] }
            for value in values {
                let digit = Int(value >> shift & 2047)
                other[starts[digit]] = value
                starts[digit] += 1
            }
            swap(&values, &other)
        }
    }

    /// Probability that a positive scores above a negative, ties counting one half, each weighing as its user does.
    ///
    /// - Parameter weight: Weight of each user by index.
    /// - Returns: The area, or NaN where positives or negatives weigh nothing.
    func areaUnderCurve(weight: [Double]) -> Double {
        areasUnderCurve(weights: weight.map { SIMD4(repeating: $0) })[0]
    }

    /// The areas of four weightings in one sweep: reading the scores costs more than adding up the weights.
    ///
    /// - Parameter weights: The four weights of each user by index.
    func areasUnderCurve(weights: [SIMD4<Double>]) -> SIMD4<Double> {
        var (wins, positives, negatives) = (SIMD4<Double>.zero, SIMD4<Double>.zero, SIMD4<Double>.zero)
        weights.withUnsafeBufferPointer { weights in
            entries.withUnsafeBufferPointer { entries in
                var first = 0
                for end in groupEnds {
                    let end = Int(end)
                    // Most scores stand alone.
                    if end == first + 1 {
                        let weight = weights[Int(entries[first] >> 1)]
                        if entries[first] & 1 == 1 {
                            wins += weight * negatives
                            positives += weight
                        } else {
                            negatives += weight
                        }
                        first = end
                        continue
                    }
                    var (groupPositives, groupNegatives) = (SIMD4<Double>.zero, SIMD4<Double>.zero)
                    for entry in entries[first..<end] {
                        let weight = weights[Int(entry >> 1)]
                        if entry & 1 == 1 { groupPositives += weight } else { groupNegatives += weight }
                    }
                    wins += groupPositives * (negatives + 0.5 * groupNegatives)
                    positives += groupPositives
                    negatives += groupNegatives
                    first = end
                }
            }
        }
        return wins / (positives * negatives)
    }
}
