/// The device models that ship with the library; `docs/method.md` draws them.
///
/// The rankers end alike: what they make of the history goes through a dynamic dense-tanh-dense correction that is added to it,
/// and the score is its inner product with the candidate's row of a table.
extension Architecture {
    /// What the shipped rankers have in common.
    public struct RankerOptions: Sendable, Equatable {
        /// Width `d` of embeddings and layers.
        public var width: Int
        /// Device window, in interactions.
        public var window: Int
        /// Share of elements that training takes at random, after the history's embedding and after each layer.
        public var dropout: Double
        /// Where the candidate's row comes from.
        public var output: OutputTable
        /// Whether each item has a bias of its own, which is added to its score.
        public var itemBias: Bool

        /// Creates options.
        public init(
            width: Int = 32,
            window: Int = 10,
            dropout: Double = 0.2,
            output: OutputTable = .tied,
            itemBias: Bool = false
        ) {
            (self.width, self.window, self.dropout, self.output, self.itemBias) = (
                width, window, dropout, output, itemBias
            )
        }
    }

    /// The table that candidates are scored with.
    public enum OutputTable: String, Codable, Sendable, CaseIterable {
        /// The one that the history is read with.
        case tied
        /// One of its own: twice the memory.
        case free
    }

    /// The most recent items, each with a learned weight of its age: the sum of their embeddings. No layer but the correction.
    public static func bag(_ options: RankerOptions = RankerOptions()) -> Architecture {
        ranker(
            "bag",
            options,
            [
                Node("history items", .embedding(table: "items", width: options.width), "history"),
                Node("encoded", .weightedSum, "history items"),
            ]
        )
    }

    /// SASRec (Kang and McAuley 2018) with one layer, normalized before attention and feed-forward part, as today's
    /// implementations train it; the score is an inner product with the item's own embedding.
    ///
    /// Only the last position is computed, as nothing else of a one-layer encoder is used.
    ///
    /// - Parameters:
    ///   - options: Sizes; `heads` divides the width.
    ///   - heads: Attention heads.
    public static func sasrec(_ options: RankerOptions = RankerOptions(), heads: Int = 2) -> Architecture {
        let width = options.width
        return ranker(
            "sasrec",
            options,
            [
                Node("history items", .embedding(table: "items", width: width), "history"),
                Node("placed", .position, "history items"),
            ] + options.dropped("samples", "placed") + [
                Node("samples norm", .layerNorm(), "samples"),
                Node("recent norm", .last, "samples norm"),
                Node("attention", .attention(heads: heads), "recent norm", "samples norm"),
            ] + options.dropped("attended", "attention") + [
                Node("recent", .last, "samples"),
                Node("attended sum", .add, "recent", "attended"),
                Node("attended norm", .layerNorm(), "attended sum"),
                Node("inner", .dense(units: 4 * width, activation: .relu), "attended norm"),
            ] + options.dropped("inner kept", "inner") + [
                Node("outer", .dense(units: width), "inner kept"),
                Node("encoded sum", .add, "attended sum", "outer"),
                Node("encoded", .layerNorm(), "encoded sum"),
            ]
        )
    }

    /// GRU4Rec (Hidasi et al. 2016): the last state of a gated recurrent unit over the history.
    public static func gru4rec(_ options: RankerOptions = RankerOptions()) -> Architecture {
        ranker(
            "gru4rec",
            options,
            [
                Node("history items", .embedding(table: "items", width: options.width), "history")
            ] + options.dropped("samples", "history items") + [
                Node("states", .gru(units: options.width), "samples"),
                Node("encoded", .last, "states"),
            ]
        )
    }

    /// DIN (Zhou et al. 2018) with positions: as ``paperDIN(width:window:)``, but the history's items know their ages.
    public static func din(_ options: RankerOptions = RankerOptions()) -> Architecture {
        let width = options.width
        return ranking(
            "din",
            window: options.window,
            [
                Node("history items", .embedding(table: "items", width: width), "history"),
                Node("placed", .position, "history items"),
                Node("target", .embedding(table: "items", width: width), "candidate"),
                Node("interest", .attention(heads: 1), "target", "placed"),
                Node("joined", .concatenate, "interest", "target"),
            ] + options.dropped("joined kept", "joined") + [
                Node("first", .dense(units: 128, activation: .tanh, dynamic: true), "joined kept"),
                Node("second", .dense(units: 64, activation: .tanh, dynamic: true), "first"),
                Node("score", .dense(units: 1, dynamic: true), "second"),
            ]
        )
    }

