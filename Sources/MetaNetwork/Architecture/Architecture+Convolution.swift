extension Architecture {
    /// `activation(p·W + b)` for the patch p of kernel × kernel pixels at each step over an image, with W of shape
    /// (kernel · kernel · channels) × filters; the patch is read row by row, each pixel's channels together.
    /// height × width × channels → height' × width' × filters.
    public struct Convolution: OperationPayload {
        static let kind = "convolution"

        /// Channels of the result.
        public var filters: Int
        /// Height and width of a patch, in pixels.
        public var kernel: Int
        /// Pixels from one patch to the next, in each direction.
        public var stride: Int
        /// What is read beyond the border.
        public var padding: Padding
        /// The function that is applied last.
        public var activation: Activation
        /// Whether the weights come from the MetaGenerator.
        public var isDynamic: Bool

        /// Creates the settings.
        public init(
            filters: Int,
            kernel: Int,
            stride: Int = 1,
            padding: Padding = .same,
            activation: Activation = .identity,
            isDynamic: Bool = false
        ) {
            self.filters = filters
            self.kernel = kernel
            self.stride = stride
            self.padding = padding
            self.activation = activation
            self.isDynamic = isDynamic
        }

        enum CodingKeys: String, CodingKey, CaseIterable {
            case filters, kernel, stride, padding, activation
            case isDynamic = "dynamic"
        }

        /// Reads the settings; `filters` and `kernel` are required.
        public init(from decoder: any Decoder) throws {
            let values = try decoder.container(keyedBy: CodingKeys.self)
            filters = try values.decode(Int.self, forKey: .filters)
            kernel = try values.decode(Int.self, forKey: .kernel)
            stride = try values.decode(.stride, or: 1)
            padding = try values.decode(.padding, or: .same)
            activation = try values.decode(.activation, or: .identity)
            isDynamic = try values.decode(.isDynamic, or: false)
        }
    }

    /// What a convolution reads beyond the border of an image.
    public enum Padding: String, Codable, Sendable, CaseIterable {
        /// Zeros, so that the result has ⌈size / stride⌉ pixels: half of them before, half behind, the odd one behind.
        case same
        /// Nothing: the kernel stays inside, and the result has ⌊(size - kernel) / stride⌋ + 1 pixels.
        case valid
    }
}
