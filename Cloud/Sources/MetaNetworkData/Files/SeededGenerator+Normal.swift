import Foundation
import MetaNetwork

extension SeededGenerator {
    /// A number from the normal distribution of mean 0 and variance 1 (Box-Muller).
    public mutating func normal() -> Float {
        // 1 - uniform is never 0, so the logarithm is finite.
        let radius = (-2 * log(1 - Double(uniform()))).squareRoot()
        return Float(radius * cos(2 * Double.pi * Double(uniform())))
    }
}
