import MetaNetwork

extension Solver {
    /// What is right for each example, and with it the loss: a mean over the examples.
    public enum Targets: Sendable, Equatable {
        /// The index of the class of each; cross-entropy of the softmax of the outputs, in nats.
        case classes([Int])
        /// As many values for each as the model has outputs; squared error, a mean over the values too.
        case values([[Float]])

        /// Number of examples.
        public var count: Int {
            switch self {
            case .classes(let classes): classes.count
            case .values(let values): values.count
            }
        }

        /// Checks the targets.
        ///
        /// - Parameters:
        ///   - inputs: Number of inputs.
        ///   - width: Number of the model's outputs.
        func check(inputs: Int, width: Int) throws(DeviceModelError) {
            guard inputs > 0, inputs == count else { throw .wrongExamples(inputs: inputs, targets: count) }
            switch self {
            case .classes(let classes):
                guard let wrong = classes.firstIndex(where: { !(0..<width).contains($0) }) else { return }
                throw .wrongExample(
                    wrong,
                    reason: "its class is \(classes[wrong]); the model has classes 0 to \(width - 1)"
                )
            case .values(let values):
                for (number, row) in values.enumerated() {
                    guard row.count == width else {
                        let reason = "its target has \(row.count) values; the model gives \(width)"
                        throw .wrongExample(number, reason: reason)
                    }
                    guard row.allSatisfy(\.isFinite) else {
                        throw .wrongExample(number, reason: "a value of its target is infinite or NaN; leave it out")
                    }
                }
            }
        }

        /// The loss of one example's outputs.
        func loss(of outputs: [Float], example: Int) -> Double {
            let lanes = Lanes.count(for: outputs.count)
            return withUnsafeTemporaryAllocation(of: Lanes.self, capacity: 2 * lanes) { buffer in
                guard let row = buffer.baseAddress else { return .nan }
                row.initialize(repeating: Lanes(), count: 2 * lanes)
                for (place, value) in outputs.enumerated() { row.elements[place] = value }
                return loss(of: row, width: outputs.count, example: example, gradient: row + lanes)
            }
        }

        /// The loss of one example.
        ///
        /// - Parameters:
        ///   - outputs: The model's outputs, `width` of them, padded to whole lanes.
        ///   - example: Number of the example.
        ///   - gradient: Receives the loss's gradient, and zeros in the padding.
        func loss(
            of outputs: UnsafePointer<Lanes>,
            width: Int,
            example: Int,
            gradient: UnsafeMutablePointer<Lanes>
        ) -> Double {
            switch self {
            case .classes(let classes):
                return Self.crossEntropy(outputs, width, positive: classes[example], gradient)
            case .values(let values):
                return values[example].withUnsafeBufferPointer { Self.squaredError(outputs, $0, gradient) }
            }
        }

        private static func squaredError(
            _ outputs: UnsafePointer<Lanes>,
            _ targets: UnsafeBufferPointer<Float>,
            _ gradient: UnsafeMutablePointer<Lanes>
        ) -> Double {
            var sum = 0.0
            let share = 2 / Float(targets.count)
            for place in targets.indices {
                let difference = outputs.elements[place] - targets[place]
                gradient.elements[place] = difference * share
                sum += Double(difference) * Double(difference)
            }
            return sum / Double(targets.count)
        }

        private static func crossEntropy(
            _ outputs: UnsafePointer<Lanes>,
            _ width: Int,
            positive: Int,
            _ gradient: UnsafeMutablePointer<Lanes>
        ) -> Double {
            let (logits, lanes) = (outputs.elements, Lanes.count(for: width))
            var largest = logits[0]
            for place in 1..<max(1, width) { largest = max(largest, logits[place]) }
            for lane in 0..<lanes { gradient[lane] = .exp(outputs[lane] - largest) }
            for place in width..<lanes * Lanes.scalarCount { gradient.elements[place] = 0 }
            var sum = Lanes()
            for lane in 0..<lanes { sum += gradient[lane] }
            let total = sum.total
            for lane in 0..<lanes { gradient[lane] /= total }
            gradient.elements[positive] -= 1
            return Double(largest - logits[positive]) + logarithm(Double(total))
        }

        /// The natural logarithm of a number of 1 or more, without a library; relative error below 1e-12.
        ///
        /// ln(m · 2^e) = e ln 2 + 2 artanh((m - 1) / (m + 1)) with m from √½ to √2, so that the series needs eight terms.
        static func logarithm(_ x: Double) -> Double {
            guard x.isFinite, x > 0 else { return x == 0 ? -.infinity : .nan }
            var (m, exponent) = (x.significand, Double(x.exponent))
            if m > 2.0.squareRoot() { (m, exponent) = (m / 2, exponent + 1) }
            let ratio = (m - 1) / (m + 1)
            var (sum, power) = (0.0, ratio)
            for place in stride(from: 1, through: 15, by: 2) {
                sum += power / Double(place)
                power *= ratio * ratio
            }
            return exponent * 0.693_147_180_559_945_3 + 2 * sum
        }
    }
}
