import MetaNetwork
import Torch

/// Foresees from a few samples of a device that stand for all what all of them would say of it: the anchor-frame distribution reasoner
/// of CDC-MMPG (arXiv 2406.01601), in training alone.
///
/// What the encoder makes of the anchors is the mean of a prior, what it makes of all samples that of a posterior; each has a variance of
/// its own, made of its mean. Training draws z from the posterior and holds the two together by their divergence; whoever serves the
/// generator has the anchors, and takes the prior's mean, which is what the encoder gives. (The paper's form is known in outline only; one
/// encoder for both is ours.)
package struct AnchorReasoner {
    /// Makes the logarithm of the prior's variance of its mean.
    static let prior = "anchors prior"
    /// The same of the posterior's.
    static let posterior = "anchors posterior"
    /// The logarithm of the variances at the start: little beside what devices differ by.
    private static let start: Float = -4

    /// The tensors of a reasoner, which are of no use but in training.
    static func parameters(width: Int) -> [ModelGraph.Parameter] {
        [prior, posterior].flatMap { name in
            [
                ModelGraph.Parameter(ParameterName(name, .weight), shape: [width, width], start: .normal(0.01)),
                ModelGraph.Parameter(ParameterName(name, .bias), shape: [width], start: .constant(start)),
            ]
        }
    }

    let parameters: ParameterSet

    /// The logarithm of the variance of what is foreseen from anchors, [rows, h], and of what all samples say.
    ///
    /// - Parameters:
    ///   - foreseen: What the encoder makes of anchors, [rows, h].
    ///   - known: What it makes of all samples.
    package func logarithms(foreseen: Tensor, known: Tensor) throws -> (foreseen: Tensor, known: Tensor) {
        (try logarithm(of: foreseen, Self.prior), try logarithm(of: known, Self.posterior))
    }

    private func logarithm(of mean: Tensor, _ name: String) throws -> Tensor {
        try mean.dense(parameters[ParameterName(name, .weight)], parameters[ParameterName(name, .bias)])
    }
}
