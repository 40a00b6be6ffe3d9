extension Solver {
    /// How weights follow their gradients g.
    public enum Optimizer: Sendable, Equatable {
        /// `w - rate · g`.
        case sgd(rate: Double)
        /// Adam (Kingma and Ba 2015) as in PyTorch: β 0.9 and 0.999, ε 1e-8, with bias correction.
        case adam(rate: Double)

        var rate: Double {
            switch self {
            case .sgd(let rate), .adam(let rate): rate
            }
        }
    }

    /// An optimizer with what it remembers of the steps before.
    struct OptimizerState {
        private let optimizer: Optimizer
        /// Running means of the gradients and of their squares, region after region; empty for ``Optimizer/sgd(rate:)``.
        private let moments: (first: Arena, second: Arena)?
        /// β to the power of the number of steps.
        private var powers = (first: 1.0, second: 1.0)
        private static let decay = (first: 0.9, second: 0.999)

        /// - Parameter lanes: Lanes of all dynamic tensors.
        init(_ optimizer: Optimizer, lanes: Int) {
            self.optimizer = optimizer
            moments = if case .adam = optimizer { (Arena(count: lanes), Arena(count: lanes)) } else { nil }
        }

        /// Takes a step.
        ///
        /// - Parameters:
        ///   - regions: Where the weights are, and their gradients.
        ///   - values: The memory of the weights.
        ///   - gradients: The memory of the gradients.
        ///   - scale: What gradients are divided by.
        mutating func step(
            _ regions: [LearnableStep.Region],
            _ values: UnsafeMutablePointer<Lanes>,
            _ gradients: UnsafePointer<Lanes>,
            scale: Float
        ) {
            guard let moments else {
                let rate = Float(optimizer.rate)
                for region in regions {
                    for lane in region.offset..<region.offset + region.lanes {
                        values[lane] -= gradients[lane] / scale * rate
                    }
                }
                return
            }
            powers = (powers.first * Self.decay.first, powers.second * Self.decay.second)
            let rate = Float(optimizer.rate / (1 - powers.first))
            let correction = Float((1 - powers.second).squareRoot())
            let (share, decay) = (Float(1 - Self.decay.first), Float(Self.decay.second))
            let rest = Float(1 - Self.decay.second)
            var place = 0
            for region in regions {
                for lane in region.offset..<region.offset + region.lanes {
                    let g = gradients[lane] / scale
                    let mean = moments.first.base[place] + (g - moments.first.base[place]) * share
                    let square = moments.second.base[place] * decay + g * g * rest
                    (moments.first.base[place], moments.second.base[place]) = (mean, square)
                    values[lane] -= mean * rate / (square.squareRoot() / correction + 1e-8)
                    place += 1
                }
            }
        }
    }
}
