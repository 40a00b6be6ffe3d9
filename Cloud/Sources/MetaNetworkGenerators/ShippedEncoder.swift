/// A head encoder that ships; see ``MetaNetwork/Architecture/encoder(_:_:)``.
public enum ShippedEncoder: String, Codable, Sendable, CaseIterable {
    /// The last state of a gated recurrent unit over the device model's embeddings of the items.
    case gru
    /// One layer of causal attention over embeddings of its own.
    case attention
    /// A causal transformer of two layers over embeddings of its own.
    case transformer
    /// The mean of two dense layers over vectors.
    case set
    /// The same, and their standard deviation.
    case setSpread = "set-spread"
}
