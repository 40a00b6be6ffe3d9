extension Solver {
    /// The loss of a choice's scores, in nats; those of several choices are averaged.
    public enum RankingLoss: Sendable, Equatable {
        /// Cross-entropy of the softmax over the item and the others. Where others were drawn from a catalogue, each may count as many
        /// times as it stands for items that were not.
        case softmax(weight: Double = 1)
        /// Binary cross-entropy, a mean over the item and the others; the item's own loss counts so many times.
        case binary(positiveWeight: Double = 1)

        /// Its weight, which must be a number above 0.
        var weight: Double {
            switch self {
            case .softmax(let weight), .binary(let weight): weight
            }
        }

        /// The loss of one choice.
        ///
        /// - Parameters:
        ///   - scores: The scores, padded to whole lanes; receives the loss's gradient.
        ///   - count: Number of scores.
        ///   - place: Where the score of the chosen item is.
        func loss(_ scores: UnsafeMutablePointer<Lanes>, count: Int, chosen place: Int) -> Double {
            switch self {
            case .softmax(let weight): Self.softmax(scores, count, place, Float(weight))
            case .binary(let weight): Self.binary(scores, count, place, Float(weight))
            }
        }

        private static func softmax(
            _ scores: UnsafeMutablePointer<Lanes>,
            _ count: Int,
            _ place: Int,
            _ weight: Float
        ) -> Double {
            let (values, lanes) = (scores.elements, Lanes.count(for: count))
            for padding in count..<lanes * Lanes.scalarCount { values[padding] = -.infinity }
            var most = scores[0]
            for lane in 1..<max(1, lanes) { most.replace(with: scores[lane], where: scores[lane] .> most) }
            let (largest, chosen) = (most.largest, values[place])
            for lane in 0..<lanes { scores[lane] = .exp(scores[lane] - largest) * weight }
            values[place] /= weight
            // In double precision, as a catalogue has many small summands.
            var sum = SIMD8<Double>()
            for lane in 0..<lanes { sum += SIMD8<Double>(scores[lane]) }
            let total = sum.sum()
            let share = Float(1 / total)
            for lane in 0..<lanes { scores[lane] *= share }
            values[place] -= 1
            return Double(largest - chosen) + Targets.logarithm(total)
        }

        private static func binary(
            _ scores: UnsafeMutablePointer<Lanes>,
            _ count: Int,
            _ place: Int,
            _ weight: Float
        ) -> Double {
            let (values, lanes) = (scores.elements, Lanes.count(for: count))
            for padding in count..<lanes * Lanes.scalarCount { values[padding] = 0 }
            // -ln σ(x) of the chosen item is ln(1 + e^x) of -x.
            values[place] = -values[place]
            let share = 1 / Float(count)
            var sum = 0.0
            for lane in 0..<lanes {
                let x = scores[lane]
                let excess = Lanes.exp(-x.replacing(with: -x, where: x .< 0))
                for element in 0..<min(Lanes.scalarCount, count - lane * Lanes.scalarCount) {
                    let number = lane * Lanes.scalarCount + element
                    let loss = Double(max(x[element], 0)) + Targets.logarithm(1 + Double(excess[element]))
                    sum += number == place ? loss * Double(weight) : loss
                }
                scores[lane] = .sigmoid(x) * share
            }
            values[place] *= -weight
            return sum / Double(count)
        }
    }
}
