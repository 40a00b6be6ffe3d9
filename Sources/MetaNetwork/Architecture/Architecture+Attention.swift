extension Architecture {
    /// Multi-head scaled dot-product attention of the first input (a vector) on the second (T × d). → d of the query.
    ///
    /// The key has no bias, for it cancels in the softmax, nor has the value: its bias is part of the output's.
    public struct Attention: OperationPayload {
        static let kind = "attention"
        static let keys = ["heads"]

        /// Number of heads; it divides the query's width.
        public var heads: Int

        /// Creates the settings.
        public init(heads: Int) { self.heads = heads }

        /// Reads the settings; `heads` is required.
        public init(from decoder: any Decoder) throws {
            heads = try decoder.members().decode(Int.self, forKey: "heads")
        }

        /// Writes the settings beside the name of their node.
        public func encode(to encoder: any Encoder) throws {
            var members = encoder.members()
            try members.encode(heads, forKey: "heads")
        }

        var operation: Architecture.Operation { .attention(self) }
    }
}
