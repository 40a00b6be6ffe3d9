extension Architecture {
    /// `activation(p·W + b)` for the patch p of kernel × kernel pixels at each step over an image, with W of shape
    /// (kernel · kernel · channels) × filters; the patch is read row by row, each pixel's channels together.
    /// height × width × channels → height' × width' × filters.
    public struct Convolution: OperationPayload {
        static let kind = "convolution"
        static let keys = ["filters", "kernel", "stride", "padding", "activation", "dynamic"]

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

        /// Reads the settings; `filters` and `kernel` are required.
        public init(from decoder: any Decoder) throws {
            let members = try decoder.members()
            filters = try members.decode(Int.self, forKey: "filters")
            kernel = try members.decode(Int.self, forKey: "kernel")
            stride = try members.decode("stride", or: 1)
            padding = try members.decode("padding", or: .same)
            activation = try members.decode("activation", or: .identity)
            isDynamic = try members.decode("dynamic", or: false)
        }

        /// Writes the settings beside the name of their node.
        public func encode(to encoder: any Encoder) throws {
            var members = encoder.members()
            try members.encode(filters, forKey: "filters")
            try members.encode(kernel, forKey: "kernel")
            try members.encode(stride, forKey: "stride")
            try members.encode(padding, forKey: "padding")
            try members.encode(activation, forKey: "activation")
            try members.encode(isDynamic, forKey: "dynamic")
        }

        var operation: Architecture.Operation { .convolution(self) }
    }

    /// What a convolution reads beyond the border of an image.
    public enum Padding: String, Codable, Sendable, CaseIterable {
        /// Zeros, so that the result has ⌈size / stride⌉ pixels: half of them before, half behind, the odd one behind.
        case same
        /// Nothing: the kernel stays inside, and the result has ⌊(size - kernel) / stride⌋ + 1 pixels.
        case valid
    }
}
