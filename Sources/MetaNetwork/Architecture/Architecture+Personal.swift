extension Architecture {
    /// A vector of the device's own, which the MetaGenerator makes: zeros in the base model. It reads nothing and is always dynamic.
    ///
    /// With ``Operation/add`` it shifts a value, with ``Operation/multiply`` it scales one, and joined to a user's vector it meets
    /// items in columns of their own.
    public struct Personal: OperationPayload {
        static let kind = "personal"

        /// Number of elements.
        public var width: Int

        /// Creates the settings.
        public init(width: Int) { self.width = width }

        enum CodingKeys: String, CodingKey, CaseIterable { case width }
    }
}
