import Crypto
import Foundation
import MetaNetwork
import MetaNetworkData
import Torch

/// Examples of classes that many devices have, and those that the result is measured on.
public struct FederatedData: DealtExamples {
    /// The examples of all devices.
    let training: DenseChain.Examples
    /// Examples that no device has.
    let test: DenseChain.Examples
    /// Whom each of these is like: the device that it was held out of; `nil` where it is of no device's.
    private let owners: [Int]?
    /// Values of an example.
    public let width: Int
    /// Names of the classes.
    public let classes: [String]
    /// Rows of each device's examples; a device without any is never asked.
    public let shards: [[Int32]]
    /// SHA-256 of the data and of how they are dealt, in hexadecimal.
    public let digest: String
    /// How they are dealt, in words.
    public let description: String

    /// Checks and holds data.
    ///
    /// - Parameters:
    ///   - values: Training examples, one row each.
    ///   - labels: The class of each, from 0.
    ///   - test: The same of those that no device has, at least one.
    ///   - classes: Names of the classes.
    ///   - shards: Rows of each device.
    ///   - owners: The device that each test example was held out of; `nil` where it is of no device's.
    ///   - description: How examples are dealt to devices.
    ///   - mayLackClasses: Whether there may be classes that no device has, as in made-up data.
    /// - Throws: ``FederatedError`` where no device has an example, rows differ in their width, or a class is held by nobody.
    public init(
        _ values: [[Float]],
        labels: [Int],
        test: (values: [[Float]], labels: [Int]),
        classes: [String],
        shards: [[Int32]],
        owners: [Int]? = nil,
        description: String,
        mayLackClasses: Bool = false
    ) throws {
        guard let width = values.first?.count, width > 0, !test.values.isEmpty else {
            throw FederatedError("there are no examples; give some to train on and some to measure on")
        }
        guard (values + test.values).allSatisfy({ $0.count == width }) else {
            throw FederatedError("examples have different numbers of values; the first has \(width): give all the same")
        }
        guard shards.contains(where: { !$0.isEmpty }) else {
            throw FederatedError("no device has an example; give more examples, or fewer devices")
        }
        let held = Set(shards.joined().map { labels[Int($0)] })
        if !mayLackClasses, let missing = classes.indices.first(where: { !held.contains($0) }) {
            throw FederatedError(
                "no device has the class '\(classes[missing])', so nobody can learn it; give more data, or leave it out"
            )
        }
        training = DenseChain.Examples(values: values.flatMap { $0 }, classes: labels.map(Int32.init))
        self.test = DenseChain.Examples(values: test.values.flatMap { $0 }, classes: test.labels.map(Int32.init))
        precondition(owners.map { $0.count == test.labels.count } ?? true, "each test example is of one device")
        (self.width, self.classes, self.shards, self.description) = (width, classes, shards, description)
        self.owners = owners
        digest = Self.digest(training, self.test, shards, classes)
    }

    private static func digest(
        _ training: DenseChain.Examples,
        _ test: DenseChain.Examples,
        _ shards: [[Int32]],
        _ classes: [String]
    ) -> String {
        var hash = SHA256()
        for examples in [training, test] {
            examples.values.withUnsafeBytes { hash.update(bufferPointer: $0) }
            examples.classes.withUnsafeBytes { hash.update(bufferPointer: $0) }
        }
        hash.update(data: Data("\(shards.map(\.count)) \(classes)".utf8))
        for shard in shards { shard.withUnsafeBytes { hash.update(bufferPointer: $0) } }
        return hash.finalize().map { String(format: "%02x", $0) }.joined()
    }

    /// How the data are split, in words.
    public var split: String { "\(description); each tenth example is held out" }

    func examples(of part: ExamplePart) -> DenseChain.Examples { part == .training ? training : test }

    /// Rows of a part: of the training part those that a device has.
    func rows(of part: ExamplePart) -> [Int32] {
        part == .training ? shards.flatMap { $0 } : test.classes.indices.map(Int32.init)
    }

    /// The values of some rows, one row after the other.
    func values(of rows: [Int32], _ part: ExamplePart) -> [Float] {
        let values = examples(of: part).values
        return rows.flatMap { values[Int($0) * width..<(Int($0) + 1) * width] }
    }

    /// The share of rows whose largest logit is that of their class; of equal ones the first counts.
    func accuracy(of logits: [Float], _ rows: [Int32], _ part: ExamplePart) -> Double {
        let right = examples(of: part).classes
        let hits = rows.enumerated().filter { place, row in
            let own = logits[place * classes.count..<(place + 1) * classes.count]
            let best = own.indices.max { own[$0] < own[$1] || own[$0] == own[$1] && $0 > $1 } ?? own.startIndex
            return Int32(best - own.startIndex) == right[Int(row)]
        }
        return Double(hits.count) / Double(max(1, rows.count))
    }

    /// What each test example scores. Subjects are the devices that examples were held out of, else the examples.
    ///
    /// - Parameter logits: Of all test examples, one after the other.
    func scores(_ logits: [Float]) -> Scores {
        let episodes = test.classes.enumerated().map { place, label in
            Episode(
                device: "\(owners?[place] ?? place)",
                support: [[]],
                query: [[]],
                targets: [Float(label)]
            )
        }
        let outputs = BundleManifest.Outputs(kind: .classification, names: classes)
        let scores = EpisodeScores(episodes: episodes, outputs: logits, description: outputs)
        return Scores(
            [("test", "examples that no device has", scores)],
            subjects: owners == nil ? "examples" : "devices"
        )
    }
}
