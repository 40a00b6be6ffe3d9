extension Architecture {
    /// Sets elements to zero at random while the model is trained, each with probability ``rate``, and divides the others by
    /// `1 - rate`; everywhere else the value passes unchanged (Srivastava et al. 2014). The input's shape.
    public struct Dropout: OperationPayload {
        static let kind = "dropout"
        static let required = "a number from 0 to less than 1"

        /// Probability of an element to become zero, from 0 to less than 1.
        public var rate: Double

        /// Creates the settings.
        public init(rate: Double) { self.rate = rate }

        enum CodingKeys: String, CodingKey, CaseIterable { case rate }

        /// Reads the settings; `rate` is required.
        public init(from decoder: any Decoder) throws {
            rate = try decoder.container(keyedBy: CodingKeys.self).decode(Double.self, forKey: .rate)
        }
    }
}
