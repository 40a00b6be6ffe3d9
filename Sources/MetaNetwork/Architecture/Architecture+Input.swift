extension Architecture {
    /// A named input.
    public struct Input: Codable, Sendable, Equatable {
        /// Name by which nodes refer to the input.
        public var name: String
        /// What the input holds.
        public var kind: Kind
        /// Longest sequence that the model reads, in samples: the device window of `items`, the exact length of `vectors`.
        public var length: Int?
        /// Features of a vector, or width of an image in pixels.
        public var width: Int?
        /// Height of an image in pixels.
        public var height: Int?
        /// Channels of an image.
        public var channels: Int?
        /// What a token can be, numbered from 1 in this order.
        public var tokens: [String]?

        /// Creates an input of items; the other kinds have functions of their own, for example ``vector(_:width:)``.
        public init(name: String, kind: Kind, length: Int? = nil) {
            self.name = name
            self.kind = kind
            self.length = length
        }

        /// A feature vector.
        ///
        /// - Parameters:
        ///   - name: Name of the input.
        ///   - width: Features of the vector.
        public static func vector(_ name: String, width: Int) -> Input {
            var input = Input(name: name, kind: .vector)
            input.width = width
            return input
        }

        /// A window of feature vectors, for example the last readings of a sensor.
        ///
        /// - Parameters:
        ///   - name: Name of the input.
        ///   - length: Vectors of the window; the oldest is fed in first.
        ///   - width: Features of each vector.
        public static func vectors(_ name: String, length: Int, width: Int) -> Input {
            var input = Input(name: name, kind: .vectors, length: length)
            input.width = width
            return input
        }

        /// An image.
        ///
        /// - Parameters:
        ///   - name: Name of the input.
        ///   - channels: Values of a pixel.
        ///   - height: Pixels from top to bottom.
        ///   - width: Pixels from left to right.
        public static func image(_ name: String, channels: Int, height: Int, width: Int) -> Input {
            var input = Input(name: name, kind: .image)
            (input.channels, input.height, input.width) = (channels, height, width)
            return input
        }

        /// One of a fixed list, for example a question or a weekday.
        ///
        /// - Parameters:
        ///   - name: Name of the input.
        ///   - tokens: What it can be. Whatever else is fed in counts as unknown.
        public static func token(_ name: String, _ tokens: [String]) -> Input {
            var input = Input(name: name, kind: .token)
            input.tokens = tokens
            return input
        }

        /// What an input holds.
        public enum Kind: String, Codable, Sendable, CaseIterable {
            /// The recent items of one user, oldest first, at most ``Input/length`` of them.
            case items
            /// One item to be scored.
            case item
            /// One feature vector of ``Input/width`` features.
            case vector
            /// A full window of ``Input/length`` feature vectors, ``Input/width`` features each, oldest first.
            case vectors
            /// An image, fed in channel by channel, each row by row: channels × height × width.
            case image
            /// One of ``Input/tokens``, fed in as its number from 1; 0 where it is unknown or missing.
            case token

            /// Whether it holds numbers of items.
            var isOfItems: Bool { self == .items || self == .item }
        }
    }
}

extension Architecture.Input {
    /// Reads the members of a JSON object.
    public init(from decoder: any Decoder) throws {
        let members = try decoder.members()
        name = try members.decode(String.self, forKey: "name")
        kind = try members.decode(Kind.self, forKey: "kind")
        length = try members.decodeIfPresent(Int.self, forKey: "length")
        width = try members.decodeIfPresent(Int.self, forKey: "width")
        height = try members.decodeIfPresent(Int.self, forKey: "height")
        channels = try members.decodeIfPresent(Int.self, forKey: "channels")
        tokens = try members.decodeIfPresent([String].self, forKey: "tokens")
    }

    /// Writes the members of a JSON object.
    public func encode(to encoder: any Encoder) throws {
        var members = encoder.members()
        try members.encode(name, forKey: "name")
        try members.encode(kind, forKey: "kind")
        try members.encodeIfPresent(length, forKey: "length")
        try members.encodeIfPresent(width, forKey: "width")
        try members.encodeIfPresent(height, forKey: "height")
        try members.encodeIfPresent(channels, forKey: "channels")
        try members.encodeIfPresent(tokens, forKey: "tokens")
    }
}
