import MetaNetwork

/// The gradients of a convolution, patch by patch: the layer's own are summed over all patches, and over all calls.
struct ConvolutionGradient {
    let geometry: Convolution.Geometry

    /// Calls a function with each patch: the offset of its first element in the image, and its place in the result, in lanes.
    @inline(__always)
    private func forEachPatch(_ body: (_ image: Int, _ out: Int) -> Void) {
        var out = 0
        for row in 0..<geometry.patches.height {
            for column in 0..<geometry.patches.width {
                body(row * geometry.rowStep + column * geometry.step, out)
                out += geometry.outputs
            }
        }
    }

    /// Adds what the result's gradient means for W: the sum of pᵀ · g over the patches p.
    ///
    /// - Parameters:
    ///   - image: The first element of the framed image.
    ///   - g: The gradient of `p·W + b`, of the first patch.
    ///   - weight: The gradient of W.
    func addWeight(_ image: UnsafePointer<Float>, _ g: UnsafePointer<Lanes>, to weight: UnsafeMutablePointer<Lanes>) {
        let run = DenseGradient(inputs: geometry.run, outputs: geometry.outputs)
        forEachPatch { first, out in
            for row in 0..<geometry.rows {
                let target = weight + row * geometry.run * geometry.outputs
                run.addWeight(image + first + row * geometry.pitch, g + out, to: target)
            }
        }
    }

    /// Adds what the result's gradient means for b.
    func addBias(_ g: UnsafePointer<Lanes>, to bias: UnsafeMutablePointer<Lanes>) {
        forEachPatch { _, out in
            for lane in 0..<geometry.outputs { bias[lane] += g[out + lane] }
        }
    }

    /// Adds what the result's gradient means for the image: g · Wᵀ, to every patch.
    func addImage(_ weight: UnsafePointer<Lanes>, _ g: UnsafePointer<Lanes>, to image: UnsafeMutablePointer<Float>) {
        let run = DenseGradient(inputs: geometry.run, outputs: geometry.outputs)
        forEachPatch { first, out in
            for row in 0..<geometry.rows {
                let source = weight + row * geometry.run * geometry.outputs
                run.addInput(source, g + out, to: image + first + row * geometry.pitch)
            }
        }
    }
}

extension FramedImage {
    /// Adds the gradient of the framed image to that of the image; what belongs to the border is nobody's.
    ///
    /// - Parameters:
    ///   - gradient: Of the framed image.
    ///   - image: The gradient of the first pixel.
    ///   - stride: Elements from one pixel to the next.
    func add(_ gradient: UnsafePointer<Float>, to image: UnsafeMutablePointer<Float>, stride: Int) {
        var target = image
        for row in 0..<sliding.input.height {
            var source = gradient + ((row + sliding.top) * width + sliding.left) * channels
            for _ in 0..<sliding.input.width {
                for channel in 0..<channels { target[channel] += source[channel] }
                source += channels
                target += stride
            }
        }
    }
}

extension Pooling {
    /// Adds the gradient of each window to that of its mean's elements, or of the first of its largest ones, as PyTorch does.
    ///
    /// - Parameters:
    ///   - x: What was pooled.
    ///   - g: The result's gradient.
    ///   - gradient: That of what was pooled.
    func addGradient(
        _ x: UnsafePointer<Lanes>,
        _ g: UnsafePointer<Lanes>,
        to gradient: UnsafeMutablePointer<Lanes>
    ) {
        let (size, width) = (sliding.size, sliding.input.width * lanes)
        var source = g
        for row in 0..<sliding.output.height {
            for column in 0..<sliding.output.width {
                let first = row * sliding.stride * width + column * sliding.stride * lanes
                for lane in 0..<lanes {
                    let window = first + lane
                    switch kind {
                    case .max: addToLargest(x + window, source[lane], to: gradient + window, size, width)
                    case .average:
                        let share = source[lane] * (1 / Float(size * size))
                        forEachPlace(size, width) { gradient[window + $0] += share }
                    }
                }
                source += lanes
            }
        }
    }

    @inline(__always)
    private func forEachPlace(_ size: Int, _ width: Int, _ body: (Int) -> Void) {
        for row in 0..<size {
            for column in 0..<size { body(row * width + column * lanes) }
        }
    }

    @inline(__always)
    private func addToLargest(
        _ window: UnsafePointer<Lanes>,
        _ g: Lanes,
        to gradient: UnsafeMutablePointer<Lanes>,
        _ size: Int,
        _ width: Int
    ) {
        var (largest, places) = (window[0], SIMD8<Int32>())
        forEachPlace(size, width) { place in
            let isLarger = window[place] .> largest
            largest.replace(with: window[place], where: isLarger)
            places.replace(with: SIMD8(repeating: Int32(place)), where: isLarger)
        }
        forEachPlace(size, width) { place in
            gradient[place] += Lanes().replacing(with: g, where: places .== Int32(place))
        }
    }
}
