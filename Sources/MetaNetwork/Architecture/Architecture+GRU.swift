extension Architecture {
    /// Gated recurrent unit over a sequence, gates in the order reset, update, new. T × d → T × units.
    public struct GRU: OperationPayload {
        static let kind = "gru"

        /// Width of the state.
        public var units: Int

        /// Creates the settings.
        public init(units: Int) { self.units = units }

        enum CodingKeys: String, CodingKey, CaseIterable { case units }
    }
}
