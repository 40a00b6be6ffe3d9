import MetaNetwork

/// Why a head encoder does not fit a device model or a generator's sizes; the message says what does.
package struct EncoderMisfit: Error, Sendable, Equatable, CustomStringConvertible {
    package let description: String

    init(_ description: String) { self.description = description }
}

extension Architecture {
    /// A shipped encoder of a generator's sizes, for the samples of a device model.
    ///
    /// - Parameters:
    ///   - encoder: Which one; `nil` takes `gru` for items and `set` for vectors.
    ///   - device: The device model.
    ///   - window: Samples that are read at most.
    ///   - width: Width of the result.
    package static func encoder(
        _ encoder: ShippedEncoder?,
        of device: ModelGraph,
        window: Int,
        width: Int
    ) throws(EncoderMisfit) -> Architecture {
        let shipped: ShippedEncoder = encoder ?? (device.ranksItems ? .gru : .set)
        var options = EncoderOptions()
        (options.width, options.window) = (width, window)
        if let table = device.historyTable { options.table = (table.parameter.layer, table.width) }
        if shipped == .gru, device.ranksItems, device.historyTable == nil {
            throw EncoderMisfit("the architecture embeds no history, so there is nothing to generate from")
        }
        options.sampleWidth = device.sampleWidth
        return .encoder(shipped, options)
    }
}

/// A device model and the head encoder of its generator.
extension ModelGraph {
    /// The graph of a head encoder for this device model.
    ///
    /// - Parameters:
    ///   - encoder: What describes it.
    ///   - window: Samples that the generator reads at most.
    ///   - width: Values that it reads of the encoder.
    /// - Throws: ``EncoderMisfit`` where it does not fit; `ArchitectureError` where it is wrong in itself.
    package func encoderGraph(_ encoder: Architecture, window: Int, width: Int) throws -> ModelGraph {
        let (name, model) = ("the encoder '\(encoder.name)'", "'\(architecture.name)'")
        let readsVectors = encoder.inputs.contains { $0.kind == .vectors }
        guard readsVectors != ranksItems else {
            throw EncoderMisfit(
                "\(name) reads \(readsVectors ? "vectors" : "items"), the samples of \(model) are "
                    + (ranksItems
                        ? "items: use gru, attention, transformer, or one of your own"
                        : "vectors: use set, set-spread, or one of your own")
            )
        }
        let graph = try ModelGraph(encoder: encoder, itemCount: itemCount)
        guard graph.window == window else {
            throw EncoderMisfit(
                "\(name) reads \(graph.window) samples, the generator \(window): give --generator-window \(graph.window)"
            )
        }
        guard graph.outputWidth == width else {
            throw EncoderMisfit(
                "\(name) gives \(graph.outputWidth) values, the generator reads \(width): give --generator-width \(graph.outputWidth)"
            )
        }
        if let shape = graph.onlyShape, shape.width != sampleWidth {
            throw EncoderMisfit(
                "\(name) reads samples of \(shape.width) values, those of \(model) have \(sampleWidth): give its input the width "
                    + "\(sampleWidth)"
            )
        }
        if let shared = historyTable, let other = graph.width(ofTable: shared.parameter), other != shared.width {
            throw EncoderMisfit(
                "\(name) reads the table '\(shared.parameter.layer)', which is the device model's, with width \(other), and it has "
                    + "\(shared.width): give that, or the name of a table of the encoder's own"
            )
        }
        return graph
    }

    /// This device model's table of items, where an encoder reads it.
    package func tableShared(withEncoder encoder: ModelGraph) -> ParameterName? {
        guard let table = historyTable?.parameter else { return nil }
        return encoder.parameters.contains { $0.id == table } ? table : nil
    }

    /// The tensors of an encoder that are not this device model's.
    package func ownParameters(ofEncoder encoder: ModelGraph) -> [Parameter] {
        let shared = tableShared(withEncoder: encoder)
        return encoder.parameters.filter { $0.id != shared }
    }

    /// Why samples of items cannot come to an encoder as embeddings; `nil` where they can.
    package func embeddingsFault(ofEncoder encoder: ModelGraph) -> String? {
        guard ranksItems, let table = ownParameters(ofEncoder: encoder).first(where: \.isTable)?.id.layer else {
            return nil
        }
        return
            "the encoder '\(encoder.architecture.name)' reads items by a table of its own, '\(table)', which no device has"
    }

    /// Width of a table that an embedding reads; `nil` where none does.
    private func width(ofTable table: ParameterName) -> Int? {
        parameters.first { $0.isTable && $0.id == table }?.shape[1]
    }
}
