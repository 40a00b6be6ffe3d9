import Foundation
import MetaNetwork
import MetaNetworkBundles
import MetaNetworkData
import MetaNetworkModels

/// A bundle as two ONNX models, for teams that run another runtime.
///
/// The device model takes its dynamic weights as inputs, named as in the bundle; the generator gives them under the same names.
///
/// ```swift
/// let files = try ONNXExport(ModelBundle(contentsOf: folder)).write(to: URL(fileURLWithPath: "movies.onnx"))
/// ```
public struct ONNXExport {
    /// The device model; without dynamic weights it is the base model.
    public let device: ONNXModel
    /// The generator; `nil` where the bundle has none.
    public let generator: ONNXModel?

    /// A file that was written.
    public struct File: Sendable, Encodable {
        /// What is in it.
        public let part: Part
        /// Where it is.
        public let path: String
        /// Its size.
        public let bytes: Int
        /// What the model reads.
        public let inputs: [ONNXModel.Value]
        /// What the model gives.
        public let outputs: [ONNXModel.Value]
    }

    /// What a file holds.
    public enum Part: String, Sendable, Encodable {
        case device, generator
    }

    /// Makes the models of a bundle.
    ///
    /// - Throws: ``BundleError`` where the generator's tensors do not fit.
    public init(_ bundle: ModelBundle) throws {
        let manifest = bundle.manifest
        let graph = try ModelGraph(manifest.architecture, itemCount: manifest.items)
        var writer = DeviceGraphWriter(graph, bundle.deviceWeights, prompt: bundle.prompt)
        device = try writer.model(name: manifest.name, metadata: Self.metadata(.device, manifest))
        guard let configuration = ModelBundle.generatorConfiguration(manifest, bundle.encoder),
            let weights = bundle.generatorWeights
        else {
            generator = nil
            return
        }
        // Reading a bundle leaves the generator's shapes to whoever loads it.
        _ = try bundle.trainedModel()
        var generatorWriter = try GeneratorGraphWriter(
            graph,
            encoder: configuration.encoderGraph(of: graph),
            device: bundle.deviceWeights,
            generator: weights
        )
        generator = try generatorWriter.model(name: manifest.name, metadata: Self.metadata(.generator, manifest))
    }

    /// Writes the files, each aside and renamed: a reader sees all of a file or none.
    ///
    /// - Parameter url: Where the device model goes; its folder is made. The generator goes to ``generatorURL(beside:)``.
    /// - Throws: ``ExportError`` where a file would be too large, and then none is written; ``FileError``.
    public func write(to url: URL) throws -> [File] {
        var files = [(Part.device, device, url, try device.encoded())]
        if let generator {
            files.append((.generator, generator, Self.generatorURL(beside: url), try generator.encoded()))
        }
        return try files.map { part, model, url, data in
            try AtomicFile.write(data, to: url)
            return File(
                part: part,
                path: url.path,
                bytes: data.count,
                inputs: model.inputs,
                outputs: model.outputs
            )
        }
    }

    /// `movies.generator.onnx` for `movies.onnx`.
    public static func generatorURL(beside url: URL) -> URL {
        let end = url.pathExtension
        let generator = url.deletingPathExtension().appendingPathExtension("generator")
        return end.isEmpty ? generator : generator.appendingPathExtension(end)
    }

    /// What the files say of themselves.
    private static func metadata(_ part: Part, _ manifest: BundleManifest) throws -> [String: String] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var metadata = ["model": manifest.name, "version": manifest.version, "part": part.rawValue]
        guard part == .device else { return metadata }
        metadata["architecture"] = String(decoding: try encoder.encode(manifest.architecture), as: UTF8.self)
        if let outputs = manifest.outputs {
            metadata["outputs"] = String(decoding: try encoder.encode(outputs), as: UTF8.self)
        }
        return metadata
    }
}
