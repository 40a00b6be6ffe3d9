extension Solver {
    /// How weights follow their gradients g.
    public enum Optimizer: Sendable, Equatable {
        /// `w - rate · g`.
        case sgd(rate: Double)
        /// `w - rate · (g + pull · (w - w₀))` with the weights w₀ at the start (FedProx, Li et al. 2020, arXiv 1812.06127).
        case proximal(rate: Double, pull: Double)
        /// Adam (Kingma and Ba 2015) as in PyTorch: β 0.9 and 0.999, ε 1e-8, with bias correction.
        case adam(rate: Double)

        var rate: Double {
            switch self {
            case .sgd(let rate), .adam(let rate), .proximal(let rate, _): rate
            }
        }

        /// How strongly weights are drawn back to those at the start.
        var pull: Double { if case .proximal(_, let pull) = self { pull } else { 0 } }
    }

    /// An optimizer with what it remembers of the steps before.
    struct OptimizerState {
        private let optimizer: Optimizer
        /// Running means of the gradients and of their squares, region after region; empty for ``Optimizer/sgd(rate:)``.
        private let moments: (first: Arena, second: Arena)?
        /// The weights at the start, region after region; `nil` where nothing draws them back.
        private let anchors: Arena?
        /// β to the power of the number of steps.
        private var powers = (first: 1.0, second: 1.0)
        private static let decay = (first: 0.9, second: 0.999)

        /// - Parameters:
        ///   - regions: Where the weights are.
        ///   - values: The memory of the weights, as they are at the start.
        init(_ optimizer: Optimizer, _ regions: [LearnableStep.Region], _ values: UnsafePointer<Lanes>) {
            self.optimizer = optimizer
            let lanes = regions.reduce(0) { $0 + $1.lanes }
            moments = if case .adam = optimizer { (Arena(count: lanes), Arena(count: lanes)) } else { nil }
            anchors = optimizer.pull > 0 ? Arena(count: lanes) : nil
            if let anchors { regions.copy(from: values, to: anchors.base) }
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
            guard let moments else { return descend(regions, values, gradients, scale) }
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

        private func descend(
            _ regions: [LearnableStep.Region],
            _ values: UnsafeMutablePointer<Lanes>,
            _ gradients: UnsafePointer<Lanes>,
            _ scale: Float
        ) {
            let (rate, pull) = (Float(optimizer.rate), Float(optimizer.pull))
            var place = 0
            for region in regions {
                for lane in region.offset..<region.offset + region.lanes {
                    var g = gradients[lane] / scale
                    if let anchors { g += (values[lane] - anchors.base[place]) * pull }
                    values[lane] -= g * rate
                    place += 1
                }
            }
        }
    }
}
