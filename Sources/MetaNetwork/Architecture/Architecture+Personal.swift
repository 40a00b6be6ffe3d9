extension Architecture {
    /// A vector of the device's own, which the MetaGenerator makes: zeros in the base model. It reads nothing and is always dynamic.
    ///
    /// With ``Operation/add`` it shifts a value, with ``Operation/multiply`` it scales one, and joined to a user's vector it meets
    /// items in columns of their own.
    public struct Personal: OperationPayload {
        static let kind = "personal"
        static let keys = ["width"]

        /// Number of elements.
        public var width: Int

        /// Creates the settings.
        public init(width: Int) { self.width = width }

        /// Reads the settings; `width` is required.
        public init(from decoder: any Decoder) throws {
            width = try decoder.members().decode(Int.self, forKey: "width")
        }

        /// Writes the settings beside the name of their node.
        public func encode(to encoder: any Encoder) throws {
            var members = encoder.members()
            try members.encode(width, forKey: "width")
        }

        var operation: Architecture.Operation { .personal(self) }
    }
}
