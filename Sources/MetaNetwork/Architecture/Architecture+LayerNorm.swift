extension Architecture {
    /// Normalizes to mean 0 and variance 1, `(x - mean) / √(variance + ε)`, then scales and shifts. The input's shape.
    public struct LayerNorm: OperationPayload {
        static let kind = "layerNorm"
        static let keys = ["epsilon"]
        /// PyTorch's default; a node that has it says nothing of it in JSON, as before there was a choice.
        static let usual = 1e-5

        /// ε, from 1e-30 to 1.
        public var epsilon: Double

        /// Creates the settings.
        public init(epsilon: Double = 1e-5) { self.epsilon = epsilon }

        /// Reads the settings; without `epsilon` it is 1e-5.
        public init(from decoder: any Decoder) throws {
            epsilon = try decoder.members().decode("epsilon", or: Self.usual)
        }

        /// Writes the settings; an `epsilon` of 1e-5 is left out, which readers that know no other take.
        public func encode(to encoder: any Encoder) throws {
            var members = encoder.members()
            guard epsilon != Self.usual else { return }
            try members.encode(epsilon, forKey: "epsilon")
        }

        var operation: Architecture.Operation { .layerNorm(self) }
    }
}
