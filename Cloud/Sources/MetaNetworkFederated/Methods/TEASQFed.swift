import Foundation
import MetaNetworkWire

/// Devices apply when they are idle, their updates are cached and weighed by age, and messages are sparsified and quantized, the less the
/// longer training goes on (Jia et al. 2023, arXiv 2312.15186). Without compression it is TEA-Fed (doi 10.1145/3457388.3458655).
///
/// With s_c = (age + 1)^-a, u = Σ s_c·n_c·w_c / Σ s_c·n_c and α_t = α·mean(s_c), the next model is α_t·u + (1 - α_t)·w. The papers name the
/// parts; the constants are ours. ``addsUpdates`` is the form in which updates are added to the model instead, Δ_c in place of w_c - w.
public struct TEASQFed: FederatedMethod {
    /// Who is at work when.
    public let order: FederatedOrder
    /// FedProx's μ.
    public let pull: Double
    /// α.
    public let mixing: Double
    /// a; 0 lets age not count.
    public let exponent: Double
    /// How messages are written; `nil` as they are.
    public let compression: Compression?
    /// Whether updates are added, rather than models mixed.
    public let addsUpdates: Bool
    /// The control: each update gets the age of the next one in the cache.
    public let permutesAges: Bool

    /// How compression goes on: from one density to another, and from few bits to more, along a number of models.
    public struct Compression: Sendable, Equatable {
        /// At first.
        public var start: UpdateCodec
        /// At last.
        public var end: UpdateCodec
        /// Models until then.
        public var models: Int

        /// Creates a schedule; with equal ends it is constant.
        public init(from start: UpdateCodec, to end: UpdateCodec, models: Int) {
            (self.start, self.end, self.models) = (start, end, max(1, models))
        }

        func codec(version: Int) -> UpdateCodec {
            let share = min(1, Double(version) / Double(models))
            var codec = start
            codec.density = start.density + share * (end.density - start.density)
            let bits = Int((Double(start.bits) + share * Double(end.bits - start.bits)).rounded())
            codec.bits = (9...31).contains(bits) ? 8 : bits
            return codec
        }
    }

    /// - Parameters:
    ///   - atOnce: Devices at work at once, ⌈C·N⌉.
    ///   - cache: Updates of a model, ⌈γ·N⌉.
    ///   - pull: μ.
    ///   - mixing: α.
    ///   - exponent: a.
    ///   - compression: How messages are written.
    ///   - addsUpdates: Whether updates are added, rather than models mixed.
    ///   - permutesAges: The control.
    public init(
        atOnce: Int,
        cache: Int,
        pull: Double = 0.005,
        mixing: Double = 0.9,
        exponent: Double = 0.5,
        compression: Compression? = nil,
        addsUpdates: Bool = false,
        permutesAges: Bool = false
    ) {
        order = .applications(atOnce: atOnce, cache: cache)
        (self.pull, self.mixing, self.exponent) = (pull, mixing, exponent)
        (self.compression, self.addsUpdates, self.permutesAges) = (compression, addsUpdates, permutesAges)
    }

    /// Name for people.
    public var name: String { compression == nil ? "TEA-Fed" : "TEASQ-Fed" }
    /// How messages are written.
    public func codec(version: Int) -> UpdateCodec? { compression?.codec(version: version) }

    /// Makes the next model.
    public mutating func aggregate(_ arrived: [Arrival], into model: inout [Float], version: Int) {
        let ages = arrived.map { version - $0.version }
        let freshness = arrived.indices.map { place in
            pow(Double(ages[permutesAges ? (place + 1) % ages.count : place] + 1), -exponent)
        }
        let weights = zip(freshness, arrived).map { $0 * Double($1.examples) }
        let sum = weights.reduce(0, +)
        let share = mixing * freshness.reduce(0, +) / Double(freshness.count)
        let before = model
        let terms = zip(weights, arrived).map { weight, arrival -> (weight: Double, values: [Float]) in
            let own =
                addsUpdates
                ? arrival.update : before.indices.map { arrival.start[$0] + arrival.update[$0] - before[$0] }
            return (share * weight / sum, own)
        }
        Parameters.add(terms, to: &model)
    }
}
