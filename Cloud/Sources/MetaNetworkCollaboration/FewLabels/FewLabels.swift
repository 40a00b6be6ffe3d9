import Crypto
import Foundation
import MetaNetwork
import MetaNetworkData

/// Devices that are told the class of a few inputs of each class, some of them wrongly, and are asked about later ones.
///
/// Of each class of a device the labelled inputs are drawn from the first ``labelledShare`` of its inputs in order of time, and those
/// that it is asked about are the last half: where inputs are windows that overlap, none of the two share a row.
package struct FewLabels {
    private let devices: [Device]
    private let classes: Int

    /// Share of each class's inputs, the first ones, of which some are labelled.
    private static let labelledShare = 0.45

    private struct Device {
        let name: String
        /// Inputs that may be labelled, by class.
        let early: [[[Float]]]
        let query: [[Float]]
        let targets: [Float]
    }

    /// - Parameters:
    ///   - devices: All inputs of each device, oldest first, with their classes.
    ///   - classes: Number of classes.
    /// - Throws: `DataError` where a device has no class with three inputs: one to label, one between, one to ask about.
    package init(_ devices: [LabelledDevice], classes: Int) throws(DataError) {
        var found: [Device] = []
        for device in devices {
            var (early, query, targets): ([[[Float]]], [[Float]], [Float]) = ([], [], [])
            for number in 0..<classes {
                let inputs = device.inputs.indices.filter { Int(device.targets[$0][0]) == number }
                    .map { device.inputs[$0] }
                let labelled = Int(Double(inputs.count) * Self.labelledShare)
                guard labelled > 0 else {
                    early.append([])
                    continue
                }
                early.append(Array(inputs.prefix(labelled)))
                let later = inputs.suffix(inputs.count / 2)
                query += later
                targets += later.map { _ in Float(number) }
            }
            guard !query.isEmpty else {
                throw DataError(
                    "the device '\(device.name)' has no class with three inputs: one to label, one between, one to ask about; give it more"
                )
            }
            found.append(Device(name: device.name, early: early, query: query, targets: targets))
        }
        (self.devices, self.classes) = (found, classes)
    }

    /// What a device is told.
    package struct Condition: Sendable, Equatable {
        /// Labelled inputs of each class, as far as there are so many.
        package let labels: Int
        /// Share of the labels, in percent, that are replaced by a class drawn from all.
        package let noise: Int

        package init(labels: Int, noise: Int) { (self.labels, self.noise) = (labels, noise) }

        /// The set's name in results: `noise-30-labels-2`.
        package var name: String { "\(Self.name(noise: noise))-labels-\(labels)" }

        /// The name of the set of all numbers of labels: `noise-30`.
        package static func name(noise: Int) -> String { "noise-\(noise)" }
    }

    /// An episode for each device and draw: its labelled inputs as support, with the labels that it is told, and the later ones.
    ///
    /// - Parameters:
    ///   - condition: What the devices are told.
    ///   - draws: How often each device's inputs and labels are drawn.
    ///   - seed: Seed of the draws; the same labels are drawn for every method.
    package func episodes(_ condition: Condition, draws: Int, seed: UInt64) -> [Episode] {
        devices.flatMap { device in
            (0..<draws).map { draw in
                let name = SHA256.hash(data: Data(device.name.utf8)).prefix(8).reduce(UInt64(0)) {
                    $0 << 8 | UInt64($1)
                }
                var random = SeededGenerator(seed: seed, streams: [51, name, UInt64(draw)])
                // More labels are those of fewer and others; and noise changes none of the inputs.
                let order = device.early.map { $0.indices.shuffled(using: &random) }
                var (support, labels): ([[Float]], [Float]) = ([], [])
                for number in 0..<classes {
                    for place in order[number].prefix(condition.labels) {
                        support.append(device.early[number][place])
                        let (isWrong, other) = (
                            random.index(below: 100) < condition.noise, random.index(below: classes)
                        )
                        labels.append(Float(isWrong ? other : number))
                    }
                }
                return Episode(
                    device: device.name,
                    support: support,
                    query: device.query,
                    targets: device.targets,
                    supportTargets: labels
                )
            }
        }
    }
}
