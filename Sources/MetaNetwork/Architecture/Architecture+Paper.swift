/// The device models of the paper (arXiv 2209.05227), as it and its public code describe them.
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
    public static func paperSASRec(width: Int = 32, window: Int = 10, heads: Int = 4) -> Architecture {
        ranking(
            "sasrec-paper",
            window: window,
            [
                Node("history items", .embedding(table: "items", width: width), "history"),
                Node("placed", .position, "history items"),
                Node("samples", .dense(units: width, activation: .tanh), "placed"),
                Node("recent", .last, "samples"),
                Node("attended", .attention(heads: heads), "recent", "samples"),
                Node("attended sum", .add, "recent", "attended"),
                Node("attended norm", .layerNorm(), "attended sum"),
                Node("inner", .dense(units: 4 * width, activation: .relu), "attended norm"),
                Node("outer", .dense(units: width), "inner"),
                Node("encoded sum", .add, "attended norm", "outer"),
                Node("encoded", .layerNorm(), "encoded sum"),
            ] + innerProductHead(of: "encoded", width: width)
        )
    }

    /// GRU4Rec (Hidasi et al. 2016): a gated recurrent unit over the history, then the same head as
    /// ``paperSASRec(width:window:heads:)``.
    ///
    /// - Parameters:
    ///   - width: Width `d` of embeddings and layers.
    ///   - window: Device window, in interactions.
    public static func paperGRU4Rec(width: Int = 32, window: Int = 10) -> Architecture {
        ranking(
            "gru4rec-paper",
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
    public static func paperDIN(width: Int = 32, window: Int = 10) -> Architecture {
        ranking(
            "din-paper",
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
