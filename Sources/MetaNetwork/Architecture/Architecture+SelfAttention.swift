extension Architecture {
    /// Causal multi-head scaled dot-product attention of a sequence on itself: each row attends to itself and to the rows before it
    /// (Vaswani et al. 2017, section 3.2). T × d → T × d.
    ///
    /// The key has no bias, for it cancels in the softmax, nor has the value: its bias is part of the output's.
    public struct SelfAttention: OperationPayload {
        static let kind = "selfAttention"
        static let keys = ["heads"]

        /// Number of heads; it divides the sequence's width.
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

        var operation: Architecture.Operation { .selfAttention(self) }
    }
}
