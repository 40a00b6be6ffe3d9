import MetaNetwork

/// The maximum or the mean of each channel in the windows of an image.
struct Pooling {
    let kind: Architecture.Pooling.Kind
    let sliding: ModelGraph.Sliding
    /// Lanes of a pixel.
    let lanes: Int

    func apply(_ x: UnsafePointer<Lanes>, _ out: UnsafeMutablePointer<Lanes>) {
        let (size, width) = (sliding.size, sliding.input.width * lanes)
        var target = out
        for row in 0..<sliding.output.height {
            for column in 0..<sliding.output.width {
                let window = x + row * sliding.stride * width + column * sliding.stride * lanes
                for lane in 0..<lanes {
                    target[lane] =
                        switch kind {
                        case .max: largest(window + lane, size, width)
                        case .average: sum(window + lane, size, width) * (1 / Float(size * size))
                        }
                }
                target += lanes
            }
        }
    }

    @inline(__always)
    private func largest(_ window: UnsafePointer<Lanes>, _ size: Int, _ width: Int) -> Lanes {
        var result = window[0]
        for row in 0..<size {
            for column in 0..<size {
                let value = window[row * width + column * lanes]
                result.replace(with: value, where: value .> result)
            }
        }
        return result
    }

    @inline(__always)
    private func sum(_ window: UnsafePointer<Lanes>, _ size: Int, _ width: Int) -> Lanes {
        var result = Lanes()
        for row in 0..<size {
            for column in 0..<size { result += window[row * width + column * lanes] }
        }
        return result
    }
}
