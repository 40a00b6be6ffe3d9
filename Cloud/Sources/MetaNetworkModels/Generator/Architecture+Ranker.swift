import MetaNetwork
import MetaNetworkGenerators

extension Architecture {
    /// A model that scores items by the inner product of z and their rows of a table of the encoder's own: an encoder as a ranker of its
    /// own, which a generator of the form ``GeneratorConfiguration/Form/cloud`` makes of it. Where the table is not as wide as z, a
    /// dense layer leads from one to the other.
    ///
    /// The table is the first that the encoder reads. It is named as there, so that the two share it.
    ///
    /// - Parameters:
    ///   - encoder: The encoder.
    ///   - device: The device model, whose own table cannot be trained apart from it.
    /// - Throws: ``ModelError/unsuitable(_:)`` where the encoder has no table of its own.
    package static func ranker(of encoder: ModelGraph, beside device: ModelGraph) throws -> Architecture {
        guard let table = device.ownParameters(ofEncoder: encoder).first(where: \.isTable) else {
            throw ModelError.unsuitable(
                "the encoder '\(encoder.architecture.name)' has no table of items of its own to rank with: use attention, transformer, or "
                    + "one of your own whose embedding names another table than the device model's"
            )
        }
        let (name, width, isProjected) = (table.id.layer, table.shape[1], table.shape[1] != encoder.outputWidth)
        var nodes = [
            Node("read", .embedding(table: name, width: width), "history"),
            Node("z", .personal(width: encoder.outputWidth)),
            Node("target", .embedding(table: name, width: width), "candidate"),
        ]
        if isProjected { nodes.append(Node("user", .dense(units: width), "z")) }
        nodes.append(Node("score", .dot, isProjected ? "user" : "z", "target"))
        return Architecture(
            name: encoder.architecture.name,
            inputs: [Input(name: "history", kind: .items, length: 1), Input(name: "candidate", kind: .item)],
            nodes: nodes,
            output: "score"
        )
    }
}
