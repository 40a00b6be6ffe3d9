import Torch

extension Tensor {
    /// Mean cross-entropy of these logits, [rows, classes], against probabilities of the classes, [rows, classes], through which
    /// gradients may go too: those of the same logits give their entropy.
    func crossEntropy(against probabilities: Tensor) throws -> Tensor {
        let (rows, classes) = (size(0), size(1))
        let first = try Tensor([1] + [Float](repeating: 0, count: classes - 1), shape: [1, classes])
        let ofFirst = try crossEntropy(Tensor(indices: [Int64](repeating: 0, count: rows), shape: [rows]))
        // It is log Σ exp z − Σ p·z, and that of the first class log Σ exp z − z₀.
        return try ofFirst + ((first + probabilities * -1) * self).sum(axis: 1).mean()
    }
}
