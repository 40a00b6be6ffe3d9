import MetaNetwork

/// The head encoders that ship; docs/method.md says when which one is worth its cost.
extension Architecture {
    /// Sizes of a shipped encoder.
    package struct EncoderOptions: Sendable {
        /// Width `h` of the result and of what leads to it; `heads` divides it.
        package var width = 32
        /// Samples that are read at most.
        package var window = 50
        /// The device model's table of items, which ``ShippedEncoder/gru`` reads.
        package var table = (name: "items", width: 32)
        /// Elements of a sample that is a vector.
        package var sampleWidth = 1
        /// Heads of attention layers.
        package var heads = 2
        /// Share of elements that training takes at random, after the embedding and after each layer of attention.
        package var dropout = 0.2

        package init() {}

        /// A table of the encoder's own: the device model has none of its name.
        var ownTable: String { table.name == Architecture.samples ? "encoder items" : Architecture.samples }
    }

    /// A shipped encoder.
    package static func encoder(_ encoder: ShippedEncoder, _ options: EncoderOptions = EncoderOptions()) -> Architecture
    {
        switch encoder {
        case .gru: gruEncoder(options)
        case .attention: attentionEncoder(options)
        case .transformer: transformerEncoder(options)
        case .set: setEncoder(encoder.rawValue, options, [Node("state", .mean, "encoder.second")])
        case .setSpread:
            setEncoder(
                encoder.rawValue,
                options,
                [
                    Node("mean", .mean, "encoder.second"), Node("spread", .spread, "encoder.second"),
                    Node("state", .concatenate, "mean", "spread"),
                ]
            )
        }
    }

    /// The names of these two and of the block are those that tensors had before encoders were graphs.
    private static func gruEncoder(_ options: EncoderOptions) -> Architecture {
        itemEncoder(
            .gru,
            options,
            [
                Node("sample items", .embedding(table: options.table.name, width: options.table.width), samples),
                Node("encoder", .gru(units: options.width), "sample items"), Node("state", .last, "encoder"),
            ] + block("state", options.width)
        )
    }

    private static func setEncoder(_ name: String, _ options: EncoderOptions, _ joining: [Node]) -> Architecture {
        let input = Input.vectors(samples, length: options.window, width: options.sampleWidth)
        let nodes =
            [
                Node("encoder.first", .dense(units: options.width, activation: .tanh), samples),
                Node("encoder.second", .dense(units: options.width, activation: .tanh), "encoder.first"),
            ] + joining + block("state", options.width)
        return Architecture(name: name, inputs: [input], nodes: nodes, output: "block.second")
    }

    private static func block(_ source: String, _ width: Int) -> [Node] {
        [
            Node("block.first", .dense(units: width, activation: .tanh), source),
            Node("block.second", .dense(units: width), "block.first"),
        ]
    }

    private static func attentionEncoder(_ options: EncoderOptions) -> Architecture {
        itemEncoder(
            .attention,
            options,
            embedded(options) + attended("", "placed kept", options) + [
                Node("recent", .last, "sum"), Node("encoded", .layerNorm(), "recent"),
            ]
        )
    }

    /// Layers that normalize before attention and feed-forward part, as today's implementations of SASRec (Kang and McAuley 2018)
    /// train them. Of the last one the feed-forward part is computed only where a result is asked for.
    private static func transformerEncoder(_ options: EncoderOptions) -> Architecture {
        itemEncoder(
            .transformer,
            options,
            embedded(options) + attended("first ", "placed kept", options)
                + fed("first ", "first sum", options) + attended("second ", "first block", options)
                + [Node("recent", .last, "second sum")] + fed("second ", "recent", options)
                + [Node("encoded", .layerNorm(), "second block")]
        )
    }

    private static func embedded(_ options: EncoderOptions) -> [Node] {
        [
            Node("sample items", .embedding(table: options.ownTable, width: options.width), samples),
            Node("placed", .order, "sample items"), Node("placed kept", .dropout(rate: options.dropout), "placed"),
        ]
    }

    private static func attended(_ name: String, _ source: String, _ options: EncoderOptions) -> [Node] {
        [
            Node("\(name)norm", .layerNorm(), source),
            Node("\(name)attention", .selfAttention(heads: options.heads), "\(name)norm"),
            Node("\(name)attention kept", .dropout(rate: options.dropout), "\(name)attention"),
            Node("\(name)sum", .add, source, "\(name)attention kept"),
        ]
    }

    private static func fed(_ name: String, _ source: String, _ options: EncoderOptions) -> [Node] {
        [
            Node("\(name)inner norm", .layerNorm(), source),
            Node("\(name)inner", .dense(units: 4 * options.width, activation: .relu), "\(name)inner norm"),
            Node("\(name)outer", .dense(units: options.width), "\(name)inner"),
            Node("\(name)outer kept", .dropout(rate: options.dropout), "\(name)outer"),
            Node("\(name)block", .add, source, "\(name)outer kept"),
        ]
    }

    private static func itemEncoder(_ name: ShippedEncoder, _ options: EncoderOptions, _ nodes: [Node]) -> Architecture
    {
        let input = Input(name: samples, kind: .items, length: options.window)
        return Architecture(name: name.rawValue, inputs: [input], nodes: nodes, output: nodes[nodes.count - 1].name)
    }
}
