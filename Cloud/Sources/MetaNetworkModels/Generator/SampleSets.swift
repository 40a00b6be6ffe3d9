import Torch

/// What stands for the samples of some devices, a set each.
package struct SampleSets {
    /// Padded to the largest set, [rows · limit, d].
    package let samples: Tensor
    /// Each sample's share in its device's mean, 0 for padding, [rows, 1, limit].
    package let shares: Tensor

    /// - Parameters:
    ///   - samples: [rows · limit, d], each set padded to the largest.
    ///   - counts: Samples of each set; one of none has a mean of zeros.
    package init(_ samples: Tensor, counts: [Int]) throws {
        let limit = counts.isEmpty ? 0 : samples.size(0) / counts.count
        self.samples = samples
        let shares = counts.flatMap { count in (0..<limit).map { $0 < count ? 1 / Float(count) : 0 } }
        self.shares = try Tensor(shares, shape: [counts.count, 1, limit])
    }
}
