import CTorch

/// Where windows are on an image: `size` × `size` pixels, `stride` apart, `top` and `left` pixels of zeros before the
/// first pixel and as many behind the last as the windows need.
public struct SlidingWindow: Sendable {
    let value: ct_windows

    /// Creates a description.
    ///
    /// - Parameters:
    ///   - size: Pixels of a window, in each direction.
    ///   - stride: Pixels from one window to the next.
    ///   - input: Height and width of the image.
    ///   - output: Windows from top to bottom and from left to right.
    ///   - top: Pixels of zeros above the image.
    ///   - left: Pixels of zeros left of the image.
    public init(
        size: Int,
        stride: Int,
        input: (height: Int, width: Int),
        output: (height: Int, width: Int),
        top: Int = 0,
        left: Int = 0
    ) {
        value = ct_windows(
            size: Int64(size),
            stride: Int64(stride),
            height: Int64(input.height),
            width: Int64(input.width),
            out_height: Int64(output.height),
            out_width: Int64(output.width),
            top: Int64(top),
            left: Int64(left)
        )
    }
}

/// Images with a row of channels for each pixel, pixels from left to right and then from top to bottom.
extension Tensor {
    /// What a convolution reads, each window row by row: [rows, height · width, channels] →
    /// [rows, windows, size · size · channels].
    public func patches(_ windows: SlidingWindow) throws(TorchError) -> Tensor {
        try Tensor.make { ct_patches(handle, windows.value, $0) }
    }

    /// The adjoint of ``patches(_:)``, what a transposed convolution gives: [rows, windows, size · size · channels] →
    /// [rows, height · width, channels], summed where windows overlap.
    public func folded(_ windows: SlidingWindow) throws(TorchError) -> Tensor {
        try Tensor.make { ct_fold(handle, windows.value, $0) }
    }

    /// The largest element of each channel: [rows, height · width, channels] → [rows, windows, channels].
    public func maximum(in windows: SlidingWindow) throws(TorchError) -> Tensor {
        try Tensor.make { ct_max_pool(handle, windows.value, $0) }
    }

    /// The mean of each channel: [rows, height · width, channels] → [rows, windows, channels].
    public func mean(in windows: SlidingWindow) throws(TorchError) -> Tensor {
        try Tensor.make { ct_average_pool(handle, windows.value, $0) }
    }
}
