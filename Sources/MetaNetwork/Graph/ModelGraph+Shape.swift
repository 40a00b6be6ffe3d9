extension ModelGraph {
    /// Shape of a value.
    public enum Shape: Sendable, Equatable {
        /// One row of values.
        case vector(width: Int)
        /// A row for each sample, oldest first: at most `length` for a history of items, exactly for a window of vectors.
        case sequence(length: Int, width: Int)
        /// A row of channels for each pixel, from left to right and then from top to bottom.
        case image(height: Int, width: Int, channels: Int)

        /// Rows, or their maximum number.
        public var rows: Int {
            switch self {
            case .vector: 1
            case .sequence(let length, _): length
            case .image(let height, let width, _): height * width
            }
        }

        /// Elements of a row: the last axis.
        public var width: Int {
            switch self {
            case .vector(let width), .sequence(_, let width): width
            case .image(_, _, let channels): channels
            }
        }

        /// Elements of all rows together; `Int.max` where the product does not fit.
        public var count: Int {
            switch self {
            case .vector(let width): width
            case .sequence(let length, let width): Self.product(length, width)
            case .image(let height, let width, let channels): Self.product(Self.product(height, width), channels)
            }
        }

        /// Sizes of the axes in which an input of this shape is given, the last varying fastest: `[width]`, `[length, width]` oldest
        /// vector first, or `[channels, height, width]`.
        public var axes: [Int] {
            switch self {
            case .vector(let width): [width]
            case .sequence(let length, let width): [length, width]
            case .image(let height, let width, let channels): [channels, height, width]
            }
        }

        /// The same rows with another width.
        func rows(ofWidth width: Int) -> Shape {
            switch self {
            case .vector: .vector(width: width)
            case .sequence(let length, _): .sequence(length: length, width: width)
            case .image(let height, let across, _): .image(height: height, width: across, channels: width)
            }
        }

        private static func product(_ a: Int, _ b: Int) -> Int {
            let (product, overflow) = a.multipliedReportingOverflow(by: b)
            return overflow ? .max : product
        }
    }

    /// Where the windows of a convolution or a pooling lie on an image.
    public struct Sliding: Sendable, Equatable {
        /// Pixels of a window, in each direction.
        public let size: Int
        /// Pixels from one window to the next.
        public let stride: Int
        /// Height and width of what is read.
        public let input: (height: Int, width: Int)
        /// Height and width of the result.
        public let output: (height: Int, width: Int)
        /// Rows of zeros above the image.
        public let top: Int
        /// Columns of zeros left of the image.
        public let left: Int

        init(size: Int, stride: Int, padding: Architecture.Padding, height: Int, width: Int) {
            self.size = size
            self.stride = stride
            input = (height, width)
            let (rows, top) = Self.axis(height, size, stride, padding)
            let (columns, left) = Self.axis(width, size, stride, padding)
            output = (rows, columns)
            (self.top, self.left) = (top, left)
        }

        /// Windows along one axis, and the zeros before it.
        private static func axis(
            _ length: Int,
            _ size: Int,
            _ stride: Int,
            _ padding: Architecture.Padding
        ) -> (count: Int, before: Int) {
            guard padding == .same else { return (length < size ? 0 : (length - size) / stride + 1, 0) }
            let count = (length + stride - 1) / stride
            return (count, max(0, (count - 1) * stride + size - length) / 2)
        }

        /// Whether both are laid out alike.
        public static func == (a: Sliding, b: Sliding) -> Bool {
            a.size == b.size && a.stride == b.stride && a.input == b.input && a.output == b.output && a.top == b.top
                && a.left == b.left
        }
    }
}

extension ModelGraph.Shape: CustomStringConvertible {
    /// The shape in words.
    public var description: String {
        switch self {
        case .vector(let width): "one vector of width \(width)"
        case .sequence(let length, let width): "a sequence of \(length) vectors of width \(width)"
        case .image(let height, let width, let channels):
            "an image of \(height) × \(width) pixels with \(channels) channel\(channels == 1 ? "" : "s")"
        }
    }
}

extension ModelGraph.ResolvedNode {
    /// Width of the value's last axis.
    public var width: Int { shape.width }

    /// Whether the value is a sequence, one row a sample.
    public var isSequence: Bool { if case .sequence = shape { true } else { false } }

    /// Width of the first source's last axis; 0 where that is an input of items, or a token.
    public var inputWidth: Int { if let inputShape { inputShape.width } else { 0 } }

    /// Whether the node's own weights come from the MetaGenerator.
    public var isDynamic: Bool { operation.isDynamic }

    /// Where the windows of a convolution or a pooling lie; `nil` for other nodes.
    public var sliding: ModelGraph.Sliding? {
        guard case .image(let height, let width, _)? = inputShape else { return nil }
        return switch operation {
        case .convolution(let convolution):
            ModelGraph.Sliding(
                size: convolution.kernel,
                stride: convolution.stride,
                padding: convolution.padding,
                height: height,
                width: width
            )
        case .pooling(let pooling):
            ModelGraph.Sliding(
                size: pooling.size,
                stride: pooling.stride,
                padding: .valid,
                height: height,
                width: width
            )
        default: nil
        }
    }

    /// Rows of the node's weight matrix: what a dense layer reads of a row, or a convolution of a patch; 0 for a personal vector.
    public var weightRows: Int {
        if case .convolution(let convolution) = operation {
            convolution.kernel * convolution.kernel * inputWidth
        } else {
            inputWidth
        }
    }
}
