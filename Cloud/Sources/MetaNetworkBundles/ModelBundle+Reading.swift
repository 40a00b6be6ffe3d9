import Crypto
import Foundation
import MetaNetwork
import MetaNetworkData
import MetaNetworkDevice
import MetaNetworkGenerators

extension ModelBundle {
    /// Reads and checks a bundle.
    ///
    /// - Parameter directory: The bundle's folder.
    /// - Throws: ``BundleError``, which says which file is wrong and why.
    public init(contentsOf directory: URL) throws {
        guard FileManager.default.fileExists(atPath: directory.appendingPathComponent(BundleLayout.manifest).path)
        else {
            throw BundleError(
                BundleLayout.manifest,
                "\(directory.path) is no bundle: it has no \(BundleLayout.manifest)"
            )
        }
        try self.init { name in
            let url = directory.appendingPathComponent(name)
            return FileManager.default.fileExists(atPath: url.path) ? try AtomicFile.read(url) : nil
        }
    }

    /// Checks a bundle whose files were read already, so that what is used is what was checked.
    ///
    /// - Parameter files: The files by name, the manifest among them.
    /// - Throws: ``BundleError``, which says which file is wrong and why.
    public init(files: [String: Data]) throws {
        try self.init { files[$0] }
    }

    /// - Parameter read: Gives a file; `nil` where there is none of this name.
    private init(reading read: (String) throws -> Data?) throws {
        guard let data = try read(BundleLayout.manifest) else {
            throw BundleError(BundleLayout.manifest, "is missing; fetch the bundle again")
        }
        manifest = try Self.manifest(data)
        var contents: [String: Data] = [:]
        for (name, file) in manifest.files { contents[name] = try Self.checked(read(name), name, file) }
        provenance = try Self.provenance(of: manifest, read(BundleLayout.provenance))
        let graph = try Self.graph(manifest)
        guard manifest.outputs?.names.count == graph.namedOutputCount else {
            throw BundleError(
                BundleLayout.manifest,
                "does not name the \(graph.outputWidth) outputs of the model, and them alone"
            )
        }
        let device = try Self.weights(BundleLayout.device, contents)
        try Self.check(device, BundleLayout.device, shapes: graph.parameters.map { ($0.name, $0.shape) })
        deviceWeights = device
        (generatorWeights, encoder) = try Self.generator(manifest, graph, contents)
        gate = try Self.gate(BundleLayout.gate, contents) { try RequestGate($0, sampleWidth: graph.sampleWidth) }
        switcher = try Self.gate(BundleLayout.switcher, contents) { try Switcher($0, of: graph) }
        prompt = try Self.prompt(contents, graph)
        basis = try Self.basis(contents, graph)
        itemNames = try Self.names(contents, count: manifest.items)
        others = contents.filter { BundleLayout.role(of: $0.key) == nil }
    }

    private static func manifest(_ data: Data) throws -> BundleManifest {
        let manifest: BundleManifest
        do {
            manifest = try JSONDecoder().decode(BundleManifest.self, from: data)
        } catch let error as DecodingError {
            throw BundleError(BundleLayout.manifest, "is cut short or not a manifest: \(error.message)")
        } catch BundleManifestError.unknownFormat(let format) {
            throw BundleError(
                BundleLayout.manifest,
                "has format \(format), this tool reads \(BundleManifest.readableFormats.lowerBound) to "
                    + "\(BundleManifest.readableFormats.upperBound); use the release that wrote it, or publish again"
            )
        }
        try check(manifest, data)
        return manifest
    }

    /// Where a bundle comes from, as far as it says so.
    ///
    /// - Parameters:
    ///   - manifest: The bundle's manifest.
    ///   - directory: The bundle's folder.
    /// - Throws: ``BundleError`` where the file is damaged.
    public static func provenance(of manifest: BundleManifest, in directory: URL) throws -> BundleProvenance {
        let url = directory.appendingPathComponent(BundleLayout.provenance)
        let isThere = FileManager.default.fileExists(atPath: url.path)
        return try provenance(of: manifest, isThere ? AtomicFile.read(url) : nil)
    }

