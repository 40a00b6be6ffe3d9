import Foundation

/// How much all models of a run say of a device: Rényi differential privacy of the sampled Gaussian mechanism (Mironov, Talwar and Zhang 2019,
/// arXiv 1908.10530), and as (ε, δ).
///
/// Two sets of devices are neighbours where one has one device more. Each round asks every device with probability q, each by itself
/// (Poisson sampling), and adds noise of standard deviation σ·S to a sum that a device changes by at most S. A round then has the Rényi
/// divergence ln A_α / (α - 1) of order α, A_α = E[(1 - q + q·exp((2z - 1) / 2σ²))^α], z ~ N(0, σ²), and rounds add up.
public struct PrivacyAccountant: Sendable, Equatable {
    /// Probability that a round asks a device, q.
    public let samplingRate: Double
    /// Standard deviation of the noise over the largest change that a device makes, σ.
    public let noise: Double

    /// The least noise that is accounted for. With less ε is in the hundreds: no protection.
    public static let leastNoise = 0.1

    /// - Parameters:
    ///   - samplingRate: From 0 to 1.
    ///   - noise: 0, or at least ``leastNoise``.
    public init(samplingRate: Double, noise: Double) {
        precondition((0...1).contains(samplingRate), "a probability")
        precondition(noise == 0 || noise >= Self.leastNoise, "noise that is accounted for")
        (self.samplingRate, self.noise) = (samplingRate, noise)
    }

    /// The orders among which the best is taken: those of other accountants, so that numbers can be compared.
    static let orders = (11..<110).map { Double($0) / 10 } + (11..<64).map(Double.init) + [128, 256, 512, 1024]

    /// ε with which a number of rounds is (ε, δ)-differentially private; infinite without noise.
    ///
    /// - Parameters:
    ///   - rounds: How many models were made.
    ///   - delta: δ, above 0 and below 1.
    public func epsilon(rounds: Int, delta: Double) -> Double {
        epsilon(rounds: rounds, delta: delta, orders: Self.orders)
    }

    /// The least that some orders say.
    func epsilon(rounds: Int, delta: Double, orders: [Double]) -> Double {
        precondition(delta > 0 && delta < 1, "δ is above 0 and below 1")
        guard rounds > 0, samplingRate > 0 else { return 0 }
        guard noise > 0 else { return .infinity }
        return orders.map { order in
            let divergence = Double(rounds) * self.divergence(order: order)
            // δ ≤ √(1 - exp(-KL)).
            if delta * delta + expm1(-divergence) > 0 { return 0 }
            // Canonne, Kamath and Steinke 2020, arXiv 2004.00010, proposition 12.
            return max(0, divergence + log1p(-1 / order) - log(delta * order) / (order - 1))
        }.min() ?? .infinity
    }

    /// The Rényi divergence of a round.
    ///
    /// - Parameter order: α, above 1.
    func divergence(order: Double) -> Double {
        guard samplingRate < 1 else { return order / (2 * noise * noise) }
        let log = order == order.rounded() ? logMoment(order: Int(order)) : logMoment(order: order)
        return max(0, log) / (order - 1)
    }

    /// ln A_α of a whole order, from the binomial theorem.
    private func logMoment(order: Int) -> Double {
        let (q, variance) = (samplingRate, noise * noise)
        let whole = Double(order)
        return Self.logSum(
            (0...order).map { number in
                let k = Double(number)
                let choices = lgamma(whole + 1) - lgamma(k + 1) - lgamma(whole - k + 1)
                return choices + k * log(q) + (whole - k) * log1p(-q) + (k * k - k) / (2 * variance)
            }
        )
    }

    /// ln A_α of any order, by the trapezoidal rule, which converges exponentially for such integrands.
    private func logMoment(order: Double) -> Double {
        let (q, variance) = (samplingRate, noise * noise)
        // The integrand has its mass around 0 and α, and branches at π·σ² beside the real line.
        let step = noise * min(1, noise) / 16
        let reach = 12 * noise
        let count = Int(((order + 2 * reach) / step).rounded(.up))
        let constant = log(step) - 0.5 * log(2 * Double.pi * variance)
        return constant
            + Self.logSum(
                (0...count).map { number in
                    let z = Double(number) * step - reach
                    let tilt = (2 * z - 1) / (2 * variance)
                    // ln(1 - q + q·e^tilt), without the exponential of a large number.
                    let ratio = tilt > 0 ? tilt + log(q + (1 - q) * exp(-tilt)) : log1p(q * expm1(tilt))
                    return order * ratio - z * z / (2 * variance)
                }
            )
    }

    private static func logSum(_ logs: [Double]) -> Double {
        guard let largest = logs.max(), largest > -.infinity else { return -.infinity }
        return largest + log(logs.reduce(0) { $0 + exp($1 - largest) })
    }
}

/// What a run says of a device at most.
public struct PrivacyLoss: Codable, Sendable, Equatable {
    /// ε; `nil` where there is no bound, since no noise was added.
    public let epsilon: Double?
    /// δ.
    public let delta: Double
    /// Probability that a round asks a device.
    public let samplingRate: Double
    /// Rounds that are accounted for.
    public let rounds: Int
}
