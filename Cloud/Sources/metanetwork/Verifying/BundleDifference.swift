import Foundation
import MetaNetwork
import MetaNetworkExperiments
import MetaNetworkServer

/// In what two bundles differ that should be the same: files, fields of the manifest, and metrics.
struct BundleDifference: Encodable {
    /// Files that differ, or that one of them lacks.
    let files: [File]
    /// Fields of the manifest, beside the files, that differ.
    let fields: [String]
    /// Metrics that differ; how long training took is none.
    let metrics: [Metric]

    /// A file of which the two bundles have other bytes.
    struct File: Encodable {
        let name: String
        /// Bytes of the first bundle's; `nil` where it has no such file.
        let bytes: Int?
        /// The same of the second one's.
        let bytesAgain: Int?
        /// Of files of tensors, how the values differ; `nil` of others, and where a bundle has no such file.
        let tensors: Tensors?
    }

    /// How the tensors of two files differ.
    struct Tensors: Encodable {
        /// Tensors of both files, by name.
        let count: Int
        /// Those of them that differ: in a value, in shape, or because one file lacks them.
        let differing: Int
        /// The largest difference of two values, over the tensors that have one shape; `nil` where there are none.
        let largestDifference: Double?
    }

    /// A metric of which two bundles say something else.
    struct Metric: Encodable {
        let set: String
        let metric: String
        /// What the first bundle says; `nil` where it says nothing.
        let value: Double?
        /// The same of the second one.
        let valueAgain: Double?
    }

    /// Compares two bundles.
    ///
    /// - Parameters:
    ///   - bundle: One, with what it says of its metrics.
    ///   - again: The other.
    init(
        _ bundle: (contents: BundleContents, provenance: BundleProvenance),
        _ again: (contents: BundleContents, provenance: BundleProvenance)
    ) {
        files = Self.files(bundle.contents, again.contents)
        fields = Self.fields(bundle.contents.manifest, again.contents.manifest)
        metrics = Self.metrics(bundle.provenance.metrics, again.provenance.metrics)
    }

    private static func files(_ bundle: BundleContents, _ again: BundleContents) -> [File] {
        let (old, new) = (bundle.manifest.files, again.manifest.files)
        return Set(old.keys).union(new.keys).sorted().filter { old[$0]?.sha256 != new[$0]?.sha256 }.map { name in
            File(
                name: name,
                bytes: old[name]?.bytes,
                bytesAgain: new[name]?.bytes,
                tensors: tensors(bundle.files[name], again.files[name])
            )
        }
    }

    /// How the values of two files differ; `nil` where one is no file of tensors, as a vocabulary is none.
    private static func tensors(_ old: Data?, _ new: Data?) -> Tensors? {
        guard let old = old.flatMap(weights), let new = new.flatMap(weights) else { return nil }
        let names = Set(old.names).union(new.names)
        var (differing, largest) = (0, Double?.none)
        for name in names {
            guard let old = old[name], let new = new[name], old.shape == new.shape else {
                differing += 1
                continue
            }
            let difference = zip(old.values, new.values).reduce(0) { max($0, abs(Double($1.0) - Double($1.1))) }
            if difference > 0 { differing += 1 }
            largest = max(largest ?? 0, difference)
        }
        return Tensors(count: names.count, differing: differing, largestDifference: largest)
    }

    private static func weights(_ data: Data) -> Weights? {
        try? SafeTensors.decode([UInt8](data), limits: .unlimited).weights
    }

    private static func fields(_ old: BundleManifest, _ new: BundleManifest) -> [String] {
        let same = [
            ("format", old.format == new.format), ("name", old.name == new.name), ("items", old.items == new.items),
            ("architecture", old.architecture == new.architecture), ("outputs", old.outputs == new.outputs),
            ("generator", old.generator == new.generator),
        ]
        return same.filter { !$0.1 }.map(\.0)
    }

    private static func metrics(
        _ old: [String: [String: Double]],
        _ new: [String: [String: Double]]
    ) -> [Metric] {
        Set(old.keys).union(new.keys).subtracting([MeasuredSet.training.name]).sorted().flatMap { set in
            let (old, new) = (old[set] ?? [:], new[set] ?? [:])
            return Set(old.keys).union(new.keys).sorted().compactMap { metric -> Metric? in
                let (value, valueAgain) = (old[metric], new[metric])
                if value == valueAgain { return nil }
                // A metric of nothing is no number, here and there.
                if let value, let valueAgain, value.isNaN, valueAgain.isNaN { return nil }
                return Metric(set: set, metric: metric, value: value, valueAgain: valueAgain)
            }
        }
    }
}

extension BundleDifference {
    /// A line for each difference.
    var lines: [String] {
        files.map(\.text) + fields.map { "the manifest's '\($0)' differs" } + metrics.map(\.text)
    }
}

extension BundleDifference.File {
    /// What is to be said of the file.
    fileprivate var text: String {
        guard let bytes else { return "\(name): the bundle lacks it, training made it (\(bytesAgain ?? 0) bytes)" }
        guard let bytesAgain else { return "\(name): training did not make it (\(bytes) bytes)" }
        let sizes = bytes == bytesAgain ? "\(bytes) bytes" : "\(bytes) bytes, \(bytesAgain) again"
        guard let tensors else { return "\(name): differs (\(sizes))" }
        guard tensors.differing > 0 else { return "\(name): the same values, stored otherwise (\(sizes))" }
        let largest = tensors.largestDifference.map { String(format: ", by %.2g at most", $0) } ?? ""
        return "\(name): \(tensors.differing) of \(tensors.count) tensors differ\(largest) (\(sizes))"
    }
}

extension BundleDifference.Metric {
    /// What is to be said of the metric.
    fileprivate var text: String {
        func shown(_ value: Double?) -> String { value?.formatted(digits: 6) ?? "nothing" }
        let difference = value.flatMap { value in valueAgain.map { String(format: " (%+.2g)", $0 - value) } } ?? ""
        return "\(set) \(metric): \(shown(value)), \(shown(valueAgain)) again\(difference)"
    }
}
