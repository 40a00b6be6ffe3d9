import Crypto
import Foundation
import MetaNetwork

/// Feature vectors, or windows of them, of many devices, from a ``FeatureTable``.
///
/// Devices, or the groups that a column of the table gives, are split by a hash of their names: about 70 % train, 15 % validate,
/// 15 % test. With folds each group is tested once; see ``folds``.
public struct FeatureEpisodes: EpisodeSource {
    /// Maximum number of samples of an episode.
    public let samples: Int
    /// What is predicted.
    public let outputs: BundleManifest.Outputs
    /// Number of values of one input.
    public let inputCount: Int
    /// The columns, or the inputs that they are read as.
    public let featureInputs: [ModelGraph.NamedInput]
    /// What an input is.
    public let inputDescription: String
    /// SHA-256 of the data and of how it is used.
    public private(set) var digest: String
    /// How the devices are split, in words.
    public let split: String
    private let support: SupportSampling
    /// How many classes the samples of a test device are of at most; 0 leaves them as they are.
    private let supportClasses: Int
    private let devices: [LabelledDevice]
    /// The part of each group.
    private var parts: [String: Part]
    /// The same in each fold; empty where there are no folds, and in a fold.
    private var foldParts: [[String: Part]]

    /// Cuts a table into examples.
    ///
    /// - Parameters:
    ///   - table: The table; each device's rows are in order of time.
    ///   - window: Rows of an example whose target is the last one's; 1 for single rows.
    ///   - inputs: What the model reads where that is several inputs: the columns of features fill them in order, a window from `window`
    ///     rows and the others from the last one. An input of which a cell is missing is missing. Empty for one input of all columns.
    ///   - stride: Rows from one example to the next, 1 or more.
    ///   - samples: Maximum number of samples of an episode, 1 or more.
    ///   - support: Which of a device's examples are its support.
    ///   - supportClasses: A control: how many classes, drawn for each, the samples of a test device are of at most; 0 for all.
    ///   - folds: How often groups are held out; `nil` splits them once.
    /// - Throws: ``DataError`` where a part would have no device that can be used, or where there are fewer groups than folds.
    public init(
        _ table: FeatureTable,
        window: Int,
        inputs: [ModelGraph.NamedInput] = [],
        stride: Int = 1,
        samples: Int,
        support: SupportSampling = .consecutive,
        supportClasses: Int = 0,
        folds: FoldCount? = nil
    ) throws(DataError) {
        self.samples = samples
        self.support = support
        self.supportClasses = table.outputs.kind == .classification ? supportClasses : 0
        outputs = table.outputs
        let rows = try TableRows(table, window: window, inputs)
        (inputCount, featureInputs) = (rows.count, rows.inputs)
        inputDescription =
            "\(table.featureNames.count) columns" + (window > 1 ? " in each of \(window) rows" : "")
        let usage =
            inputs.map { "\($0) " }.joined()
            + "\(table.digest) \(window) \(stride) \(samples) \(support) \(folds.map { "\($0)" } ?? "once")"
        let control = self.supportClasses > 0 ? " \(supportClasses) classes" : ""
        digest = SHA256.hash(data: Data((usage + control).utf8)).hexadecimal
        // Two examples at least: one to upload, one to meet.
        let usable = table.devices.filter { $0.features.count >= window + stride }
        guard usable.count >= 3 else {
            throw DataError(
                "only \(usable.count) of \(table.devices.count) devices have \(window + stride) rows or more; training needs 3: one "
                    + "each to train, validate and test; give more data or a shorter window"
            )
        }
        var devices: [LabelledDevice] = []
        for device in usable {
            let ends = Array(Swift.stride(from: window - 1, to: device.features.count, by: stride))
            var inputs: [[Float]] = []
            for end in ends { inputs.append(try rows.row(of: device, ending: end)) }
            devices.append(
                LabelledDevice(
                    name: device.name,
                    group: device.group,
                    inputs: inputs,
                    targets: ends.map { device.targets[$0] }
                )
            )
        }
        self.devices = devices
        let groups = DeviceSplit(devices.map(\.group), column: table.groupName)
        if let folds {
            foldParts = try groups.folds(folds)
            parts = foldParts[0]
        } else {
            (foldParts, parts) = ([], try groups.parts())
        }
        split = Self.split(table.groupName, foldParts.count)
        for parts in foldParts.isEmpty ? [parts] : foldParts { try Self.checkClasses(devices, parts, outputs) }
    }

