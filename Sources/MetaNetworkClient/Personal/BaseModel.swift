import Crypto
import Foundation
import MetaNetwork
import MetaNetworkDevice
import MetaNetworkWire

/// A version of the model, checked and ready to run; its dynamic layers may be personal.
struct BaseModel: ~Copyable, Sendable {
    let manifest: BundleManifest
    /// SHA-256 of the manifest's bytes: what the version is called on disk.
    let digest: String
    let vocabulary: ItemVocabulary
    /// What the model reads and gives.
    let kind: any ModelKind
    /// Number of recent samples that the service reads; 0 where it has no generator for this version.
    let generatorWindow: Int
    let globalNorms: [String: Double]
    /// Foresees whether new weights are worth a request; `nil` where the bundle has no gate, or one that cannot be used.
    let gate: RequestGate?
    /// Foresees whether the device's answer will do; `nil` where the bundle has no switcher, or one that cannot be used.
    let switcher: Switcher?
    /// Why the bundle's gate or switcher cannot be used.
    let gateFaults: [ClientError]
    /// Why the bundle's prompt cannot be used, which the device then goes without.
    let promptFault: ClientError?
    /// Makes the dynamic layers of what the device learns; `nil` where it learns the layers themselves.
    let basis: WeightBasis?
    var device: DeviceModel

    /// Checks a bundle and prepares its model.
    ///
    /// - Throws: ``ClientError/unusable(what:reason:)``.
    init(_ contents: BundleContents, model: String, limits: Limits) throws(ClientError) {
        let manifest = try ManifestCheck(model: model, limits: limits).manifest(in: contents.manifest)
        for file in BundleFile.files(of: manifest) { try Self.check(contents[file], file, manifest) }
        let weights = try Self.weights(contents.device, .device, limits)
        let vocabulary = try ItemVocabulary(contents.vocabulary, count: manifest.items)
        var device = try Self.device(manifest, weights, limits)
        guard (manifest.outputs == nil) == device.graph.ranksItems,
            manifest.outputs.map({ $0.names.count == device.graph.outputWidth }) != false
        else {
            let reason = "it does not name the \(device.graph.outputWidth) outputs of the model, and them alone"
            throw .unusable(what: "the manifest", reason: reason)
        }
        // Without its basis a device would learn something else than its model was made for.
        basis = try Self.basis(contents[.basis], manifest, of: device.graph, limits)
        var faults: [ClientError] = []
        gate = Self.gate(.gate, contents, manifest, &faults) { [width = device.graph.sampleWidth] weights in
            try RequestGate(weights, sampleWidth: width)
        }
        switcher = Self.gate(.switcher, contents, manifest, &faults) { [graph = device.graph] weights in
            try Switcher(weights, of: graph)
        }
        gateFaults = faults
        promptFault = Self.prompt(contents[.prompt], manifest, on: &device)
        // Nothing throws from here: a value that cannot be copied is made whole or not at all.
        let layers = device.graph.dynamicLayers.map { ($0.name, weights.norm(of: $0)) }
        globalNorms = Dictionary(layers) { first, _ in first }
        digest = SHA256.hexadecimal(of: contents.manifest)
        generatorWindow = if let generator = manifest.generator { generator.window } else { 0 }
        if let outputs = manifest.outputs {
            kind = VectorKind(outputs: outputs, window: generatorWindow)
        } else {
            kind = ItemKind(vocabulary: vocabulary)
        }
        self.manifest = manifest
        self.vocabulary = vocabulary
        self.device = device
    }

    /// A gate of the bundle, which a device does without where it is that of another model.
    private static func gate<Gate>(
        _ file: BundleFile,
        _ contents: BundleContents,
        _ manifest: BundleManifest,
        _ faults: inout [ClientError],
        _ read: (Weights) throws -> Gate
    ) -> Gate? {
        guard let data = contents[file], manifest.files[file.name] != nil else { return nil }
        do {
            return try read(data.withUnsafeBytes { try SafeTensors.decode($0).weights })
        } catch {
            faults.append(.unusable(what: file.name, reason: "\(error)"))
            return nil
        }
    }

