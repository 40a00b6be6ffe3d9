import Foundation

/// Each update as it arrives, weighed by its age (Xie et al. 2019, arXiv 1903.03934): w ← (1 - α·s)·w + α·s·w_k, s = (age + 1)^-a.
public struct FedAsync: FederatedMethod {
    /// Who is at work when.
    public let order: FederatedOrder
    /// FedProx's μ.
    public let pull: Double
    /// α.
    public let mixing: Double
    /// a.
    public let exponent: Double

    /// - Parameters:
    ///   - atOnce: Devices at work at once.
    ///   - pull: FedProx's μ.
    ///   - mixing: α.
    ///   - exponent: a.
    public init(atOnce: Int, pull: Double = 0.005, mixing: Double = 0.6, exponent: Double = 0.5) {
        order = .applications(atOnce: atOnce, cache: 1)
        (self.pull, self.mixing, self.exponent) = (pull, mixing, exponent)
    }

    /// Name for people.
    public var name: String { "FedAsync" }

    /// Makes the next model.
    public mutating func aggregate(_ arrived: [Arrival], into model: inout [Float], version: Int) {
        for arrival in arrived {
            let share = mixing * pow(Double(version - arrival.version + 1), -exponent)
            for place in model.indices {
                let own = Double(arrival.start[place]) + Double(arrival.update[place])
                model[place] = Float((1 - share) * Double(model[place]) + share * own)
            }
        }
    }
}

/// The mean of K updates, whatever their age (Nguyen et al. 2022, arXiv 2106.06639).
public struct FedBuff: FederatedMethod {
    /// Who is at work when.
    public let order: FederatedOrder

    /// - Parameters:
    ///   - atOnce: Devices at work at once.
    ///   - cache: K.
    public init(atOnce: Int, cache: Int) { order = .applications(atOnce: atOnce, cache: cache) }

    /// Name for people.
    public var name: String { "FedBuff" }

    /// Makes the next model.
    public mutating func aggregate(_ arrived: [Arrival], into model: inout [Float], version: Int) {
        Parameters.add(arrived.map { (1 / Double(arrived.count), $0.update) }, to: &model)
    }
}

/// Updates weighed by age and by how far they point where the model went since (PORT, Su and Li 2022): shares of
/// n_k·(λ_c·(cos(w - w_h, Δ_k) + 1)/2 + λ_s·b/(age + b)). A model waits for whoever is older than b models.
public struct PORT: FederatedMethod {
    /// Who is at work when.
    public let order: FederatedOrder
    /// b.
    public let bound: Int
    /// λ_c.
    private let similarity = 1.0
    /// λ_s.
    private let staleness = 3.0

    /// - Parameters:
    ///   - atOnce: Devices at work at once.
    ///   - cache: Updates of a model at least.
    ///   - bound: b.
    public init(atOnce: Int, cache: Int, bound: Int = 10) {
        order = .applications(atOnce: atOnce, cache: cache)
        self.bound = bound
    }

    /// Name for people.
    public var name: String { "PORT" }

    /// Whether there is enough for the next model.
    public func isReady(_ arrived: [Arrival], version: Int, oldest: Int?) -> Bool {
        guard case .applications(_, let cache) = order, arrived.count >= cache else { return false }
        return oldest.map { version - $0 <= bound } ?? true
    }

    /// Makes the next model.
    public mutating func aggregate(_ arrived: [Arrival], into model: inout [Float], version: Int) {
        let weights = arrived.map { arrival -> Double in
            let way = Parameters.difference(model, arrival.start)
            let norms = (Parameters.dot(way, way) * Parameters.dot(arrival.update, arrival.update)).squareRoot()
            let cosine = norms > 0 ? Parameters.dot(way, arrival.update) / norms : 0
            let age = Double(version - arrival.version)
            let fresh = Double(bound) / (age + Double(bound))
            return Double(arrival.examples) * (similarity * (cosine + 1) / 2 + staleness * fresh)
        }
        let sum = weights.reduce(0, +)
        Parameters.add(zip(weights, arrived).map { ($0 / sum, $1.update) }, to: &model)
    }
}
