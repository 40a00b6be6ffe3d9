import Torch

/// What stands for the samples of some devices, a set each.
struct SampleSets {
    /// Padded to the largest set, [rows · most, d].
    let samples: Tensor
    /// Each sample's share in its device's mean, 0 for padding, [rows, 1, most].
    let shares: Tensor

    /// - Parameters:
    ///   - samples: [rows · most, d], each set padded to the largest.
    ///   - counts: Samples of each set; one of none has a mean of zeros.
    init(_ samples: Tensor, counts: [Int]) throws {
        let most = counts.isEmpty ? 0 : samples.size(0) / counts.count
        self.samples = samples
        let shares = counts.flatMap { count in (0..<most).map { $0 < count ? 1 / Float(count) : 0 } }
        self.shares = try Tensor(shares, shape: [counts.count, 1, most])
    }
}
