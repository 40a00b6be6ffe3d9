import Foundation
import MetaNetwork
import MetaNetworkData

/// The made-up devices of FedProx's tests (Li et al. 2020, arXiv 1812.06127), and a knob for how far their labels contradict each other.
///
/// Device k has 50 + ⌊lognormal(4, 2)⌋ examples of 60 features, x ~ N(v_k, diag(j^-1.2)), v_k ~ N(B_k, 1), B_k ~ N(0, β), and labels
/// argmax(W_k·x + b_k) of 10 classes. In FedProx's generator W_k and b_k are drawn anew for each device from N(u_k, 1), u_k ~ N(0, α): as u_k
/// is added to every entry, all scores move together and α changes no label, so it is left out here. In its place
/// W_k = (1 - c)·W_0 + c·W'_k (and b_k alike): with c = 0 all devices agree, with c = 1 each labels by its own.
public struct SyntheticDevices: Sendable, Equatable {
    /// How far devices' features differ: standard deviation of their centres' means.
    public var beta: Double
    /// How far their labels contradict each other, from 0 to 1.
    public var conflict: Double
    /// Number of devices.
    public var devices: Int

    /// Creates a description.
    public init(beta: Double, conflict: Double, devices: Int = 30) {
        (self.beta, self.conflict, self.devices) = (beta, conflict, devices)
    }

    private static let (features, classes) = (60, 10)
    /// The largest number of examples of a device: lognormal(4, 2) has none, and one device of a million would be the data.
    private static let mostExamples = 5_000

    /// Makes the data; a tenth of each device's examples are measured on.
    public func data(seed: UInt64) throws -> FederatedData {
        var random = SeededGenerator(seed: seed, streams: [Purpose.synthetic.stream])
        let shared = Self.labelling(&random)
        var (values, labels): ([[Float]], [Int]) = ([], [])
        var (heldValues, heldLabels): ([[Float]], [Int]) = ([], [])
        var shards: [[Int32]] = []
        var owners: [Int] = []
        for _ in 0..<devices {
            let count = 50 + min(Self.mostExamples, Int(exp(4 + 2 * Double(random.normal()))))
            let center = Float(beta) * random.normal()
            let mean = (0..<Self.features).map { _ in center + random.normal() }
            let own = zip(shared, Self.labelling(&random)).map { Float(1 - conflict) * $0 + Float(conflict) * $1 }
            var rows: [Int32] = []
            for number in 0..<count {
                let x = mean.indices.map { mean[$0] + pow(Float($0 + 1), -0.6) * random.normal() }
                let label = Self.label(of: x, own)
                if number % 10 == 9 {
                    heldValues.append(x)
                    heldLabels.append(label)
                    owners.append(shards.count)
                } else {
                    rows.append(Int32(values.count))
                    values.append(x)
                    labels.append(label)
                }
            }
            shards.append(rows)
        }
        return try FederatedData(
            values,
            labels: labels,
            test: (heldValues, heldLabels),
            classes: (0..<Self.classes).map(String.init),
            shards: shards,
            owners: owners,
            description: "made-up devices, β \(beta), conflict \(conflict)",
            mayLackClasses: true
        )
    }

    /// W and b, [classes, features + 1].
    private static func labelling(_ random: inout SeededGenerator) -> [Float] {
        (0..<classes * (features + 1)).map { _ in random.normal() }
    }

    private static func label(of x: [Float], _ labelling: [Float]) -> Int {
        var best = (label: 0, score: -Float.infinity)
        for label in 0..<classes {
            let first = label * (features + 1)
            var score = labelling[first + features]
            for feature in 0..<features { score += labelling[first + feature] * x[feature] }
            if score > best.score { best = (label, score) }
        }
        return best.label
    }
}
