import Crypto
import Foundation
import MetaNetwork
import MetaNetworkData

/// One linear regression that all devices share, on rows that each has of its own, in one period or in several one after the other.
public struct SharedRegression: Sendable {
    /// The periods: new rows in each.
    let periods: [Period]
    /// Which devices can send rows to which.
    public let graph: DeviceGraph
    /// Names of the devices.
    public let names: [String]
    /// What the outputs are: classes, whose targets are one-hot, or the value that is foreseen.
    let outputs: BundleManifest.Outputs
    /// SHA-256 of what rows are made of and of links, in hexadecimal.
    public let digest: String
    /// Whose rows, in words.
    public let description: String

    /// A time in which rows stay as they are.
    struct Period: Sendable {
        /// Rows of each device.
        let rows: [RegressionRows]
        /// Rows that no device learns from, by device that they were held out of.
        let test: [RegressionRows]
    }

    /// Of how many rows of a device each one is held out.
    static let heldOut = 10

    /// Checks and holds data.
    ///
    /// - Parameters:
    ///   - periods: Rows of each device.
    ///   - graph: Links of the devices.
    ///   - names: Names of the devices.
    ///   - outputs: What is foreseen.
    ///   - description: Whose rows, in words.
    ///   - fingerprint: What rows are made of: theirs may differ in the last bits from one mathematical library to the next.
    /// - Throws: ``FederatedError`` where there is nothing to learn from or to measure on in a period, or a number is not finite.
    init(
        periods: [Period],
        graph: DeviceGraph,
        names: [String],
        outputs: BundleManifest.Outputs,
        description: String,
        fingerprint: String
    ) throws(FederatedError) {
        guard let first = periods.first?.rows.first else {
            throw FederatedError("there are no rows; give some")
        }
        precondition(graph.count == names.count, "the graph is of these devices")
        for (number, period) in periods.enumerated() {
            precondition(period.rows.count == names.count, "each device has rows, if none")
            guard period.rows.contains(where: { $0.count > 0 }), period.test.contains(where: { $0.count > 0 }) else {
                throw FederatedError(
                    "period \(number + 1) has no rows to learn from and to measure on; give more data, longer periods or fewer devices"
                )
            }
            guard period.rows.allSatisfy({ $0.inputs.allSatisfy(\.isFinite) && $0.targets.allSatisfy(\.isFinite) })
            else {
                throw FederatedError("period \(number + 1) has values that are not finite; fix them, or leave them out")
            }
        }
        (self.periods, self.graph, self.names, self.outputs) = (periods, graph, names, outputs)
        self.description = description
        width = first.width
        digest = Self.digest(fingerprint, graph)
    }

    /// Values of a row's input, with the 1 of the intercept.
    public let width: Int

    private static func digest(_ fingerprint: String, _ graph: DeviceGraph) -> String {
        SHA256.hash(data: Data("\(fingerprint) \(graph.neighbours)".utf8)).map { String(format: "%02x", $0) }.joined()
    }

    /// The data in counts, for reports.
    public var facts: [(label: String, count: Int)] {
        [
            ("Devices", names.count), ("Links", graph.links), ("Devices without a link", graph.isolated.count),
            ("Periods", periods.count),
            ("Rows of devices", periods.reduce(0) { $0 + $1.rows.reduce(0) { $0 + $1.count } }),
        ]
    }

    /// How the data are split, in words.
    public var split: String { "\(description); each tenth row is held out" }

    /// What weights score on the last period's held-out rows.
    func scores(_ weights: [Double]) -> Scores {
        var (episodes, values) = ([Episode](), [Float]())
        for (name, rows) in zip(names, periods[periods.count - 1].test) where rows.count > 0 {
            let empty = [[Float]](repeating: [], count: rows.count)
            episodes.append(Episode(device: name, support: [[]], query: empty, targets: rows.targets.map { Float($0) }))
            values += rows.outputs(of: weights).map { Float($0) }
        }
        // Of one-hot targets, too, it is the squared error that was learned; their sums are no probabilities.
        let described = BundleManifest.Outputs(kind: .regression, names: outputs.names)
        let scores = EpisodeScores(episodes: episodes, outputs: values, description: described)
        return Scores([("test", "rows that no device learns from", scores)], subjects: "devices")
    }
}
