extension Architecture {
    /// Gated recurrent unit over a sequence, gates in the order reset, update, new. T × d → T × units.
    public struct GRU: OperationPayload {
        static let kind = "gru"
        static let keys = ["units"]

        /// Width of the state.
        public var units: Int

        /// Creates the settings.
        public init(units: Int) { self.units = units }

        /// Reads the settings; `units` is required.
        public init(from decoder: any Decoder) throws {
            units = try decoder.members().decode(Int.self, forKey: "units")
        }

        /// Writes the settings beside the name of their node.
        public func encode(to encoder: any Encoder) throws {
            var members = encoder.members()
            try members.encode(units, forKey: "units")
        }

        var operation: Architecture.Operation { .gru(self) }
    }
}
