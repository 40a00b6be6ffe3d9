/// The mean of what devices learn (McMahan et al. 2017, arXiv 1602.05629); with μ > 0 FedProx (Li et al. 2020, arXiv 1812.06127), whose
/// devices are drawn back to the model that they were sent, and whose partial work counts; with momentum FedAvgM (Hsu et al. 2019, arXiv
/// 1909.06335).
public struct FedAvg: FederatedMethod {
    /// Who is at work when.
    public let order: FederatedOrder
    /// FedProx's μ.
    public let pull: Double
    /// Whether each device counts alike, rather than by its examples.
    public let weighsEqually: Bool
    /// Share of the last step that goes on.
    public let momentum: Double
    /// Whether devices are drawn by FOLB's distribution, P_k ∝ |⟨∇f, g_k⟩|: the yardstick that FOLB comes near without it.
    public let drawsByGradient: Bool
    /// What protects devices from whoever sees the models; each device then counts alike.
    public let privacy: DevicePrivacy?
    private let devices: Int
    private var velocity: [Float] = []

    /// - Parameters:
    ///   - devices: Devices of a round.
    ///   - pull: FedProx's μ.
    ///   - weighsEqually: Whether each device counts alike.
    ///   - momentum: β of FedAvgM, 0 for none.
    ///   - drawsByGradient: Whether devices are drawn by their gradients.
    ///   - privacy: Clipping and noise; each device then counts alike, and rounds have so many devices on average.
    public init(
        devices: Int,
        pull: Double = 0,
        weighsEqually: Bool = false,
        momentum: Double = 0,
        drawsByGradient: Bool = false,
        privacy: DevicePrivacy? = nil
    ) {
        order = .rounds(devices: devices)
        self.devices = devices
        (self.pull, self.weighsEqually, self.momentum) = (pull, weighsEqually || privacy != nil, momentum)
        (self.drawsByGradient, self.privacy) = (drawsByGradient, privacy)
    }

    /// Name for people.
    public var name: String { pull > 0 ? "FedProx" : momentum > 0 ? "FedAvgM" : "FedAvg" }
    /// Whether the work of a device counts that had no time for all of it.
    public var keepsPartialWork: Bool { pull > 0 }

    /// The last step, where a share of it goes on.
    public var memory: [[Float]] { velocity.isEmpty ? [] : [velocity] }
    /// Goes on with the last step.
    public mutating func recall(_ memory: [[Float]]) { velocity = memory.first ?? [] }

    /// Makes the next model.
    public mutating func aggregate(_ arrived: [Arrival], into model: inout [Float], version: Int) {
        guard momentum > 0 || privacy != nil else { return Parameters.add(terms(arrived), to: &model) }
        let step = mean(arrived, count: model.count, version: version)
        guard momentum > 0 else { return Parameters.add([(1, step)], to: &model) }
        if velocity.isEmpty { velocity = [Float](repeating: 0, count: model.count) }
        for place in velocity.indices { velocity[place] = Float(momentum) * velocity[place] + step[place] }
        Parameters.add([(1, velocity)], to: &model)
    }

    private func mean(_ arrived: [Arrival], count: Int, version: Int) -> [Float] {
        if let privacy {
            return privacy.mean(of: arrived.map(\.update), count: count, expected: devices, version: version)
        }
        var step = [Float](repeating: 0, count: count)
        Parameters.add(terms(arrived), to: &step)
        return step
    }

    private func terms(_ arrived: [Arrival]) -> [(weight: Double, values: [Float])] {
        let sum = weighsEqually ? Double(arrived.count) : Double(arrived.reduce(0) { $0 + $1.examples })
        return arrived.map { (weight: (weighsEqually ? 1 : Double($0.examples)) / sum, values: $0.update) }
    }
}