    /// The history's vector `encoded` with its dynamic correction, and its inner product with the candidate.
    private static func ranker(_ name: String, _ options: RankerOptions, _ encoder: [Node]) -> Architecture {
        let width = options.width
        let scored = options.itemBias ? "product" : "score"
        var nodes = encoder + options.dropped("kept", "encoded")
        nodes += [
            Node("hidden", .dense(units: width, activation: .tanh, dynamic: true), "kept"),
            Node("correction", .dense(units: width, dynamic: true), "hidden"),
            Node("user", .add, "kept", "correction"),
            Node("target", .embedding(table: options.output == .tied ? "items" : "targets", width: width), "candidate"),
            Node(scored, .dot, "user", "target"),
        ]
        if options.itemBias {
            nodes += [
                Node("item bias", .embedding(table: "biases", width: 1), "candidate"),
                Node("score", .add, "product", "item bias"),
            ]
        }
        return ranking(name, window: options.window, nodes)
    }

    /// A small convolutional network for images such as handwritten digits: two convolutions of 3 × 3 with a rectifier and
    /// 2 × 2 maximum each, then a dynamic dense-relu-dense head. 28 × 28 pixels of 1 channel give 400 features. Images of less
    /// than 10 pixels a side are too small for the second maximum, and go without it.
    ///
    /// A sample is those features, which the static layers compute on the device.
    ///
    /// - Parameters:
    ///   - channels: Values of a pixel, for example 1 for grey.
    ///   - height: Pixels from top to bottom, 8 or more.
    ///   - width: Pixels from left to right, 8 or more.
    ///   - classes: Logits of the output.
    public static func cnn(channels: Int = 1, height: Int = 28, width: Int = 28, classes: Int = 10) -> Architecture {
        var nodes = [
            Node("edges", .convolution(filters: 8, kernel: 3, padding: .valid, activation: .relu), "image"),
            Node("edges half", .pooling(.max, size: 2, stride: 2), "edges"),
            Node("shapes", .convolution(filters: 16, kernel: 3, padding: .valid, activation: .relu), "edges half"),
        ]
        if min(height, width) >= 10 { nodes.append(Node("shapes half", .pooling(.max, size: 2, stride: 2), "shapes")) }
        nodes += [
            Node("features", .flatten, nodes[nodes.count - 1].name),
            Node("hidden", .dense(units: 32, activation: .relu, dynamic: true), "features"),
            Node("logits", .dense(units: classes, dynamic: true), "hidden"),
        ]
        return Architecture(
            name: "cnn",
            inputs: [.image("image", channels: channels, height: height, width: width)],
            nodes: nodes,
            output: "logits",
            sample: "features"
        )
    }

    /// The names of the shipped architectures that rank items; those of the paper last.
    public static let shippedNames = [
        "bag", "sasrec", "gru4rec", "din", "sasrec-paper", "gru4rec-paper", "din-paper",
    ]

    /// A shipped architecture that ranks items, by name, or `nil`.
    ///
    /// - Parameters:
    ///   - name: One of ``shippedNames``.
    ///   - options: Sizes; those of the paper have width and window alone.
    public static func shipped(_ name: String, _ options: RankerOptions = RankerOptions()) -> Architecture? {
        switch name {
        case "bag": bag(options)
        case "sasrec": sasrec(options)
        case "gru4rec": gru4rec(options)
        case "din": din(options)
        case "sasrec-paper": paperSASRec(width: options.width, window: options.window)
        case "gru4rec-paper": paperGRU4Rec(width: options.width, window: options.window)
        case "din-paper": paperDIN(width: options.width, window: options.window)
        default: nil
        }
    }

    static func ranking(_ name: String, window: Int, _ nodes: [Node]) -> Architecture {
        Architecture(
            name: name,
            inputs: [
                Input(name: "history", kind: .items, length: window),
                Input(name: "candidate", kind: .item),
            ],
            nodes: nodes,
            output: "score"
        )
    }
}

extension Architecture.RankerOptions {
    /// A node that passes another's value on, with dropout where there is any.
    fileprivate func dropped(_ name: String, _ source: String) -> [Architecture.Node] {
        [Architecture.Node(name, .dropout(rate: dropout), source)]
    }
}
