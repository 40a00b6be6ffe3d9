extension Architecture {
    /// Sets elements to zero at random while the model is trained, each with probability ``rate``, and divides the others by
    /// `1 - rate`; everywhere else the value passes unchanged (Srivastava et al. 2014). The input's shape.
    public struct Dropout: OperationPayload {
        static let kind = "dropout"
        static let required = "a number from 0 to less than 1"
        static let keys = ["rate"]

        /// Probability of an element to become zero, from 0 to less than 1.
        public var rate: Double

        /// Creates the settings.
        public init(rate: Double) { self.rate = rate }

        /// Reads the settings; `rate` is required.
        public init(from decoder: any Decoder) throws {
            rate = try decoder.members().decode(Double.self, forKey: "rate")
        }

        /// Writes the settings beside the name of their node.
        public func encode(to encoder: any Encoder) throws {
            var members = encoder.members()
            try members.encode(rate, forKey: "rate")
        }

        var operation: Architecture.Operation { .dropout(self) }
    }
}
