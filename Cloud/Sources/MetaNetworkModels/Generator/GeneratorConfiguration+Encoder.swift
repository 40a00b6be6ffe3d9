import MetaNetwork

extension GeneratorConfiguration {
    /// The head encoder's graph for a device model.
    ///
    /// - Parameter device: The device model, whose samples are read.
    /// - Throws: ``ModelError/unsuitable(_:)`` where it does not fit the model or the generator's sizes, with what does;
    ///   `ArchitectureError` where it is wrong in itself.
    package func encoderGraph(of device: ModelGraph) throws -> ModelGraph {
        let architecture = try encoderArchitecture(of: device)
        let (name, model) = ("the encoder '\(architecture.name)'", "'\(device.architecture.name)'")
        let readsVectors = architecture.inputs.contains { $0.kind == .vectors }
        guard readsVectors != device.ranksItems else {
            throw ModelError.unsuitable(
                "\(name) reads \(readsVectors ? "vectors" : "items"), the samples of \(model) are "
                    + (device.ranksItems
                        ? "items: use gru, attention, transformer, or one of your own"
                        : "vectors: use set, set-spread, or one of your own")
            )
        }
        let graph = try ModelGraph(encoder: architecture, itemCount: device.itemCount)
        guard graph.window == window else {
            throw ModelError.unsuitable(
                "\(name) reads \(graph.window) samples, the generator \(window): give --generator-window \(graph.window)"
            )
        }
        guard graph.outputWidth == width else {
            throw ModelError.unsuitable(
                "\(name) gives \(graph.outputWidth) values, the generator reads \(width): give --generator-width \(graph.outputWidth)"
            )
        }
        if let shape = graph.onlyShape, shape.width != device.sampleWidth {
            throw ModelError.unsuitable(
                "\(name) reads samples of \(shape.width) values, those of \(model) have \(device.sampleWidth): give its input the width "
                    + "\(device.sampleWidth)"
            )
        }
        if let shared = device.historyTable, let other = graph.width(ofTable: shared.parameter), other != shared.width {
            throw ModelError.unsuitable(
                "\(name) reads the table '\(shared.parameter.layer)', which is the device model's, with width \(other), and it has "
                    + "\(shared.width): give that, or the name of a table of the encoder's own"
            )
        }
        return graph
    }

    /// What describes the encoder: a file's contents, or a shipped one of the generator's sizes.
    private func encoderArchitecture(of device: ModelGraph) throws -> Architecture {
        if let architecture = encoder.architecture { return architecture }
        let automatic: ShippedEncoder = device.ranksItems ? .gru : .set
        guard let shipped = encoder == .automatic ? automatic : ShippedEncoder(rawValue: encoder.name) else {
            throw ModelError.unsuitable(
                "the encoder '\(encoder.name)' is not known; use one of "
                    + ShippedEncoder.allCases.map(\.rawValue).joined(separator: ", ")
            )
        }
        var options = Architecture.EncoderOptions()
        (options.width, options.window) = (width, window)
        if let table = device.historyTable { options.table = (table.parameter.layer, table.width) }
        if shipped == .gru, device.ranksItems, device.historyTable == nil {
            throw ModelError.unsuitable("the architecture embeds no history, so there is nothing to generate from")
        }
        options.sampleWidth = device.sampleWidth
        return .encoder(shipped, options)
    }

    /// Whether the encoder is the one that a generator has where nobody chose one.
    package func hasAutomaticEncoder(of device: ModelGraph) throws -> Bool {
        var automatic = self
        automatic.encoder = .automatic
        return try encoderGraph(of: device) == automatic.encoderGraph(of: device)
    }
}

extension ModelGraph {
    /// Width of a table that an embedding reads; `nil` where none does.
    fileprivate func width(ofTable table: ParameterName) -> Int? {
        parameters.first { $0.isTable && $0.id == table }?.shape[1]
    }
}