    /// Puts the bundle's prompt before the model.
    ///
    /// - Returns: Why that cannot be done: it is of another shape.
    private static func prompt(
        _ data: Data?,
        _ manifest: BundleManifest,
        on device: inout DeviceModel
    ) -> ClientError? {
        guard let data, manifest.files[BundleLayout.prompt] != nil else { return nil }
        do {
            let weights = try data.withUnsafeBytes { try SafeTensors.decode($0).weights }
            try device.usePrompt(InputPrompt.values(in: weights, of: device.graph))
            return nil
        } catch {
            return .unusable(what: BundleLayout.prompt, reason: "\(error)")
        }
    }

    /// The basis of the bundle; `nil` where it has none.
    private static func basis(
        _ data: Data?,
        _ manifest: BundleManifest,
        of graph: ModelGraph,
        _ limits: Limits
    ) throws(ClientError) -> WeightBasis? {
        guard let data, manifest.files[BundleLayout.basis] != nil else { return nil }
        let weights = try weights(data, .basis, limits)
        do { return try WeightBasis(weights, of: graph) } catch {
            throw .unusable(what: BundleLayout.basis, reason: error.description)
        }
    }

    private static func weights(_ data: Data, _ file: BundleFile, _ limits: Limits) throws(ClientError) -> Weights {
        do {
            var bounds = SafeTensorsLimits.default
            bounds.totalBytes = file.limit(limits)
            return try data.withUnsafeBytes { try SafeTensors.decode($0, limits: bounds).weights }
        } catch {
            throw .unusable(what: file.name, reason: "\(error)")
        }
    }

    private static func device(
        _ manifest: BundleManifest,
        _ weights: Weights,
        _ limits: Limits
    ) throws(ClientError) -> DeviceModel {
        do {
            return try DeviceModel(
                manifest.architecture,
                itemCount: manifest.items,
                weights: weights,
                memoryLimit: limits.memoryBytes
            )
        } catch {
            throw .unusable(what: "the model", reason: error.description)
        }
    }

    /// Checks a file's size and digest.
    static func check(_ data: Data?, _ file: BundleFile, _ manifest: BundleManifest) throws(ClientError) {
        let entry = try file.entry(in: manifest)
        guard let data else { throw .unusable(what: file.name, reason: "it is missing") }
        guard data.count == entry.bytes else {
            let reason = "it has \(data.count) bytes, the manifest says \(entry.bytes)"
            throw .untrusted(what: file.name, reason: reason)
        }
        guard SHA256.hexadecimal(of: data) == entry.sha256 else {
            throw .untrusted(what: file.name, reason: "its digest is not the manifest's")
        }
    }

    /// What the model makes of a sample: its index, or 1 and what stands for a vector; 0 where it does not know it.
    mutating func meaning(of event: SampleEvents.Event) -> RecentSamples.Meaning { kind.meaning(of: event, &device) }

    /// Why nobody can say how unsure the model is of an input; `nil` where the device can.
    var uncertaintyFault: String? { kind.uncertaintyFault(device) }

    /// What stands for each of some samples: its item's row of the table, or what the model made of the vector.
    func embeddings(of samples: [RecentSamples.Known]) -> [[Float]] { kind.embeddings(of: samples, device) }

    /// Mean of some samples' embeddings; `nil` where there are none.
    static func mean(_ embeddings: [[Float]]) -> [Float]? {
        var sum: [Float] = []
        var count: Float = 0
        for row in embeddings {
            if sum.isEmpty { sum = row } else { for index in sum.indices { sum[index] += row[index] } }
            count += 1
        }
        return sum.isEmpty ? nil : sum.map { $0 / count }
    }
}
