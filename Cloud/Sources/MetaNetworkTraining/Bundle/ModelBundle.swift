import Crypto
import Foundation
import MetaNetwork
import MetaNetworkData
import Torch

/// A bundle on disk: what training publishes and everything else reads. See ``MetaNetwork/BundleManifest``.
public struct ModelBundle {
    /// The manifest.
    public let manifest: BundleManifest
    /// Static and global dynamic weights.
    public let deviceWeights: Weights
    /// The folded generator's weights; `nil` where there is none.
    public let generatorWeights: Weights?
    /// Raw ids of the items; the item with id i is number i - 1.
    public let itemNames: [String]

    enum FileName {
        static let manifest = "manifest.json"
        static let device = "device.safetensors"
        static let generator = "generator.safetensors"
        static let vocabulary = "vocabulary.tsv"
    }

    /// Writes a trained model as a bundle, aside and renamed; a bundle that is there already is replaced.
    ///
    /// - Parameters:
    ///   - trained: The model.
    ///   - name: Name of the model.
    ///   - workload: The data that trained it.
    ///   - metrics: What it was measured to do, by set and metric.
    ///   - settings: The settings as the user gave them, by name.
    ///   - directory: Where the bundle goes; its parent is made.
    /// - Returns: The manifest.
    /// - Throws: ``FileError``, or ``BundleError`` where the place holds something else.
    @discardableResult
    public static func write(
        _ trained: TrainedModel,
        name: String,
        workload: some Workload,
        metrics: [String: [String: Double]],
        settings: [String: String],
        to directory: URL
    ) throws -> BundleManifest {
        var contents = [
            FileName.device: Data(try SafeTensors.encode(workload.deviceWeights(trained))),
            FileName.vocabulary: Data(Vocabulary.lines(workload.itemNames).utf8),
        ]
        let generator = trained.model.generator
        if let generator {
            let folded = try generator.folded(global: trained.model.network.parameters)
            contents[FileName.generator] = Data(try SafeTensors.encode(folded.weights))
        }
        let files = contents.mapValues {
            BundleManifest.File(bytes: $0.count, sha256: SHA256.hash(data: $0).hexadecimal)
        }
        let manifest = BundleManifest(
            name: name,
            version: version(files),
            architecture: trained.configuration.architecture,
            items: workload.itemNames.count,
            outputs: workload.outputs,
            generator: generator.map {
                BundleManifest.Generator(
                    form: $0.configuration.form.rawValue,
                    window: $0.configuration.window,
                    width: $0.configuration.width,
                    rank: $0.configuration.rank
                )
            },
            metrics: metrics,
            training: settings,
            files: files
        )
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        contents[FileName.manifest] = try encoder.encode(manifest)
        try BundleFolder.replace(directory, with: contents)
        return manifest
    }

    /// Whether a bundle may be written to a place; asked before hours of training and again before writing.
    ///
    /// - Parameter directory: Where the bundle is to go.
    /// - Throws: ``BundleError`` where something else is there.
    public static func checkPlace(_ directory: URL) throws {
        let files = FileManager.default
        guard files.fileExists(atPath: directory.path) else { return }
        let entries = try? files.contentsOfDirectory(atPath: directory.path)
        guard let entries, entries.isEmpty || entries.contains(FileName.manifest) else {
            throw BundleError(
                directory.path,
                "is there already and is no bundle; choose another --out, or remove it first"
            )
        }
    }

    /// Reads and checks a bundle.
    ///
    /// - Parameter directory: The bundle's folder.
    /// - Throws: ``BundleError``, which says which file is wrong and why.
    public init(contentsOf directory: URL) throws {
        manifest = try Self.readManifest(directory)
        var contents: [String: Data] = [:]
        for (name, file) in manifest.files { contents[name] = try Self.read(name, file, in: directory) }
        guard Self.version(manifest.files) == manifest.version else {
            throw BundleError(FileName.manifest, "the version is not that of the files; fetch the bundle again")
        }
        let graph = try Self.graph(manifest)
        guard graph.ranksItems == (manifest.outputs == nil),
            manifest.outputs.map({ $0.names.count == graph.outputWidth }) != false
        else {
            throw BundleError(
                FileName.manifest,
                "does not name the \(graph.outputWidth) outputs of the model, and them alone"
            )
        }
        let device = try Self.weights(FileName.device, contents)
        try Self.check(device, FileName.device, shapes: graph.parameters.map { ($0.name, $0.shape) })
        deviceWeights = device
        generatorWeights = try manifest.generator.map { _ in try Self.weights(FileName.generator, contents) }
        itemNames = try Vocabulary.names(
            String(decoding: contents[FileName.vocabulary] ?? Data(), as: UTF8.self),
            count: manifest.items
        )
    }