    private static func provenance(of manifest: BundleManifest, _ data: Data?) throws -> BundleProvenance {
        if let provenance = manifest.provenance { return provenance }
        guard let data else { return BundleProvenance() }
        do {
            return try JSONDecoder().decode(BundleProvenance.self, from: data)
        } catch let error as DecodingError {
            throw BundleError(BundleLayout.provenance, "is cut short or damaged: \(error.message); it may be removed")
        }
    }

    private static func names(_ contents: [String: Data], count: Int) throws -> [String] {
        guard let data = contents[BundleLayout.vocabulary] else {
            throw BundleError(
                BundleLayout.manifest,
                "does not list \(BundleLayout.vocabulary), which every bundle needs"
            )
        }
        do {
            let names = try data.withUnsafeBytes { try VocabularyFile.names(in: $0, count: count) }
            _ = try VocabularyIndex(names)
            return names
        } catch let error as VocabularyFileError {
            throw BundleError(BundleLayout.vocabulary, error.description)
        }
    }

    private static func graph(_ manifest: BundleManifest) throws -> ModelGraph {
        do {
            return try ModelGraph(manifest.architecture, itemCount: manifest.items)
        } catch {
            throw BundleError(BundleLayout.manifest, "\(error)")
        }
    }

    private static func checked(_ data: Data?, _ name: String, _ file: BundleManifest.File) throws -> Data {
        guard let data else { throw BundleError(name, "is missing; fetch the bundle again") }
        guard data.count == file.bytes else {
            throw BundleError(name, "has \(data.count) bytes, the manifest says \(file.bytes); fetch the bundle again")
        }
        let digest = SHA256.hash(data: data).hexadecimal
        guard digest == file.sha256 else {
            throw BundleError(name, "has SHA-256 \(digest), the manifest says \(file.sha256); fetch the bundle again")
        }
        return data
    }

    package static func weights(_ name: String, _ contents: [String: Data]) throws -> Weights {
        try tensors(name, contents).weights
    }

    private static func tensors(
        _ name: String,
        _ contents: [String: Data]
    ) throws -> (weights: Weights, metadata: [String: String]) {
        guard let data = contents[name] else {
            throw BundleError(BundleLayout.manifest, "does not list \(name), which this bundle needs")
        }
        do {
            return try SafeTensors.decode([UInt8](data), limits: .unlimited)
        } catch {
            throw BundleError(name, "\(error)")
        }
    }

    /// The generator's weights, compared with its encoder and the sizes that the manifest gives before any tensor is made of them.
    private static func generator(
        _ manifest: BundleManifest,
        _ graph: ModelGraph,
        _ contents: [String: Data]
    ) throws -> (weights: Weights?, encoder: Architecture?) {
        guard let sizes = manifest.generator else { return (nil, nil) }
        let (weights, metadata) = try tensors(BundleLayout.generator, contents)
        let encoder = try metadata[encoderKey].map(encoder)
        let parameters: [ModelGraph.Parameter]
        do {
            parameters = try GeneratorDescription(of: graph, encoder: encoder, sizes).parameters
        } catch {
            throw BundleError(BundleLayout.generator, "\(error)")
        }
        try check(weights, BundleLayout.generator, shapes: parameters.map { ($0.name, $0.shape) })
        return (weights, encoder)
    }

    private static func gate<Gate>(
        _ name: String,
        _ contents: [String: Data],
        _ read: (Weights) throws -> Gate
    ) throws -> Gate? {
        guard contents[name] != nil else { return nil }
        do {
            return try read(weights(name, contents))
        } catch let error as RequestGateError {
            throw BundleError(name, error.description)
        }
    }

    private static func encoder(_ text: String) throws -> Architecture {
        let architecture: Architecture
        do {
            architecture = try JSONDecoder().decode(Architecture.self, from: Data(text.utf8))
        } catch let error as DecodingError {
            throw BundleError(BundleLayout.generator, "has an encoder that cannot be read: \(error.message)")
        }
        guard BundleLimits.nodes.contains(architecture.nodes.count) else {
            throw BundleError(
                BundleLayout.generator,
                "has an encoder of \(architecture.nodes.count) nodes; it may have \(BundleLimits.nodes.lowerBound) to "
                    + "\(BundleLimits.nodes.upperBound)"
            )
        }
        return architecture
    }

    package static func check(_ weights: Weights, _ file: String, shapes: [(name: String, shape: [Int])]) throws {
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
