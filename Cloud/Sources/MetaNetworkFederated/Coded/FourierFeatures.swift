import Foundation
import MetaNetwork
import MetaNetworkData

/// Random Fourier features (Rahimi and Recht 2007): √(2/D)·cos(Wx + b), whose inner products come near the Gaussian kernel exp(−γ‖x − y‖²), so
/// that a linear regression on them classifies. The seed is all that devices are told of W and b.
struct FourierFeatures: Sendable {
    private let width: Int
    private let frequencies: [Double]
    private let phases: [Double]

    /// - Parameters:
    ///   - width: Values of an example.
    ///   - count: Features, D.
    ///   - kernel: γ.
    init(width: Int, count: Int, kernel: Double, _ sources: Sources) {
        self.width = width
        var random = sources.source(.features)
        let deviation = (2 * kernel).squareRoot()
        frequencies = (0..<width * count).map { _ in deviation * Double(random.normal()) }
        phases = (0..<count).map { _ in 2 * .pi * Double(random.uniform()) }
    }

    func callAsFunction(_ values: [Float]) -> [Double] {
        var angles = phases
        for (place, value) in values.enumerated() where value != 0 {
            RegressionRows.add(Double(value), frequencies, place, to: &angles, 0, phases.count)
        }
        let scale = (2 / Double(phases.count)).squareRoot()
        return angles.map { scale * cos($0) }
    }
}
