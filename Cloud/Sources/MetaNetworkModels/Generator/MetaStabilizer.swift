import Torch

/// Joins M candidates of a decoder tensor into one: candidates that resemble the others weigh more (arXiv 2209.05227,
/// section 3.3, "MetaStabilizer").
///
/// With A the M × n matrix of candidates, S = A·Aᵀ, the weights are α = softmax(column sums of S / τ) over the M
/// candidates, and the result is Σ α_m A_m. It does not depend on any input, so ``MetaGenerator/folded()`` computes it
/// once for a published version. The two readings differ in what A is: with ``GeneratorConfiguration/Similarity/rows``
/// each of the r rows of the decoder has an A of its own; with ``GeneratorConfiguration/Similarity/whole`` there is one
/// A of flattened decoders. (A public implementation takes the softmax over the r rows instead: there candidates do not
/// compete, which we hold to be a slip.)
package struct MetaStabilizer {
    package let temperature: Double
    package let similarity: GeneratorConfiguration.Similarity

    /// - Parameter candidates: [r, M, n].
    /// - Returns: [r, n].
    package func fold(_ candidates: Tensor) throws -> Tensor {
        let shape = candidates.shape
        let (rows, count, size) = (shape[0], shape[1], shape[2])
        guard similarity == .whole else { return try candidates.joinCandidates(temperature: temperature) }
        return try candidates.transpose(0, 1).reshape([1, count, rows * size])
            .joinCandidates(temperature: temperature)
            .reshape([rows, size])
    }
}
