import Crypto
import Foundation
import MetaNetwork

/// Feature vectors, or windows of them, of many devices, from a ``FeatureTable``.
///
/// Devices are split by a hash of their names: about 70 % train, 15 % validate, 15 % test. On a held-out device, each block
/// of inputs is met with parameters made of the ``samples`` examples before it.
public struct FeatureEpisodes: EpisodeSource {
    /// Maximum number of samples of an episode.
    public let samples: Int
    /// What is predicted.
    public let outputs: BundleManifest.Outputs
    /// Number of values of one input.
    public let inputCount: Int
    /// Number of columns.
    public let featureCount: Int?
    /// What an input is.
    public let inputDescription: String
    /// SHA-256 of the data and of how it is used.
    public let digest: String
    private let devices: [Device]

    private struct Device: Sendable {
        let name: String
        let part: Part
        let inputs: [[Float]]
        let targets: [[Float]]
    }

    /// Cuts a table into examples.
    ///
    /// - Parameters:
    ///   - table: The table; each device's rows are in order of time.
    ///   - window: Rows of an example whose target is the last one's; 1 for single rows.
    ///   - stride: Rows from one example to the next, 1 or more.
    ///   - samples: Maximum number of samples of an episode, 1 or more.
    /// - Throws: ``DataError`` where a part would have no device that can be used.
    public init(_ table: FeatureTable, window: Int, stride: Int = 1, samples: Int) throws(DataError) {
        self.samples = samples
        outputs = table.outputs
        inputCount = window * table.featureNames.count
        featureCount = table.featureNames.count
        inputDescription =
            "\(table.featureNames.count) columns" + (window > 1 ? " in each of \(window) rows" : "")
        digest = SHA256.hash(data: Data("\(table.digest) \(window) \(stride) \(samples)".utf8)).hexadecimal
        // Two examples at least: one to upload, one to meet.
        let usable = table.devices.filter { $0.features.count >= window + stride }
        guard usable.count >= 3 else {
            throw DataError(
                "only \(usable.count) of \(table.devices.count) devices have \(window + stride) rows or more; training needs 3: one "
                    + "each to train, validate and test; give more data or a shorter window"
            )
        }
        let parts = Self.parts(usable.map(\.name))
        devices = usable.map { device in
            let ends = Array(Swift.stride(from: window - 1, to: device.features.count, by: stride))
            return Device(
                name: device.name,
                part: parts[device.name] ?? .training,
                inputs: ends.map { end in device.features[(end - window + 1)...end].flatMap { $0 } },
                targets: ends.map { device.targets[$0] }
            )
        }
        try Self.checkClasses(devices, outputs)
    }

    /// Devices in order of the hash of their names: the same whatever the order of the file.
    private static func parts(_ names: [String]) -> [String: Part] {
        let order = names.sorted {
            (SHA256.hash(data: Data($0.utf8)).hexadecimal, $0) < (SHA256.hash(data: Data($1.utf8)).hexadecimal, $1)
        }
        let held = max(1, Int((Double(names.count) * 0.15).rounded()))
        var parts: [String: Part] = [:]
        for (place, name) in order.enumerated() {
            parts[name] = place < held ? .test : place < 2 * held ? .validation : .training
        }
        return parts
    }

    private static func checkClasses(_ devices: [Device], _ outputs: BundleManifest.Outputs) throws(DataError) {
        guard outputs.kind == .classification else { return }
        let seen = Set(devices.filter { $0.part == .training }.flatMap { $0.targets.flatMap { $0 } }.map { Int($0) })
        if let missing = outputs.names.indices.first(where: { !seen.contains($0) }) {
            throw DataError(
                "no training device has the class '\(outputs.names[missing])', so no model can learn it; give more devices, or "
                    + "leave its rows out"
            )
        }
    }

    /// Plans the steps of an epoch; see ``EpisodeSource``.
    public func plan(
        batch: Int,
        random: inout SeededGenerator
    ) -> [@Sendable (inout SeededGenerator) -> [Episode]] {
        var episodes: [(device: Int, blocks: Blocks.Element)] = []
        for (index, device) in devices.enumerated() where device.part == .training {
            let blocks = Self.blocks(device.inputs.count, samples, first: random.index(below: samples))
            episodes += blocks.map { (index, $0) }
        }
        episodes.shuffle(using: &random)
        var steps: [[(device: Int, blocks: Blocks.Element)]] = [[]]
        var count = 0
        for episode in episodes {
            if count > 0, count + episode.blocks.inputs.count > batch {
                steps.append([])
                count = 0
            }
            steps[steps.count - 1].append(episode)
            count += episode.blocks.inputs.count
        }
        return steps.map { step in { _ in step.map { self.episode(self.devices[$0.device], $0.blocks) } } }
    }

    /// The episodes of a held-out part, the same on every call.
    public func episodes(_ part: Part) -> [Episode] {
        devices.filter { $0.part == part }.flatMap { device in
            Self.blocks(device.inputs.count, samples, first: 0).map { episode(device, $0) }
        }
    }

    /// Inputs of the training part, evenly spread; fewer than twice `limit`.
    public func trainingInputs(limit: Int) -> [[Float]] {
        let all = devices.filter { $0.part == .training }.flatMap(\.inputs)
        let step = max(1, all.count / max(1, limit))
        return stride(from: 0, to: all.count, by: step).map { all[$0] }
    }

    private typealias Blocks = [(samples: Range<Int>, inputs: Range<Int>)]

    /// Blocks of inputs with the samples before each; of a device with few examples the first half are the samples.
    private static func blocks(_ count: Int, _ samples: Int, first: Int) -> Blocks {
        guard count > samples + first else { return [(0..<(count + 1) / 2, (count + 1) / 2..<count)] }
        return stride(from: first + samples, to: count, by: samples).map { start in
            (start - samples..<start, start..<min(count, start + samples))
        }
    }

    private func episode(_ device: Device, _ block: Blocks.Element) -> Episode {
        Episode(
            device: device.name,
            support: Array(device.inputs[block.samples]),
            query: Array(device.inputs[block.inputs]),
            targets: device.targets[block.inputs].flatMap { $0 },
            supportTargets: device.targets[block.samples].flatMap { $0 }
        )
    }
}
