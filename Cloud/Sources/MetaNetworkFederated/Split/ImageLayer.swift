import Torch

/// One layer of a network of images, as data: what it computes, and how much that is.
///
/// Images have a row of channels for each pixel, [rows, height · width, channels].
enum ImageLayer: Sendable {
    case dense(inputs: Int, outputs: Int, hasBias: Bool)
    /// With a bias.
    case convolution(SameWindows, channels: Int, outputs: Int)
    /// Without one, from a window each to the image.
    case transposed(SameWindows, channels: Int, outputs: Int)
    case batchNorm(channels: Int)
    case leakyRelu
    case tanh
    case dropout(Double)
    /// Another shape of each row.
    case shaped([Int])

    /// Slope of what is below 0, as Keras has it.
    static let slope = 0.3
    /// What batch normalization adds to the variance, as Keras has it.
    static let epsilon = 1e-3
    /// Share of a batch in the running mean and variance.
    static let share = 0.1

    /// Numbers that training changes.
    var parameterCount: Int { shapes.reduce(0) { $0 + $1.shape.reduce(1, *) } }

    /// Multiply-adds of one example, forward.
    var multiplyAdds: Int {
        switch self {
        case .dense(let inputs, let outputs, _): inputs * outputs
        case .convolution(let windows, let channels, let outputs), .transposed(let windows, let channels, let outputs):
            windows.count * windows.size * windows.size * channels * outputs
        case .batchNorm, .leakyRelu, .tanh, .dropout, .shaped: 0
        }
    }

    /// Values of one example behind the layer.
    func values(from inputs: Int) -> Int {
        switch self {
        case .dense(_, let outputs, _): outputs
        case .convolution(let windows, _, let outputs): windows.count * outputs
        case .transposed(let windows, _, let outputs): windows.height * windows.width * outputs
        case .batchNorm, .leakyRelu, .tanh, .dropout, .shaped: inputs
        }
    }

    /// The parameters in order, each with the bound of its uniform start (Glorot and Bengio 2010), or its constant start.
    var shapes: [(shape: [Int], start: Start)] {
        switch self {
        case .dense(let inputs, let outputs, let hasBias):
            let weight = ([inputs, outputs], Start.glorot(inputs, outputs))
            return hasBias ? [weight, ([outputs], .constant(0))] : [weight]
        case .convolution(let windows, let channels, let outputs):
            let pixels = windows.size * windows.size
            return [
                ([pixels * channels, outputs], .glorot(pixels * channels, pixels * outputs)), ([outputs], .constant(0)),
            ]
        case .transposed(let windows, let channels, let outputs):
            let pixels = windows.size * windows.size
            return [([channels, pixels * outputs], .glorot(pixels * channels, pixels * outputs))]
        case .batchNorm(let channels): return [([channels], .constant(1)), ([channels], .constant(0))]
        case .leakyRelu, .tanh, .dropout, .shaped: return []
        }
    }

    /// What parameters start with.
    enum Start {
        case constant(Float)
        case uniform(Float)

        static func glorot(_ inputs: Int, _ outputs: Int) -> Start {
            .uniform((6 / Float(inputs + outputs)).squareRoot())
        }
    }
}

/// Windows over an image that is padded so that there are as many as the image has pixels, divided by the stride and rounded up: what
/// TensorFlow calls SAME.
struct SameWindows: Sendable {
    let size: Int
    let stride: Int
    let height: Int
    let width: Int

    /// Windows from top to bottom and from left to right.
    var output: (height: Int, width: Int) { ((height + stride - 1) / stride, (width + stride - 1) / stride) }
    /// All windows.
    var count: Int { output.height * output.width }

    /// The windows as tensors take them.
    var sliding: SlidingWindow {
        SlidingWindow(
            size: size,
            stride: stride,
            input: (height, width),
            output: output,
            top: padding(output.height, height),
            left: padding(output.width, width)
        )
    }

    /// Where an odd number of pixels is missing, the one more is behind.
    private func padding(_ windows: Int, _ length: Int) -> Int { max(0, (windows - 1) * stride + size - length) / 2 }
}
