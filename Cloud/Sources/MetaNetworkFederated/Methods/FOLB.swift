/// Federated Optimization with Lower Bound (Nguyen et al. 2021, arXiv 2007.13137): a device counts by how far its gradient points where that
/// of all points.
///
/// With ĝ the mean of the K gradients at the model that was sent, I_k = ⟨g_k, ĝ⟩ and the update
/// w ← w + Σ_k I_k / Σ_j |I_j| · Δ_k. As FedProx otherwise, but the number of examples does not count. A device sends twice as much, its
/// gradient beside its update. The paper was at hand in outline alone: the absolute normalizer is our default, as with signed weights a step
/// explodes near a stationary point, where ĝ vanishes and single gradients do not.
public struct FOLB: FederatedMethod {
    /// Who is at work when.
    public let order: FederatedOrder
    /// FedProx's μ.
    public let pull: Double
    /// How weights are made of inner products.
    public let weighing: Weighing
    /// Whether a device's gradient is left out of the mean that it is compared with: without it those with large gradients count more
    /// whatever their direction.
    public let leavesOneOut: Bool
    /// Whether one half of the devices say where all point, and the other half learn.
    public let usesTwoSets: Bool

    /// How weights are made of inner products.
    public enum Weighing: String, Codable, Sendable, CaseIterable {
        /// Over the sum of magnitudes: at most 1 together, less where devices contradict each other. A device that points away counts
        /// negatively.
        case absolute
        /// Over their sum, each weight from -1 to 1.
        case signed
        /// As `absolute`, but who points away does not count.
        case zero
        /// The control: by the norms of gradients alone.
        case norms
        /// The control: the weights of `absolute`, each with the next device's update.
        case permuted
    }

    /// - Parameters:
    ///   - devices: Devices of a round.
    ///   - pull: FedProx's μ.
    ///   - weighing: How weights are made.
    ///   - leavesOneOut: Whether a device is compared with the others alone.
    ///   - usesTwoSets: Whether one half of the devices say where all point.
    public init(
        devices: Int,
        pull: Double = 0,
        weighing: Weighing = .absolute,
        leavesOneOut: Bool = false,
        usesTwoSets: Bool = false
    ) {
        order = .rounds(devices: devices)
        (self.pull, self.weighing) = (pull, weighing)
        (self.leavesOneOut, self.usesTwoSets) = (leavesOneOut, usesTwoSets)
    }

    /// Name for people.
    public var name: String { "FOLB" }
    /// Whether devices send their gradient, too.
    public var needsGradients: Bool { true }

    /// Makes the next model.
    public mutating func aggregate(_ arrived: [Arrival], into model: inout [Float], version: Int) {
        let isSplit = usesTwoSets && arrived.count > 1
        let learners = isSplit ? arrived.enumerated().filter { $0.offset % 2 == 0 }.map(\.element) : arrived
        let guides = isSplit ? arrived.enumerated().filter { $0.offset % 2 == 1 }.map(\.element) : arrived
        let weights = weights(learners, guides)
        Parameters.add(zip(weights, learners).map { ($0, $1.update) }, to: &model)
    }

    /// The weight of each device's update.
    func weights(_ learners: [Arrival], _ guides: [Arrival]) -> [Double] {
        let gradients = guides.map { Self.gradient($0) }
        let mean = Parameters.mean(gradients)
        let products = learners.map { learner -> Double in
            let own = Self.gradient(learner)
            if weighing == .norms { return Parameters.dot(own, own).squareRoot() }
            let product = Parameters.dot(own, mean)
            guard leavesOneOut, guides.count > 1, guides.contains(where: { $0.device == learner.device }) else {
                return product
            }
            // K·ĝ less the device's own, over K - 1.
            let count = Double(guides.count)
            return (count * product - Parameters.dot(own, own)) / (count - 1)
        }
        let sum = products.reduce(0, +)
        let magnitudes = products.reduce(0) { $0 + abs($1) }
        guard magnitudes > 0 else { return products.map { _ in 1 / Double(products.count) } }
        switch weighing {
        case .absolute, .norms: return products.map { $0 / magnitudes }
        case .signed: return products.map { sum == 0 ? 0 : min(1, max(-1, $0 / sum)) }
        case .zero: return products.map { max(0, $0) / magnitudes }
        case .permuted: return products.indices.map { products[($0 + 1) % products.count] / magnitudes }
        }
    }

    private static func gradient(_ arrival: Arrival) -> [Float] {
        guard let gradient = arrival.gradient else {
            preconditionFailure("device \(arrival.device) was asked for its gradient")
        }
        return gradient
    }
}
