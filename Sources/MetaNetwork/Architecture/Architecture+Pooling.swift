extension Architecture {
    /// The maximum or the mean of each channel in windows of size × size pixels; pixels that do not fill a window are left
    /// out. height × width × channels → height' × width' × channels.
    public struct Pooling: OperationPayload {
        static let kind = "pooling"
        static let keys = ["kind", "size", "stride"]

        /// What is taken of a window.
        public var kind: Kind
        /// Height and width of a window, in pixels.
        public var size: Int
        /// Pixels from one window to the next, in each direction.
        public var stride: Int

        /// Creates the settings.
        public init(kind: Kind = .max, size: Int, stride: Int) {
            self.kind = kind
            self.size = size
            self.stride = stride
        }

        /// Reads the settings; `size` is required, and windows do not overlap unless `stride` says so.
        public init(from decoder: any Decoder) throws {
            let members = try decoder.members()
            kind = try members.decode("kind", or: .max)
            size = try members.decode(Int.self, forKey: "size")
            stride = try members.decode("stride", or: size)
        }

        /// Writes the settings beside the name of their node.
        public func encode(to encoder: any Encoder) throws {
            var members = encoder.members()
            try members.encode(kind, forKey: "kind")
            try members.encode(size, forKey: "size")
            try members.encode(stride, forKey: "stride")
        }

        var operation: Architecture.Operation { .pooling(self) }

        /// What is taken of a window.
        public enum Kind: String, Codable, Sendable, CaseIterable {
            /// The maximum.
            case max
            /// The mean.
            case average
        }
    }
}
