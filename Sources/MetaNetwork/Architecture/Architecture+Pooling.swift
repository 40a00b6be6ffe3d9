extension Architecture {
    /// The maximum or the mean of each channel in windows of size × size pixels; pixels that do not fill a window are left
    /// out. height × width × channels → height' × width' × channels.
    public struct Pooling: OperationPayload {
        static let kind = "pooling"

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

        enum CodingKeys: String, CodingKey, CaseIterable { case kind, size, stride }

        /// Reads the settings; `size` is required, and windows do not overlap unless `stride` says so.
        public init(from decoder: any Decoder) throws {
            let values = try decoder.container(keyedBy: CodingKeys.self)
            kind = try values.decode(.kind, or: .max)
            size = try values.decode(Int.self, forKey: .size)
            stride = try values.decode(.stride, or: size)
        }

        /// What is taken of a window.
        public enum Kind: String, Codable, Sendable, CaseIterable {
            /// The maximum.
            case max
            /// The mean.
            case average
        }
    }
}
