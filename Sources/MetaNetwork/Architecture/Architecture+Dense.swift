extension Architecture {
    /// `activation(x·W + b)` with W of shape d × units. T × d → T × units, or d → units; on an image at each pixel.
    public struct Dense: OperationPayload {
        static let kind = "dense"

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

        enum CodingKeys: String, CodingKey, CaseIterable {
            case units, activation
            case isDynamic = "dynamic"
        }

        /// Reads the settings; `units` is required.
        public init(from decoder: any Decoder) throws {
            let values = try decoder.container(keyedBy: CodingKeys.self)
            units = try values.decode(Int.self, forKey: .units)
            activation = try values.decode(.activation, or: .identity)
            isDynamic = try values.decode(.isDynamic, or: false)
        }
    }

    /// The function after a dense or a convolution layer.
    public enum Activation: String, Codable, Sendable, CaseIterable {
        /// No function.
        case identity
        /// Hyperbolic tangent.
        case tanh
        /// Rectifier, `max(x, 0)`.
        case relu
    }
}