    /// The model, ready to be evaluated.
    ///
    /// - Throws: ``BundleError`` where the generator's tensors do not fit.
    public func trainedModel() throws -> TrainedModel {
        let generator = manifest.generator.map {
            GeneratorConfiguration(form: .plain, window: $0.window, width: $0.width, rank: $0.rank)
        }
        let configuration = TrainingConfiguration(architecture: manifest.architecture, generator: generator)
        let model = try JointModel(configuration, itemCount: manifest.items)
        try model.network.parameters.assign(deviceWeights)
        if let parameters = model.generator?.parameters, let weights = generatorWeights {
            let shapes = try parameters.names.map { ($0, try parameters[$0].shape) }
            try Self.check(weights, FileName.generator, shapes: shapes)
            try parameters.assign(weights)
        }
        return TrainedModel(configuration: configuration, model: model, state: TrainingState())
    }

    private static func version(_ files: [String: BundleManifest.File]) -> String {
        let digests = files.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value.sha256)\n" }.joined()
        return SHA256.hash(data: Data(digests.utf8)).hexadecimal
    }
}

extension ModelBundle {
    private static func readManifest(_ directory: URL) throws -> BundleManifest {
        let url = directory.appendingPathComponent(FileName.manifest)
        guard FileManager.default.fileExists(atPath: url.path) else {
            throw BundleError(FileName.manifest, "\(directory.path) is no bundle: it has no \(FileName.manifest)")
        }
        let data = try AtomicFile.read(url)
        struct Format: Decodable { let format: Int }
        do {
            let format = try JSONDecoder().decode(Format.self, from: data).format
            guard format == BundleManifest.currentFormat else {
                throw BundleError(
                    FileName.manifest,
                    "has format \(format), this tool reads \(BundleManifest.currentFormat); "
                        + "use the release that wrote it, or publish again"
                )
            }
            return try JSONDecoder().decode(BundleManifest.self, from: data)
        } catch let error as DecodingError {
            throw BundleError(FileName.manifest, "is cut short or not a manifest: \(error.message)")
        }
    }

    private static func graph(_ manifest: BundleManifest) throws -> ModelGraph {
        do {
            return try ModelGraph(manifest.architecture, itemCount: manifest.items)
        } catch {
            throw BundleError(FileName.manifest, "\(error)")
        }
    }

    private static func read(_ name: String, _ file: BundleManifest.File, in directory: URL) throws -> Data {
        // The name comes from a file that may have been tampered with: it must not leave the folder.
        guard [FileName.device, FileName.generator, FileName.vocabulary].contains(name) else {
            throw BundleError(FileName.manifest, "names a file '\(name)' that no bundle of this format has")
        }
        let url = directory.appendingPathComponent(name)
        guard FileManager.default.fileExists(atPath: url.path) else {
            throw BundleError(name, "is missing; fetch the bundle again")
        }
        let data = try AtomicFile.read(url)
        guard data.count == file.bytes else {
            throw BundleError(name, "has \(data.count) bytes, the manifest says \(file.bytes); fetch the bundle again")
        }
        let digest = SHA256.hash(data: data).hexadecimal
        guard digest == file.sha256 else {
            throw BundleError(name, "has SHA-256 \(digest), the manifest says \(file.sha256); fetch the bundle again")
        }
        return data
    }

    private static func weights(_ name: String, _ contents: [String: Data]) throws -> Weights {
        guard let data = contents[name] else {
            throw BundleError(FileName.manifest, "does not list \(name), which this bundle needs")
        }
        do {
            return try SafeTensors.decode([UInt8](data), limits: .unlimited).weights
        } catch {
            throw BundleError(name, "\(error)")
        }
    }

    private static func check(_ weights: Weights, _ file: String, shapes: [(name: String, shape: [Int])]) throws {
        for (name, shape) in shapes {
            guard let tensor = weights[name] else { throw BundleError(file, "has no tensor '\(name)'") }
            guard tensor.shape == shape else {
                throw BundleError(file, "tensor '\(name)' has shape \(tensor.shape), the architecture needs \(shape)")
            }
            guard tensor.values.allSatisfy(\.isFinite) else {
                throw BundleError(file, "tensor '\(name)' has a value that is not a finite number")
            }
        }
        let expected = Set(shapes.map(\.name))
        if let extra = weights.names.first(where: { !expected.contains($0) }) {
            throw BundleError(file, "has a tensor '\(extra)' that the architecture does not")
        }
    }
}

/// Why a bundle cannot be used.
public struct BundleError: Error, Sendable, CustomStringConvertible {
    /// The file at fault.
    public let file: String
    /// What is wrong with it and how to fix it.
    public let message: String

    init(_ file: String, _ message: String) {
        self.file = file
        self.message = message
    }

    /// The file and the message.
    public var description: String { "bundle: \(file): \(message)" }
}

extension DecodingError {
    /// What is wrong and where, on one line.
    public var message: String {
        func path(_ context: Context) -> String {
            let path = context.codingPath.map { $0.intValue.map { "[\($0)]" } ?? $0.stringValue }
            return path.isEmpty ? "" : " (at \(path.joined(separator: ".")))"
        }
        return switch self {
        case .dataCorrupted(let context): context.debugDescription + path(context)
        case .keyNotFound(let key, let context): "the key '\(key.stringValue)' is missing" + path(context)
        case .typeMismatch(_, let context), .valueNotFound(_, let context): context.debugDescription + path(context)
        @unknown default: "\(self)"
        }
    }
}
