extension Architecture {
    /// `activation(x·W + b)` with W of shape d × units. T × d → T × units, or d → units; on an image at each pixel.
    public struct Dense: OperationPayload {
        static let kind = "dense"
        static let keys = ["units", "activation", "dynamic"]

        /// Width of the result.
        public var units: Int
        /// The function that is applied last.
        public var activation: Activation
        /// Whether the weights come from the MetaGenerator.
        public var isDynamic: Bool

        /// Creates the settings.
        public init(units: Int, activation: Activation = .identity, isDynamic: Bool = false) {
            self.units = units
            self.activation = activation
            self.isDynamic = isDynamic
        }

        /// Reads the settings; `units` is required.
        public init(from decoder: any Decoder) throws {
            let members = try decoder.members()
            units = try members.decode(Int.self, forKey: "units")
            activation = try members.decode("activation", or: .identity)
            isDynamic = try members.decode("dynamic", or: false)
        }

        /// Writes the settings beside the name of their node.
        public func encode(to encoder: any Encoder) throws {
            var members = encoder.members()
            try members.encode(units, forKey: "units")
            try members.encode(activation, forKey: "activation")
            try members.encode(isDynamic, forKey: "dynamic")
        }

        var operation: Architecture.Operation { .dense(self) }
    }

    /// The function after a dense or a convolution layer.
    public enum Activation: String, Codable, Sendable, CaseIterable {
        /// No function.
        case identity
        /// Hyperbolic tangent.
        case tanh
        /// Rectifier, `max(x, 0)`.
        case relu

        /// Reads the name; one that is not known is an error that names those that are.
        public init(from decoder: any Decoder) throws {
            let values = try decoder.singleValueContainer()
            let name = try values.decode(String.self)
            guard let activation = Self(rawValue: name) else {
                let known = Self.allCases.map(\.rawValue).joined(separator: ", ")
                throw DecodingError.dataCorruptedError(
                    in: values,
                    debugDescription: "activation '\(name)' is not known; train the model with one of \(known)"
                )
            }
            self = activation
        }
    }
}
