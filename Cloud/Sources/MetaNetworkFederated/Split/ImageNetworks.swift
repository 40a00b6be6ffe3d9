/// A generator of grey images and a discriminator in three parts, A, B and C.
///
/// The convolutional ones are those of the authors' notebook, which has 64 channels: parts of 1,664, 204,928 and 823,553 parameters for
/// images of 28 × 28. Dense ones are for small images.
struct ImageNetworks: Sendable {
    /// From ``latent`` values to the pixels, from -1 to 1.
    let generator: [ImageLayer]
    /// From the pixels to a logit: above 0 where an image is taken for a real one.
    let parts: [[ImageLayer]]
    /// Pixels of an image.
    let pixels: Int

    /// Values that an image is made of.
    static let latent = 100
    /// What parts are called.
    static let names = ["A", "B", "C"]

    /// - Parameters:
    ///   - kind: What layers are.
    ///   - height: Pixels from top to bottom.
    ///   - width: Pixels from left to right.
    ///   - channels: Channels of part A's convolution; the other parts have two and four times as many. Dense parts have four and two times
    ///     as many units, and the generator eight times.
    ///   - dropout: Share of values that parts leave out while they learn.
    init(_ kind: SplitPlan.Kind, height: Int, width: Int, channels: Int, dropout: Double) {
        pixels = height * width
        switch kind {
        case .dense:
            generator = Self.denseGenerator(pixels, units: 8 * channels)
            parts = Self.denseParts(pixels, units: [4 * channels, 2 * channels], dropout)
        case .convolutional:
            let halves = (0...3).map { step in
                SameWindows(size: 5, stride: 2, height: Self.half(height, step), width: Self.half(width, step))
            }
            generator = Self.convolutionalGenerator(halves, channels)
            parts = Self.convolutionalParts(halves, channels, dropout)
        }
    }

    /// Values between two parts, of one example.
    var cuts: [Int] { values(behind: parts).dropLast() }
    /// Parameters of each part.
    var sizes: [Int] { parts.map { $0.reduce(0) { $0 + $1.parameterCount } } }
    /// Multiply-adds of each part, of one example and forward.
    var works: [Int] { parts.map { $0.reduce(0) { $0 + $1.multiplyAdds } } }

    private func values(behind parts: [[ImageLayer]]) -> [Int] {
        var (values, result) = (pixels, [Int]())
        for part in parts {
            values = part.reduce(values) { $1.values(from: $0) }
            result.append(values)
        }
        return result
    }

    /// A length halved so often, rounded up.
    private static func half(_ length: Int, _ times: Int) -> Int {
        (0..<times).reduce(length) { half, _ in (half + 1) / 2 }
    }

    private static func denseGenerator(_ pixels: Int, units: Int) -> [ImageLayer] {
        func block(_ inputs: Int) -> [ImageLayer] {
            [.dense(inputs: inputs, outputs: units, hasBias: false), .batchNorm(channels: units), .leakyRelu]
        }
        return block(latent) + block(units) + [.dense(inputs: units, outputs: pixels, hasBias: true), .tanh]
    }

    private static func denseParts(_ pixels: Int, units: [Int], _ dropout: Double) -> [[ImageLayer]] {
        func block(_ inputs: Int, _ outputs: Int) -> [ImageLayer] {
            [.dense(inputs: inputs, outputs: outputs, hasBias: true), .leakyRelu, .dropout(dropout)]
        }
        return [
            block(pixels, units[0]), block(units[0], units[1]), [.dense(inputs: units[1], outputs: 1, hasBias: true)],
        ]
    }

    /// From a quarter of the height and width to the whole.
    private static func convolutionalGenerator(_ halves: [SameWindows], _ channels: Int) -> [ImageLayer] {
        let first = halves[2]
        let start = SameWindows(size: 5, stride: 1, height: first.height, width: first.width)
        let values = start.count * 4 * channels
        return [
            .dense(inputs: latent, outputs: values, hasBias: false), .batchNorm(channels: values), .leakyRelu,
            .shaped([start.count, 4 * channels]),
            .transposed(start, channels: 4 * channels, outputs: 2 * channels), .batchNorm(channels: 2 * channels),
            .leakyRelu,
            .transposed(halves[1], channels: 2 * channels, outputs: channels), .batchNorm(channels: channels),
            .leakyRelu,
            .transposed(halves[0], channels: channels, outputs: 1), .tanh,
            .shaped([halves[0].height * halves[0].width]),
        ]
    }

    private static func convolutionalParts(
        _ halves: [SameWindows],
        _ channels: Int,
        _ dropout: Double
    ) -> [[ImageLayer]] {
        func block(_ windows: SameWindows, _ inputs: Int, _ outputs: Int) -> [ImageLayer] {
            [.convolution(windows, channels: inputs, outputs: outputs), .leakyRelu, .dropout(dropout)]
        }
        let last = halves[2].count * 4 * channels
        return [
            [.shaped([halves[0].height * halves[0].width, 1])] + block(halves[0], 1, channels),
            block(halves[1], channels, 2 * channels),
            block(halves[2], 2 * channels, 4 * channels) + [
                .shaped([last]), .dense(inputs: last, outputs: 1, hasBias: true),
            ],
        ]
    }
}
