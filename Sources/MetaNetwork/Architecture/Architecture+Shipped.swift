/// The device models that ship with the library; `docs/method.md` draws them.
extension Architecture {
    /// SASRec (Kang and McAuley 2018) as the paper's device model: one transformer encoder layer read at the last
    /// position, then a dynamic dense-tanh-dense head, scored against the target item's tower by an inner product.
    ///
    /// Only the last position is computed, as nothing else of a one-layer encoder is used.
    ///
    /// - Parameters:
    ///   - width: Width `d` of embeddings and layers; divisible by `heads`.
    ///   - window: Device window, in interactions.
    ///   - heads: Attention heads.
    public static func sasrec(width: Int = 32, window: Int = 10, heads: Int = 4) -> Architecture {
        ranking(
            "sasrec",
            window: window,
            [
                Node("history items", .embedding(table: "items", width: width), "history"),
                Node("placed", .position, "history items"),
                Node("samples", .dense(units: width, activation: .tanh), "placed"),
                Node("recent", .last, "samples"),
                Node("attended", .attention(heads: heads), "recent", "samples"),
                Node("attended sum", .add, "recent", "attended"),
                Node("attended norm", .layerNorm, "attended sum"),
                Node("inner", .dense(units: 4 * width, activation: .relu), "attended norm"),
                Node("outer", .dense(units: width), "inner"),
                Node("encoded sum", .add, "attended norm", "outer"),
                Node("encoded", .layerNorm, "encoded sum"),
            ] + innerProductHead(of: "encoded", width: width)
        )
    }

    /// GRU4Rec (Hidasi et al. 2016): a gated recurrent unit over the history, then the same head as ``sasrec(width:window:heads:)``.
    ///
    /// - Parameters:
    ///   - width: Width `d` of embeddings and layers.
    ///   - window: Device window, in interactions.
    public static func gru4rec(width: Int = 32, window: Int = 10) -> Architecture {
        ranking(
            "gru4rec",
            window: window,
            [
                Node("history items", .embedding(table: "items", width: width), "history"),
                Node("samples", .dense(units: width, activation: .tanh), "history items"),
                Node("states", .gru(units: width), "samples"),
                Node("encoded", .last, "states"),
            ] + innerProductHead(of: "encoded", width: width)
        )
    }

    /// DIN (Zhou et al. 2018): the target item attends to the history; what it finds and the target go through a
    /// dynamic 128-tanh-64-tanh-1 head. The attention is a scaled dot product
    /// rather than an activation unit: the same operation as in SASRec, and one less for an interpreter to learn.
    ///
    /// - Parameters:
    ///   - width: Width `d` of embeddings.
    ///   - window: Device window, in interactions.
    public static func din(width: Int = 32, window: Int = 10) -> Architecture {
        ranking(
            "din",
            window: window,
            [
                Node("history items", .embedding(table: "items", width: width), "history"),
                Node("target", .embedding(table: "items", width: width), "candidate"),
                Node("interest", .attention(heads: 1), "target", "history items"),
                Node("joined", .concatenate, "interest", "target"),
                Node("first", .dense(units: 128, activation: .tanh, dynamic: true), "joined"),
                Node("second", .dense(units: 64, activation: .tanh, dynamic: true), "first"),
                Node("score", .dense(units: 1, dynamic: true), "second"),
            ]
        )
    }

    /// A small convolutional network for images such as handwritten digits: two convolutions of 3 × 3 with a rectifier and
    /// 2 × 2 maximum each, then a dynamic dense-relu-dense head. 28 × 28 pixels of 1 channel give 400 features.
    ///
    /// A sample is those features, which the static layers compute on the device.
    ///
    /// - Parameters:
    ///   - channels: Values of a pixel, for example 1 for grey.
    ///   - height: Pixels from top to bottom, 10 or more.
    ///   - width: Pixels from left to right, 10 or more.
    ///   - classes: Logits of the output.
    public static func cnn(channels: Int = 1, height: Int = 28, width: Int = 28, classes: Int = 10) -> Architecture {
        Architecture(
            name: "cnn",
            inputs: [.image("image", channels: channels, height: height, width: width)],
            nodes: [
                Node("edges", .convolution(filters: 8, kernel: 3, padding: .valid, activation: .relu), "image"),
                Node("edges half", .pooling(.max, size: 2, stride: 2), "edges"),
                Node("shapes", .convolution(filters: 16, kernel: 3, padding: .valid, activation: .relu), "edges half"),
                Node("shapes half", .pooling(.max, size: 2, stride: 2), "shapes"),
                Node("features", .flatten, "shapes half"),
                Node("hidden", .dense(units: 32, activation: .relu, dynamic: true), "features"),
                Node("logits", .dense(units: classes, dynamic: true), "hidden"),
            ],
            output: "logits",
            sample: "features"
        )
    }

    /// The names of the shipped architectures that rank items.
    public static let shippedNames = ["sasrec", "gru4rec", "din"]

    /// A shipped architecture that ranks items, by name, or `nil`.
    ///
    /// - Parameters:
    ///   - name: One of ``shippedNames``.
    ///   - width: Width of embeddings.
    ///   - window: Device window, in interactions.
    public static func shipped(_ name: String, width: Int = 32, window: Int = 10) -> Architecture? {
        switch name {
        case "sasrec": sasrec(width: width, window: window)
        case "gru4rec": gru4rec(width: width, window: window)
        case "din": din(width: width, window: window)
        default: nil
        }
    }

    private static func ranking(_ name: String, window: Int, _ nodes: [Node]) -> Architecture {
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

    /// The dynamic dense-tanh-dense head, the target's tower and their inner product.
    private static func innerProductHead(of encoded: String, width: Int) -> [Node] {
        [
            Node("hidden", .dense(units: width, activation: .tanh, dynamic: true), encoded),
            Node("user", .dense(units: width, dynamic: true), "hidden"),
            Node("target item", .embedding(table: "items", width: width), "candidate"),
            Node("target inner", .dense(units: width, activation: .tanh), "target item"),
            Node("target", .dense(units: width), "target inner"),
            Node("score", .dot, "user", "target"),
        ]
    }
}
