extension Architecture {
    /// What a node computes. `T` is the length of a sequence, `d` the width of the first input; an image is a row of
    /// `channels` numbers for each position, height × width × channels.
    public enum Operation: Sendable, Equatable {
        /// Rows of a table that all nodes naming it share; id 0 is the padding and reads as zeros. T → T × width, or
        /// one item → width.
        case embedding(table: String, width: Int)
        /// Adds a learned vector for the age of each sample, 0 for the most recent one. T × d → T × d.
        case position
        /// `activation(x·W + b)` with W of shape d × units. T × d → T × units, or d → units; on an image at each position.
        case dense(units: Int, activation: Activation = .identity, dynamic: Bool = false)
        /// `activation(p·W + b)` for the patch p of kernel × kernel positions around or behind each position, with W of shape
        /// (kernel · kernel · channels) × filters; the patch is read row by row, each position's channels together.
        /// height × width × channels → height' × width' × filters.
        case convolution(
            filters: Int,
            kernel: Int,
            stride: Int = 1,
            padding: Padding = .same,
            activation: Activation = .identity,
            dynamic: Bool = false
        )
        /// The largest or the mean number of each channel in windows of size × size positions; what does not fill a window
        /// is left out. height × width × channels → height' × width' × channels.
        case pooling(Pooling, size: Int, stride: Int)
        /// The rows of an image or of a window of vectors one after the other. height × width × channels → one vector.
        case flatten
        /// Mean of the rows of a sequence or of the positions of an image (global average pooling). T × d → d.
        case mean
        /// `(x - mean) · scale` with the mean and the inverse standard deviation of each number over the training data; the
        /// model's input only. T × d → T × d, and so on.
        case standardize
        /// Normalizes to mean 0 and variance 1 (ε = 1e-5), then scales and shifts.
        case layerNorm
        /// Multi-head scaled dot-product attention of the first input (a vector) on the second (T × d). → d of the query.
        ///
        /// The key has no bias, for it cancels in the softmax, nor has the value: its bias is part of the output's.
        case attention(heads: Int)
        /// Gated recurrent unit over the sequence, gates in the order reset, update, new. T × d → T × units.
        case gru(units: Int)
        /// The most recent row. T × d → d.
        case last
        /// Element-wise sum of two values of one shape.
        case add
        /// Vectors one after the other.
        case concatenate
        /// Inner product of two vectors of one width. → 1.
        case dot

        /// Whether the node's weights come from the MetaGenerator.
        public var isDynamic: Bool {
            switch self {
            case .dense(_, _, let dynamic), .convolution(_, _, _, _, _, let dynamic): dynamic
            default: false
            }
        }
    }

    /// What a convolution reads beyond the border of an image.
    public enum Padding: String, Codable, Sendable, CaseIterable {
        /// Zeros, so that the result has ⌈size / stride⌉ positions: half of them before, half behind, the odd one behind.
        case same
        /// Nothing: the kernel stays inside, and the result has ⌊(size - kernel) / stride⌋ + 1 positions.
        case valid
    }

    /// What a pooling node takes of a window.
    public enum Pooling: String, Codable, Sendable, CaseIterable {
        /// The largest number.
        case max
        /// The mean.
        case average
    }
}
