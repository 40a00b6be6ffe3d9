import Foundation
import MetaNetwork
import MetaNetworkData
import MetaNetworkGenerators

extension ModelBundle {
    /// Key of the version that items were added to, among the settings of the provenance.
    public static let itemsAddedTo = "items-added-to"

    /// The tables of items, with the widths of their rows.
    ///
    /// - Throws: `EncoderMisfit` or `ArchitectureError` where the generator is none of the model's.
    package var itemTables: [ContentProjection.Table: Int] {
        get throws {
            let graph = try ModelGraph(manifest.architecture, itemCount: manifest.items)
            return ContentProjection.tables(
                device: graph.itemTables,
                generator: try generatorDescription()?.itemTables ?? [:]
            )
        }
    }

    /// What makes rows of content vectors; `nil` where the bundle was trained without.
    ///
    /// - Throws: ``BundleError`` where its file is damaged.
    package func contentProjection() throws -> ContentProjection? {
        guard let name = manifest.files.first(where: { $0.value.role == ContentProjection.role })?.key else {
            return nil
        }
        return try ContentProjection(Self.weights(name, others), of: itemTables)
    }

    /// A bundle with further items, whose rows follow from their content alone, and otherwise the files of this one.
    ///
    /// Trained items keep their indices and rows, so personal weights and what devices recorded keep their meaning. Only the files that have
    /// a row for each item change: weights, vocabulary, and the generator where its encoder has a table of its own.
    ///
    /// - Parameters:
    ///   - files: The files of a bundle by name, the manifest among them.
    ///   - vectors: Content of items; those that the bundle has already are passed over.
    /// - Returns: The manifest, the files by name, and the number of items that were added.
    /// - Throws: ``BundleError`` where the files are no bundle, it was trained without content, the vectors have another width, or there is
    ///   no new item.
    public static func adding(
        _ vectors: ItemVectors,
        to files: [String: Data]
    ) throws -> (manifest: BundleManifest, files: [String: Data], added: Int) {
        let bundle = try ModelBundle(files: files)
        guard let projection = try bundle.contentProjection() else {
            throw BundleError(
                BundleLayout.manifest,
                "lists no file of the role \(ContentProjection.role.rawValue), so nothing makes rows of vectors; train with --item-vectors"
            )
        }
        guard vectors.width == projection.width else {
            throw BundleError(
                ContentProjection.file,
                "reads vectors of \(projection.width) values, these have \(vectors.width); make them as those of training were made"
            )
        }
        let known = Vocabulary(bundle.itemNames)
        let fresh = (0..<vectors.items.count).filter { known.index(of: vectors.items[$0]) == nil }
        guard !fresh.isEmpty else {
            throw BundleError(
                BundleLayout.vocabulary,
                "has all of these \(vectors.items.count) items; give vectors of new ones"
            )
        }
        return try bundle.added(fresh.map { (vectors.items[$0], vectors.vector($0)) }, projection, files)
    }

    /// Weights with the metadata of a file, and in its precision: in half precision the rows that were there stay to the bit, in eight
    /// bits a column with a larger value than before is rounded anew.
    private static func encoded(_ weights: Weights, as file: Data?) throws -> Data {
        guard let file else { preconditionFailure("a bundle has the files of its weights") }
        let metadata = try SafeTensors.decode([UInt8](file), limits: .unlimited).metadata
        let type = try SafeTensors.elementType(of: file)
        do {
            return Data(try SafeTensors.encode(weights, metadata: metadata, as: type))
        } catch {
            throw BundleError(
                ContentProjection.file,
                "makes rows that the precision of these weights (\(type.rawValue)) cannot hold: \(error); add items to the bundle as it was "
                    + "trained, and publish that one with another --base-precision"
            )
        }
    }

    private func added(
        _ items: [(id: String, vector: ArraySlice<Float>)],
        _ projection: ContentProjection,
        _ files: [String: Data]
    ) throws -> (manifest: BundleManifest, files: [String: Data], added: Int) {
        // A model as ONNX has a table of the items that there were.
        var contents = files.filter { manifest.files[$0.key] != nil && $0.key != BundleLayout.onnx }
        let rows = items.map(\.vector)
        contents[BundleLayout.device] = try Self.encoded(
            projection.appending(rows, of: .device, to: deviceWeights),
            as: files[BundleLayout.device]
        )
        if let generatorWeights, let file = files[BundleLayout.generator],
            projection.tables.keys.contains(where: { $0.owner == .generator })
        {
            contents[BundleLayout.generator] = try Self.encoded(
                projection.appending(rows, of: .generator, to: generatorWeights),
                as: file
            )
        }
        contents[BundleLayout.vocabulary] = Data(VocabularyFile.bytes(itemNames + items.map(\.id)))
        let roles = manifest.files.mapValues(\.role)
        let (sealed, bytes) = try Self.sealed(
            BundleManifest(
                name: manifest.name,
                architecture: manifest.architecture,
                items: manifest.items + items.count,
                outputs: manifest.outputs,
                generator: manifest.generator,
                files: Self.described(contents) { roles[$0] ?? nil }
            )
        )
        contents[BundleLayout.manifest] = bytes
        var provenance = provenance
        provenance.training[Self.itemsAddedTo] = manifest.version
        contents[BundleLayout.provenance] = try Self.json.encode(provenance)
        let graph = try ModelGraph(sealed.architecture, itemCount: sealed.items)
        contents[BundleLayout.card] = Data(ModelCard(sealed, provenance, of: graph).text.utf8)
        return (sealed, contents, items.count)
    }
}

extension ContentProjection {
    /// Tables of a device model and of a generator, by owner.
    package static func tables(device: [String: Int], generator: [String: Int]) -> [Table: Int] {
        let all =
            device.map { (Table(.device, $0.key), $0.value) } + generator.map { (Table(.generator, $0.key), $0.value) }
        return Dictionary(uniqueKeysWithValues: all)
    }

    /// An owner's weights with a row more in each of its tables for each of some vectors.
    func appending(_ vectors: [ArraySlice<Float>], of owner: Owner, to weights: Weights) throws -> Weights {
        var weights = weights
        for (table, map) in tables where table.owner == owner {
            guard let old = weights[table.name] else { preconditionFailure("a bundle has the tables of its model") }
            let rows = vectors.flatMap { map.row($0) }
            guard rows.allSatisfy(\.isFinite) else {
                throw BundleError(
                    Self.file,
                    "makes rows of these vectors that are not finite; their values are too large"
                )
            }
            weights[table.name] = try WeightTensor(
                shape: [old.shape[0] + vectors.count, old.shape[1]],
                values: old.values + rows
            )
        }
        return weights
    }
}
