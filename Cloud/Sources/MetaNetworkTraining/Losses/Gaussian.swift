import Torch

/// Independent normal distributions, one row an example.
package struct Gaussian {
    package let mean: Tensor
    /// Logarithm of the variance.
    package let logarithm: Tensor

    /// - Parameters:
    ///   - mean: [rows, width].
    ///   - logarithm: The logarithm of the variance, [rows, width].
    package init(mean: Tensor, logarithm: Tensor) { (self.mean, self.logarithm) = (mean, logarithm) }

    /// What is drawn, given standard normal noise of the same shape; differentiable.
    package func drawn(_ noise: Tensor) throws -> Tensor { try mean + (logarithm * 0.5).exponential() * noise }

    /// The Kullback-Leibler divergence of this from another in nats, a mean over the rows; short of a constant, half the width, which no
    /// gradient sees.
    package func divergence(from other: Gaussian) throws -> Tensor {
        let precision = try (other.logarithm * -1).exponential()
        let difference = try mean + other.mean * -1
        let spread = try (logarithm.exponential() + difference * difference) * precision
        let terms = try spread + other.logarithm + logarithm * -1
        return try (terms * 0.5).sum(axis: 1).mean()
    }
}
