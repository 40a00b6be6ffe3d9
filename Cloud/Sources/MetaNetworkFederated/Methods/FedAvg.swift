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
    private var velocity: [Float] = []

    /// - Parameters:
    ///   - devices: Devices of a round.
    ///   - pull: FedProx's μ.
    ///   - weighsEqually: Whether each device counts alike.
    ///   - momentum: β of FedAvgM, 0 for none.
    ///   - drawsByGradient: Whether devices are drawn by their gradients.
    public init(
        devices: Int,
        pull: Double = 0,
        weighsEqually: Bool = false,
        momentum: Double = 0,
        drawsByGradient: Bool = false
    ) {
        order = .rounds(devices: devices)
        (self.pull, self.weighsEqually, self.momentum) = (pull, weighsEqually, momentum)
        self.drawsByGradient = drawsByGradient
    }

    /// Name for people.
    public var name: String { pull > 0 ? "FedProx" : momentum > 0 ? "FedAvgM" : "FedAvg" }
    /// Whether partial work counts.
    public var keepsPartialWork: Bool { pull > 0 }

    /// Makes the next model.
    public mutating func aggregate(_ arrived: [Arrival], into model: inout [Float], version: Int) {
        let sum = weighsEqually ? Double(arrived.count) : Double(arrived.reduce(0) { $0 + $1.examples })
        let terms = arrived.map { (weight: (weighsEqually ? 1 : Double($0.examples)) / sum, values: $0.update) }
        guard momentum > 0 else { return Parameters.add(terms, to: &model) }
        var step = [Float](repeating: 0, count: model.count)
        Parameters.add(terms, to: &step)
        if velocity.isEmpty { velocity = [Float](repeating: 0, count: model.count) }
        for place in velocity.indices { velocity[place] = Float(momentum) * velocity[place] + step[place] }
        Parameters.add([(1, velocity)], to: &model)
    }
}
