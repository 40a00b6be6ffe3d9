import MetaNetwork
import MetaNetworkGenerators
import Torch

/// What is uploaded for weights, and what is made of it, as plain numbers: for whoever asks what they tell.
extension JointModel {
    /// The dynamic weights that are made of what the generator reads.
    ///
    /// - Parameters:
    ///   - z: One vector after the other.
    ///   - count: How many they are.
    /// - Returns: As many values for each, one vector's after the other's.
    /// - Throws: ``ModelError/unsuitable(_:)`` where the model has no generator that is served; `TorchError`.
    package func dynamicWeights(of z: [Float], count: Int) throws -> [Float] {
        let generator = try parameterGenerator()
        return try withoutGradients { try generator.values(Tensor(z, shape: [count, z.count / count])) }
    }

    /// What a device uploads in place of each item's id, by index less one; `nil` where it cannot.
    ///
    /// - Throws: `TorchError`.
    package func uploadedEmbeddings() throws -> [[Float]]? {
        // Row 0 is padding.
        try uploadedTable().map { Array(try $0.rows().dropFirst()) }
    }

    /// What the generator reads of devices that upload embeddings with noise, [spans, h].
    ///
    /// - Parameters:
    ///   - items: By index.
    ///   - spans: For each device where its samples are among the items; at least one, of which the latest are uploaded.
    ///   - noise: What devices do to each embedding.
    /// - Throws: `TorchError`.
    /// - Precondition: Items can be uploaded as embeddings; see ``uploadedEmbeddings()``.
    package func encoded(_ items: [Int32], spans: [Range<Int>], noise: UploadNoise) throws -> Tensor {
        guard let generator, let encoder = generator.encoder, let table = try uploadedTable() else {
            preconditionFailure("items that cannot be uploaded as embeddings have no noise")
        }
        let uploads = spans.map { items[$0].suffix(generator.configuration.window) }
        let steps = uploads.map(\.count).max() ?? 0
        let places = uploads.flatMap { upload in
            upload.map(Int64.init) + [Int64](repeating: 0, count: steps - upload.count)
        }
        let rows = try table.rows(Tensor(indices: places, shape: [places.count]))
        return try encoder.encode(embedded: noise.applied(to: rows), lengths: uploads.map(\.count))
    }

    /// The rows that are uploaded in place of ids, [items + 1, d].
    private func uploadedTable() throws -> Tensor? {
        guard let encoder = generator?.encoder, encoder.embeddingsFault == nil,
            let table = network.graph.tableShared(withEncoder: encoder.graph)
        else { return nil }
        return try network.parameters[table]
    }
}
