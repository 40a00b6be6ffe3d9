import Foundation
import MetaNetworkData

/// How unsure a classifier is of an image: how far its answers lie apart where each is given without another part of the last hidden
/// layer.
///
/// Which values a pass leaves out is the same for every image and on every device, so that a pass costs the last layer alone. U-VPA
/// (arXiv 2212.00972) names the passes; ten of them are those of its authors' later code (`Yangsenqiao/vida`), the rate and the spread
/// of probabilities are ours.
package struct StochasticPasses: Sendable {
    /// For each pass what each hidden value is multiplied by: 0, or what makes up for those that are left out.
    package let masks: [[Float]]

    /// Passes.
    package static let count = 10
    /// Share of the hidden values that a pass leaves out.
    package static let rate: Float = 0.3
    private static let seed: UInt64 = 2212

    /// - Parameter width: Values of the last hidden layer.
    package init(width: Int) {
        masks = (0..<Self.count).map { pass in
            var random = SeededGenerator(seed: Self.seed, streams: [UInt64(pass)])
            return (0..<width).map { _ in random.uniform() < Self.rate ? 0 : 1 / (1 - Self.rate) }
        }
    }

    /// The root of the mean squared distance of the passes' probabilities from their mean, from 0 to 1.
    ///
    /// - Parameters:
    ///   - hidden: The last hidden layer's values of one image.
    ///   - weight: The last layer's, [hidden, classes].
    ///   - bias: The last layer's, [classes].
    package func uncertainty(_ hidden: [Float], weight: [Float], bias: [Float]) -> Float {
        let answers = masks.map { Self.probabilities(zip(hidden, $0).map(*), weight, bias) }
        let mean = bias.indices.map { place in answers.reduce(0) { $0 + $1[place] } / Float(answers.count) }
        let squares = answers.map { answer in zip(answer, mean).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) } }
        return (squares.reduce(0, +) / Float(answers.count)).squareRoot()
    }

    private static func probabilities(_ hidden: [Float], _ weight: [Float], _ bias: [Float]) -> [Float] {
        var logits = bias
        for (row, value) in hidden.enumerated() where value != 0 {
            for place in logits.indices { logits[place] += value * weight[row * bias.count + place] }
        }
        let largest = logits.reduce(-Float.infinity, max)
        let powers = logits.map { exp($0 - largest) }
        let sum = powers.reduce(0, +)
        return powers.map { $0 / sum }
    }
}
