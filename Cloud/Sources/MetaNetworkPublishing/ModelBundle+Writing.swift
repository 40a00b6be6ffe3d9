import Crypto
import Foundation
import MetaNetwork
import MetaNetworkBundles
import MetaNetworkData
import MetaNetworkDevice
import MetaNetworkModels
import MetaNetworkTraining

extension ModelBundle {
    /// Writes a trained model as a bundle, aside and renamed; a bundle that is there already is replaced.
    ///
    /// - Parameters:
    ///   - trained: The model.
    ///   - name: Name of the model.
    ///   - task: What it learned.
    ///   - metrics: What it was measured to do, by set and metric.
    ///   - settings: The settings as the user gave them, by name; the digest of the data is added.
    ///   - gate: The tensors of a `RequestGate`; `nil` for a bundle without one.
    ///   - switcher: The tensors of a `Switcher`; `nil` for a bundle without one.
    ///   - prompt: What is added to every input of a model over vectors, in the input's order; `nil` for a bundle without one.
    ///   - others: Further files by name, with their roles.
    ///   - directory: Where the bundle goes; its parent is made.
    /// - Returns: The manifest.
    /// - Throws: ``FileError``, ``BundleError`` where the folder holds something else, or where the prompt
    ///   is none of this model.
    @discardableResult
    public static func write(
        _ trained: TrainedModel,
        name: String,
        task: some LearningTask,
        metrics: [String: [String: Double]],
        settings: [String: String],
        gate: Weights? = nil,
        switcher: Weights? = nil,
        prompt: [Float]? = nil,
        others: [String: (role: BundleRole, data: Data)] = [:],
        to directory: URL
    ) throws -> BundleManifest {
        if let form = trained.configuration.generator?.form, !form.isForDevices {
            throw ModelError.unsuitable(
                "a generator of the form '\(form.rawValue)' is a baseline that no device can run; publish another"
            )
        }
        guard trained.configuration.generator?.isBlind != true else {
            throw ModelError.unsuitable(
                "a blind generator is a control that reads nothing; publish one that reads samples"
            )
        }
        let names = task.itemNames
        var contents = others.mapValues(\.data)
        contents[BundleLayout.device] = Data(try SafeTensors.encode(trained.deviceWeights(task)))
        contents[BundleLayout.vocabulary] = Data(VocabularyFile.bytes((0..<names.count).lazy.map { names[$0] }))
        if let gate {
            _ = try RequestGate(gate, sampleWidth: trained.model.network.graph.sampleWidth)
            contents[BundleLayout.gate] = Data(try SafeTensors.encode(gate))
        }
        if let switcher {
            _ = try Switcher(switcher, of: trained.model.network.graph)
            contents[BundleLayout.switcher] = Data(try SafeTensors.encode(switcher))
        }
        if let prompt { contents[BundleLayout.prompt] = try promptFile(prompt, of: trained.model.network.graph) }
        // A basis goes to devices; nothing is left to be asked for.
        let hasCodes = trained.model.generator?.configuration.form.hasCodes == true
        if hasCodes { contents[BundleLayout.basis] = Data(try SafeTensors.encode(trained.basis())) }
        let generator = hasCodes ? nil : trained.model.generator
        if let generator {
            let folded = try generator.folded(global: trained.model.network.parameters)
            let metadata = try encoderMetadata(generator, of: trained.model.network.graph)
            contents[BundleLayout.generator] = Data(try SafeTensors.encode(folded.weights, metadata: metadata))
        }
        let description = BundleManifest(
            name: name,
            architecture: trained.model.network.graph.architecture,
            items: names.count,
            outputs: task.outputs,
            generator: try generator.map {
                BundleManifest.Generator(
                    form: $0.configuration.form.rawValue,
                    window: $0.configuration.window,
                    width: $0.configuration.width,
                    rank: $0.configuration.rank,
                    helps: try task.help(of: trained)
                )
            },
            files: described(contents) { others[$0]?.role }
        )
        let (manifest, bytes) = try sealed(description)
        contents[BundleLayout.manifest] = bytes
        let facts = settings.merging([dataDigest: task.dataDigest]) { $1 }
        let provenance = BundleProvenance(metrics: metrics, training: facts)
        contents[BundleLayout.provenance] = try json.encode(provenance)
        contents[BundleLayout.card] = Data(ModelCard(manifest, provenance, of: trained.model.network.graph).text.utf8)
        try BundleFolder.replace(directory, with: contents)
        return manifest
    }

    /// The description of an encoder that somebody chose; nothing of the one that a generator has otherwise.
    private static func encoderMetadata(_ generator: MetaGenerator, of graph: ModelGraph) throws -> [String: String] {
        guard let encoder = generator.encoder, try !generator.configuration.hasAutomaticEncoder(of: graph) else {
            return [:]
        }
        let compact = JSONEncoder()
        compact.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return [encoderKey: String(decoding: try compact.encode(encoder.graph.architecture), as: UTF8.self)]
    }
}
