extension Architecture {
    /// A named input.
    public struct Input: Codable, Sendable, Equatable {
        /// Name by which nodes refer to the input.
        public var name: String
        /// What the input holds.
        public var kind: Kind
        /// Longest sequence that the model reads, in samples: the device window of `items`, the exact length of `vectors`.
        public var length: Int?
        /// Numbers of a vector, or width of an image in positions.
        public var width: Int?
        /// Height of an image in positions.
        public var height: Int?
        /// Numbers at one position of an image.
        public var channels: Int?

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
        ///   - width: Numbers of the vector.
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
        ///   - width: Numbers of each vector.
        public static func vectors(_ name: String, length: Int, width: Int) -> Input {
            var input = Input(name: name, kind: .vectors, length: length)
            input.width = width
            return input
        }

        /// An image.
        ///
        /// - Parameters:
        ///   - name: Name of the input.
        ///   - channels: Numbers at one position.
        ///   - height: Positions from top to bottom.
        ///   - width: Positions from left to right.
        public static func image(_ name: String, channels: Int, height: Int, width: Int) -> Input {
            var input = Input(name: name, kind: .image)
            (input.channels, input.height, input.width) = (channels, height, width)
            return input
        }

        /// What an input holds.
        public enum Kind: String, Codable, Sendable, CaseIterable {
            /// The recent items of one user, oldest first, at most ``Input/length`` of them.
            case items
            /// One item to be scored.
            case item
            /// One feature vector of ``Input/width`` numbers.
            case vector
            /// A full window of ``Input/length`` feature vectors, ``Input/width`` numbers each, oldest first.
            case vectors
            /// An image, fed in channel by channel, each row by row: channels × height × width.
            case image
        }
    }
}

extension Architecture.Input {
    /// Shape of what a model over vectors reads; `nil` for items.
    ///
    /// - Throws: ``ArchitectureError`` where a size is missing, too large or not one of this kind.
    func shape() throws(ArchitectureError) -> ModelGraph.Shape? {
        let shape: ModelGraph.Shape
        switch kind {
        case .items, .item: return nil
        case .vector: shape = .vector(width: try size(width, "width"))
        case .vectors: shape = .sequence(length: try size(length, "length"), width: try size(width, "width"))
        case .image:
            shape = .image(
                height: try size(height, "height"),
                width: try size(width, "width"),
                channels: try size(channels, "channels")
            )
        }
        let others: [(String, Int?, Bool)] = [
            ("length", length, kind == .vectors), ("height", height, kind == .image),
            ("channels", channels, kind == .image),
        ]
        if let other = others.first(where: { $0.1 != nil && !$0.2 }) {
            throw ArchitectureError(name, "an input of kind '\(kind.rawValue)' has no '\(other.0)'; remove it")
        }
        guard shape.count <= ModelGraphBuilder.largestValue else {
            throw ArchitectureError(
                name,
                "is \(shape.description): \(shape.count) numbers, more than \(ModelGraphBuilder.largestValue)"
            )
        }
        return shape
    }

    private func size(_ value: Int?, _ key: String) throws(ArchitectureError) -> Int {
        guard let value else {
            throw ArchitectureError(name, "an input of kind '\(kind.rawValue)' needs the key '\(key)', a whole number")
        }
        guard (1...ModelGraphBuilder.largestSize).contains(value) else {
            throw ArchitectureError(name, "\(key) is \(value); it must be from 1 to \(ModelGraphBuilder.largestSize)")
        }
        return value
    }
}
