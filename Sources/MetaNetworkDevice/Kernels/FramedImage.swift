import MetaNetwork

/// An image as a convolution reads it: row by row, each pixel's channels together, without the padding of
/// lanes, in the border of zeros that the kernel reaches into.
struct FramedImage: Sendable {
    let sliding: ModelGraph.Sliding
    /// Values of a pixel.
    let channels: Int
    /// Height and width with the border, in pixels.
    let height: Int
    let width: Int

    init(_ sliding: ModelGraph.Sliding, channels: Int) {
        self.sliding = sliding
        self.channels = channels
        func reach(_ input: Int, _ before: Int, _ windows: Int) -> Int {
            max(before + input, (windows - 1) * sliding.stride + sliding.size)
        }
        height = reach(sliding.input.height, sliding.top, sliding.output.height)
        width = reach(sliding.input.width, sliding.left, sliding.output.width)
    }

    /// Lanes that it takes.
    var lanes: Int { Lanes.count(for: height * width * channels) }

    /// Whether the image as it lies in memory is the same already.
    var isPlain: Bool {
        height == sliding.input.height && width == sliding.input.width && channels % Lanes.scalarCount == 0
    }

    /// Copies an image; the border is not touched.
    ///
    /// - Parameters:
    ///   - image: The first pixel.
    ///   - stride: Elements from one pixel to the next.
    ///   - out: Room for ``lanes``.
    func copy(_ image: UnsafePointer<Float>, stride: Int, to out: UnsafeMutablePointer<Float>) {
        var source = image
        for row in 0..<sliding.input.height {
            var target = out + ((row + sliding.top) * width + sliding.left) * channels
            for _ in 0..<sliding.input.width {
                for channel in 0..<channels { target[channel] = source[channel] }
                target += channels
                source += stride
            }
        }
    }
}
