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
struct MetaStabilizer {
    let temperature: Double
    let similarity: GeneratorConfiguration.Similarity

    /// - Parameter candidates: [r, M, n].
    /// - Returns: [r, n].
    func fold(_ candidates: Tensor) throws -> Tensor {
        let shape = candidates.shape
        let (rows, count, size) = (shape[0], shape[1], shape[2])
        guard similarity == .whole else { return try join(candidates).reshape([rows, size]) }
        let whole = try candidates.transpose(0, 1).reshape([1, count, rows * size])
        return try join(whole).reshape([rows, size])
    }

    /// [groups, M, n] → [groups, 1, n].
    private func join(_ candidates: Tensor) throws -> Tensor {
        // The column sums of A·Aᵀ are A·(Σ_m A_m): no M × M matrix is needed.
        let total = try candidates.sum(axis: 1).reshape([candidates.size(0), candidates.size(2), 1])
        let scores = try candidates.matmul(total) * (1 / temperature)  // [groups, M, 1]
        return try scores.softmax(axis: 1).transpose(1, 2).matmul(candidates)
    }
}