    private static func split(_ group: String?, _ folds: Int) -> String {
        guard let group else { return "devices that training never met" }
        guard folds > 0 else { return "devices of which training met no other of the same '\(group)'" }
        return
            "\(folds) folds by '\(group)': each is tested once with models that were trained on the others, of which the next validates"
    }

    private static func checkClasses(
        _ devices: [LabelledDevice],
        _ parts: [String: Part],
        _ outputs: BundleManifest.Outputs
    ) throws(DataError) {
        guard outputs.kind == .classification else { return }
        let training = devices.filter { parts[$0.group] == .training }
        let seen = Set(training.flatMap { $0.targets.flatMap { $0 } }.map { Int($0) })
        if let missing = outputs.names.indices.first(where: { !seen.contains($0) }) {
            throw DataError(
                "no training device has the class '\(outputs.names[missing])', so no model can learn it; give more devices, or "
                    + "leave its rows out"
            )
        }
    }

    /// A source for each fold, whose groups it tests: every device is tested in exactly one, by a model that never saw its group.
    /// The source alone where it was made without folds. What is asked of a source with folds itself is answered by the first.
    public var folds: [any EpisodeSource] {
        guard !foldParts.isEmpty else { return [self] }
        return foldParts.enumerated().map { number, parts in
            var fold = self
            fold.digest = SHA256.hash(data: Data("\(digest) fold \(number)".utf8)).hexadecimal
            (fold.parts, fold.foldParts) = (parts, [])
            return fold
        }
    }

    private func devices(_ part: Part) -> [LabelledDevice] { devices.filter { parts[$0.group] == part } }

    /// All examples of the devices of a part.
    public func labelledDevices(_ part: Part) -> [LabelledDevice]? { devices(part) }

    /// Plans the steps of an epoch; see ``EpisodeSource``.
    public func plan(
        batch: Int,
        random: inout SeededGenerator
    ) -> [@Sendable (inout SeededGenerator) -> [Episode]] {
        var episodes: [(device: LabelledDevice, block: SupportSampling.Block)] = []
        for device in devices(.training) {
            let blocks = support.trainingBlocks(device.inputs.count, samples: samples, random: &random)
            episodes += blocks.map { (device, $0) }
        }
        episodes.shuffle(using: &random)
        var steps: [[(device: LabelledDevice, block: SupportSampling.Block)]] = [[]]
        var count = 0
        for episode in episodes {
            if count > 0, count + episode.block.query.count > batch {
                steps.append([])
                count = 0
            }
            steps[steps.count - 1].append(episode)
            count += episode.block.query.count
        }
        return steps.map { step in { _ in step.map { self.episode($0.device, $0.block) } } }
    }

    /// The episodes of a held-out part, the same on every call.
    public func episodes(_ part: Part) -> [Episode] {
        devices(part).flatMap { device in
            let seed = SHA256.hash(data: Data(device.name.utf8)).prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            var random = SeededGenerator(seed: seed)
            return support.heldOutBlocks(device.inputs.count, samples: samples, random: &random)
                .map { episode(device, part == .test ? ofFewClasses($0, device, &random) : $0) }
        }
    }

    /// The block with samples of as many classes as a test device's may be of.
    private func ofFewClasses(
        _ block: SupportSampling.Block,
        _ device: LabelledDevice,
        _ random: inout SeededGenerator
    ) -> SupportSampling.Block {
        guard supportClasses > 0 else { return block }
        let classes = Set(block.support.flatMap { device.targets[$0] }).sorted().shuffled(using: &random)
        let kept = Set(classes.prefix(supportClasses))
        var block = block
        block.support = block.support.filter { kept.isSuperset(of: device.targets[$0]) }
        return block
    }

    /// Inputs of the training part, evenly spread; fewer than twice `limit`.
    public func trainingInputs(limit: Int) -> [[Float]] {
        let all = devices(.training).flatMap(\.inputs)
        let step = max(1, all.count / max(1, limit))
        return stride(from: 0, to: all.count, by: step).map { all[$0] }
    }

    private func episode(_ device: LabelledDevice, _ block: SupportSampling.Block) -> Episode {
        Episode(
            device: device.name,
            support: block.support.map { device.inputs[$0] },
            query: block.query.map { device.inputs[$0] },
            targets: block.query.flatMap { device.targets[$0] },
            supportTargets: block.support.flatMap { device.targets[$0] }
        )
    }
}
