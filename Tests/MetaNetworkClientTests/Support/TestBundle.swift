import Crypto
import Foundation
import MetaNetwork

@testable import MetaNetworkClient

/// A small bundle as training would publish it.
struct TestBundle: Sendable {
    let manifest: BundleManifest
    let contents: BundleContents
    let weights: Weights
    let names: [String]

    static let model = "movies"
    static let itemCount = 12

    /// - Parameters:
    ///   - seed: Other seeds give other weights and so another version.
    ///   - format: Version of the bundle format.
    ///   - name: The model's name.
    ///   - hasGenerator: Whether the service can make personal weights of it.
    ///   - helps: Up to which age these are said to help.
    ///   - gate: What foresees mistakes; `nil` for a bundle without a gate.
    ///   - switcher: What foresees whether an answer will do; `nil` for a bundle without a switcher.
    ///   - prompt: What is added to every input; `nil` for a bundle without a prompt.
    ///   - basis: What makes dynamic layers of a code; `nil` for a bundle without a basis.
    ///   - change: Changes the manifest before it is written; its version stays that of what it was.
    init(
        seed: UInt64 = 1,
        format: Int = BundleManifest.currentFormat,
        name: String = model,
        names: [String] = (1...itemCount).map { "film \($0)" },
        architecture: Architecture = .paperSASRec(width: 4, window: 3, heads: 2),
        outputs: BundleManifest.Outputs? = nil,
        hasGenerator: Bool = true,
        helps: BundleManifest.Generator.Helps? = nil,
        gate: Weights? = nil,
        switcher: Weights? = nil,
        prompt: Weights? = nil,
        basis: Weights? = nil,
        change: (inout BundleManifest) -> Void = { _ in }
    ) throws {
        let graph = try ModelGraph(architecture, itemCount: names.count)
        var random = SeededGenerator(state: seed)
        var weights = Weights()
        for parameter in graph.parameters {
            let count = parameter.shape.reduce(1, *)
            let values = (0..<count).map { _ in Float.random(in: -0.8...0.8, using: &random) }
            weights[parameter.name] = try WeightTensor(shape: parameter.shape, values: values)
        }
        let device = Data(try SafeTensors.encode(weights))
        let vocabulary = Data(names.enumerated().map { "\($1)\t\($0 + 1)\n" }.joined().utf8)
        var written = ["device.safetensors": device, "vocabulary.tsv": vocabulary]
        if let gate { written["gate.safetensors"] = Data(try SafeTensors.encode(gate)) }
        if let switcher { written["switcher.safetensors"] = Data(try SafeTensors.encode(switcher)) }
        if let basis { written["basis.safetensors"] = Data(try SafeTensors.encode(basis)) }
        if let prompt { written["prompt.safetensors"] = Data(try SafeTensors.encode(prompt)) }
        let files = written.mapValues {
            BundleManifest.File(bytes: $0.count, sha256: SHA256.hexadecimal(of: $0))
        }
        let honest = BundleManifest(
            format: format,
            name: name,
            architecture: architecture,
            items: names.count,
            outputs: outputs,
            generator: hasGenerator ? .init(form: "plain", window: 6, width: 4, rank: 2, helps: helps) : nil,
            files: files
        )
        var (manifest, _) = try Self.sealed(honest)
        change(&manifest)
        contents = BundleContents(
            manifest: try JSONEncoder().encode(manifest),
            device: device,
            vocabulary: vocabulary,
            others: Dictionary(
                uniqueKeysWithValues: BundleFile.optional.compactMap { file in written[file.name].map { (file, $0) } }
            )
        )
        self.manifest = manifest
        self.weights = weights
        self.names = names
    }

    /// A manifest with the version of its contents, and its bytes.
    static func sealed(_ manifest: BundleManifest) throws -> (manifest: BundleManifest, bytes: Data) {
        try manifest.sealed(sha256: { Array(SHA256.hash(data: $0)) }, encode: { try JSONEncoder().encode($0) })
    }

    /// Writes the bundle as a folder.
    func write(to folder: URL) throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try contents.manifest.write(to: folder.appendingPathComponent("manifest.json"))
        try contents.device.write(to: folder.appendingPathComponent("device.safetensors"))
        try contents.vocabulary.write(to: folder.appendingPathComponent("vocabulary.tsv"))
        for (file, data) in contents.others { try data.write(to: folder.appendingPathComponent(file.name)) }
    }

    /// Bytes of the files that a device fetches.
    var fetchedBytes: Int {
        contents.others.values.reduce(contents.device.count + contents.vocabulary.count) { $0 + $1.count }
    }

    /// Weights as a generator would make them of some samples: the global ones, shifted.
    func personalWeights(_ samples: Int) throws -> Weights {
        let graph = try ModelGraph(manifest.architecture, itemCount: names.count)
        var personal = Weights()
        for parameter in graph.parameters where parameter.isDynamic {
            guard let global = weights[parameter.name] else { continue }
            let values = global.values.enumerated().map { $1 + Float(($0 + samples) % 5) * 0.25 - 0.5 }
            personal[parameter.name] = try WeightTensor(shape: global.shape, values: values)
        }
        return personal
    }
}

/// A seeded source of random numbers (SplitMix64), the same on every platform.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
