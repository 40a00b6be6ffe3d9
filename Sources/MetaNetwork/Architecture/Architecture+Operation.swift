extension Architecture {
    /// What a node computes. `T` is the length of a sequence, `d` the width of the first input; an image is a row of
    /// `channels` values for each pixel, height × width × channels.
    ///
    /// An operation with settings carries them as a payload, for example ``Dense``; the functions of the same name make one
    /// in place: `.dense(units: 32, activation: .relu)`.
    public enum Operation: Sendable, Equatable {
        /// Rows of a table of items. T → T × width, or one item → width.
        case embedding(Embedding)
        /// Adds a learned vector for the age of each sample, 0 for the most recent one. T × d → T × d.
        case position
        /// Adds a learned vector for the place of each sample, 0 for the oldest one. T × d → T × d.
        case order
        /// `activation(x·W + b)`. T × d → T × units, or d → units; on an image at each pixel.
        case dense(Dense)
        /// `activation(p·W + b)` for each patch p. height × width × channels → height' × width' × filters.
        case convolution(Convolution)
        /// The maximum or the mean of each channel in windows of an image. height × width × channels → height' × width' ×
        /// channels.
        case pooling(Pooling)
        /// The rows of an image or of a window of vectors one after the other. height × width × channels → one vector.
        case flatten
        /// Mean of the rows of a sequence or of the pixels of an image (global average pooling). T × d → d.
        case mean
        /// Standard deviation of the rows of a sequence or of the pixels of an image, √(mean of (x - mean)² + ε) with ε = 1e-8, so
        /// that the gradient of equal rows is 0. T × d → d.
        case spread
        /// `(x - mean) · scale` with the mean and the inverse standard deviation of each feature over the training data; the
        /// model's input only. T × d → T × d, and so on.
        case standardize
        /// Normalizes to mean 0 and variance 1, then scales and shifts.
        case layerNorm(LayerNorm)
        /// Multi-head scaled dot-product attention of the first input (a vector) on the second (T × d). → d of the query.
        case attention(Attention)
        /// Causal multi-head attention of a sequence on itself. T × d → T × d.
        case selfAttention(SelfAttention)
        /// Gated recurrent unit over the sequence. T × d → T × units.
        case gru(GRU)
        /// The most recent row. T × d → d.
        case last
        /// Sum of the rows, each times a learned weight of its age, 0 for the most recent one. T × d → d.
        case weightedSum
        /// Nothing but in training, where elements become zero at random. The input's shape.
        case dropout(Dropout)
        /// A vector that the MetaGenerator makes, zeros in the base model. It reads nothing. → width.
        case personal(Personal)
        /// Element-wise sum of two values of one shape, or of a value and a vector that is added to each of its rows.
        case add
        /// Element-wise product of two values of one shape, or of a value and a vector that each of its rows is multiplied by.
        case multiply
        /// Vectors one after the other.
        case concatenate
        /// Inner product of two vectors of one width. → 1.
        case dot

        /// Whether the node's weights come from the MetaGenerator.
        public var isDynamic: Bool {
            switch self {
            case .dense(let dense): dense.isDynamic
            case .convolution(let convolution): convolution.isDynamic
            case .personal: true
            default: false
            }
        }
    }
}

extension Architecture.Operation {
    /// An ``Architecture/Embedding``.
    public static func embedding(table: String, width: Int) -> Self {
        .embedding(Architecture.Embedding(table: table, width: width))
    }

    /// An ``Architecture/Dense``.
    public static func dense(
        units: Int,
        activation: Architecture.Activation = .identity,
        dynamic: Bool = false
    ) -> Self {
        .dense(Architecture.Dense(units: units, activation: activation, isDynamic: dynamic))
    }

    /// An ``Architecture/Convolution``.
    public static func convolution(
        filters: Int,
        kernel: Int,
        stride: Int = 1,
        padding: Architecture.Padding = .same,
        activation: Architecture.Activation = .identity,
        dynamic: Bool = false
    ) -> Self {
        .convolution(
            Architecture.Convolution(
                filters: filters,
                kernel: kernel,
                stride: stride,
                padding: padding,
                activation: activation,
                isDynamic: dynamic
            )
        )
    }

    /// An ``Architecture/Pooling``.
    public static func pooling(_ kind: Architecture.Pooling.Kind, size: Int, stride: Int) -> Self {
        .pooling(Architecture.Pooling(kind: kind, size: size, stride: stride))
    }

    /// An ``Architecture/Attention``.
    public static func attention(heads: Int) -> Self { .attention(Architecture.Attention(heads: heads)) }

    /// An ``Architecture/SelfAttention``.
    public static func selfAttention(heads: Int) -> Self {
        .selfAttention(Architecture.SelfAttention(heads: heads))
    }

    /// An ``Architecture/LayerNorm``.
    public static func layerNorm(epsilon: Double = 1e-5) -> Self {
        .layerNorm(Architecture.LayerNorm(epsilon: epsilon))
    }

    /// An ``Architecture/Dropout``.
    public static func dropout(rate: Double) -> Self { .dropout(Architecture.Dropout(rate: rate)) }

    /// An ``Architecture/Personal``.
    public static func personal(width: Int) -> Self { .personal(Architecture.Personal(width: width)) }

    /// An ``Architecture/GRU``.
    public static func gru(units: Int) -> Self { .gru(Architecture.GRU(units: units)) }
}
