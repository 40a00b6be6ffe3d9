import Crypto
import Foundation
import MetaNetwork
import MetaNetworkData

extension ModelBundle {
    /// Reads and checks a bundle.
    ///
    /// - Parameter directory: The bundle's folder.
    /// - Throws: ``BundleError``, which says which file is wrong and why.
    public init(contentsOf directory: URL) throws {
        manifest = try Self.readManifest(directory)
        var contents: [String: Data] = [:]
        for (name, file) in manifest.files { contents[name] = try Self.read(name, file, in: directory) }
        provenance = try Self.provenance(of: manifest, in: directory)
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
        generatorWeights = try manifest.generator.map { _ in try Self.weights(BundleLayout.generator, contents) }
        itemNames = try Self.names(contents, count: manifest.items)
        others = contents.filter { BundleLayout.role(of: $0.key) == nil }
    }

    private static func readManifest(_ directory: URL) throws -> BundleManifest {
        let url = directory.appendingPathComponent(BundleLayout.manifest)
        guard FileManager.default.fileExists(atPath: url.path) else {
            throw BundleError(
                BundleLayout.manifest,
                "\(directory.path) is no bundle: it has no \(BundleLayout.manifest)"
            )
        }
        let data = try AtomicFile.read(url)
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
        if let provenance = manifest.provenance { return provenance }
        let url = directory.appendingPathComponent(BundleLayout.provenance)
        guard FileManager.default.fileExists(atPath: url.path) else { return BundleProvenance() }
        do {
            return try JSONDecoder().decode(BundleProvenance.self, from: try AtomicFile.read(url))
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
            return try data.withUnsafeBytes { try VocabularyFile.names(in: $0, count: count) }
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

    private static func read(_ name: String, _ file: BundleManifest.File, in directory: URL) throws -> Data {
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
            throw BundleError(BundleLayout.manifest, "does not list \(name), which this bundle needs")
        }
        do {
            return try SafeTensors.decode([UInt8](data), limits: .unlimited).weights
        } catch {
            throw BundleError(name, "\(error)")
        }
    }

    static func check(_ weights: Weights, _ file: String, shapes: [(name: String, shape: [Int])]) throws {
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
