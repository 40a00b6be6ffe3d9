extension Architecture {
    /// Multi-head scaled dot-product attention of the first input (a vector) on the second (T × d). → d of the query.
    ///
    /// The key has no bias, for it cancels in the softmax, nor has the value: its bias is part of the output's.
    public struct Attention: OperationPayload {
        static let kind = "attention"

        /// Number of heads; it divides the query's width.
        public var heads: Int

        /// Creates the settings.
        public init(heads: Int) { self.heads = heads }

        enum CodingKeys: String, CodingKey, CaseIterable { case heads }
    }
}
