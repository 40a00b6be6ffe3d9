import Torch

/// The Fréchet distance of two normal distributions, ‖μ₁ − μ₂‖² + Tr(Σ₁ + Σ₂ − 2·(Σ₁Σ₂)^½), as Heusel et al. 2017 (arXiv 1706.08500) compare
/// features of images with it.
struct FrechetDistance {
    private let mean: [Double]
    /// Over n − 1, width × width.
    private let covariance: [Double]

    /// - Parameter features: Rows of the same width, at least two.
    init(_ features: [[Float]]) {
        precondition(features.count > 1, "a covariance is of two rows at least")
        let (width, count) = (features[0].count, Double(features.count))
        var mean = [Double](repeating: 0, count: width)
        for row in features { for place in 0..<width { mean[place] += Double(row[place]) / count } }
        var covariance = [Double](repeating: 0, count: width * width)
        for row in features {
            let away = zip(row, mean).map { Double($0) - $1 }
            for i in 0..<width where away[i] != 0 {
                let share = away[i] / (count - 1)
                for j in 0...i { covariance[i * width + j] += share * away[j] }
            }
        }
        for i in 0..<width { for j in 0..<i { covariance[j * width + i] = covariance[i * width + j] } }
        (self.mean, self.covariance) = (mean, covariance)
    }

    /// The distance. The trace of the root of Σ₁Σ₂ is that of the root of Σ₁^½·Σ₂·Σ₁^½, which is symmetric: the sum of the roots of its
    /// eigenvalues, of which rounding makes some a little less than 0.
    ///
    /// - Throws: `TorchError` where a feature is not finite.
    func distance(to other: FrechetDistance) throws(TorchError) -> Double {
        let width = mean.count
        let eigen = try SymmetricEigen(covariance, size: width)
        var scaled = eigen.vectors
        for i in 0..<width { for j in 0..<width { scaled[i * width + j] *= max(0, eigen.values[j]).squareRoot() } }
        let root = Self.product(scaled, eigen.vectors, width, transposes: true)
        let joint = Self.product(Self.product(root, other.covariance, width), root, width)
        let roots = try SymmetricEigen(joint, size: width).values.reduce(0) { $0 + max(0, $1).squareRoot() }
        let means = zip(mean, other.mean).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
        return means + trace + other.trace - 2 * roots
    }

    private var trace: Double { mean.indices.reduce(0) { $0 + covariance[$1 * (mean.count + 1)] } }

    /// a·b, or a·bᵀ.
    private static func product(_ a: [Double], _ b: [Double], _ width: Int, transposes: Bool = false) -> [Double] {
        var result = [Double](repeating: 0, count: width * width)
        for i in 0..<width {
            for k in 0..<width {
                let factor = a[i * width + k]
                for j in 0..<width { result[i * width + j] += factor * b[transposes ? j * width + k : k * width + j] }
            }
        }
        return result
    }
}
