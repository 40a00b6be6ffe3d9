import MetaNetwork

/// `activation(p·W + b)` for each patch p of an image, in tiles that stay in registers.
///
/// A row of a patch is a run of elements, for pixels lie without padding and the border is part of the image
/// (``FramedImage``): the patches are read where they are and never copied.
struct Convolution {
    let geometry: Geometry
    /// W, one row of `outputs` lanes for each element of a patch.
    let weight: UnsafePointer<Lanes>
    let bias: UnsafePointer<Lanes>
    let activation: Architecture.Activation

    /// Where the patches lie. Sizes are in elements unless said otherwise.
    struct Geometry: Sendable {
        /// Rows of a patch.
        let rows: Int
        /// One row of a patch.
        let run: Int
        /// From one row of the image to the next.
        let pitch: Int
        /// From one patch to the next.
        let step: Int
        /// From one row of patches to the next.
        let rowStep: Int
        /// Patches from top to bottom and from left to right.
        let patches: (height: Int, width: Int)
        /// Lanes of the result at one pixel.
        let outputs: Int

        init(_ frame: FramedImage, outputs: Int) {
            let sliding = frame.sliding
            rows = sliding.size
            run = sliding.size * frame.channels
            pitch = frame.width * frame.channels
            step = sliding.stride * frame.channels
            rowStep = sliding.stride * pitch
            patches = sliding.output
            self.outputs = outputs
        }
    }

    /// - Parameters:
    ///   - image: The first element of the framed image.
    ///   - out: Room for `outputs` lanes for each patch; not the image.
    func apply(_ image: UnsafePointer<Float>, _ out: UnsafeMutablePointer<Lanes>) {
        let (outputs, width) = (geometry.outputs, geometry.patches.width)
        for row in 0..<geometry.patches.height {
            let (x, target) = (image + row * geometry.rowStep, out + row * width * outputs)
            var column = 0
            while column + 4 <= width {
                fourPatches(x + column * geometry.step, target + column * outputs)
                column += 4
            }
            while column < width {
                onePatch(x + column * geometry.step, target + column * outputs)
                column += 1
            }
            activation.apply(to: target, lanes: width * outputs)
        }
    }

    @inline(__always)
    private func fourPatches(_ x: UnsafePointer<Float>, _ out: UnsafeMutablePointer<Lanes>) {
        let (outputs, step) = (geometry.outputs, geometry.step)
        for lane in 0..<outputs {
            let start = bias[lane]
            var (a, b, c, d) = (start, start, start, start)
            var (w, line) = (weight + lane, x)
            for _ in 0..<geometry.rows {
                let (x1, x2, x3) = (line + step, line + 2 * step, line + 3 * step)
                for k in 0..<geometry.run {
                    let column = w.pointee
                    a.add(column, times: line[k])
                    b.add(column, times: x1[k])
                    c.add(column, times: x2[k])
                    d.add(column, times: x3[k])
                    w += outputs
                }
                line += geometry.pitch
            }
            out[lane] = a
            out[outputs + lane] = b
            out[2 * outputs + lane] = c
            out[3 * outputs + lane] = d
        }
    }

    @inline(__always)
    private func onePatch(_ x: UnsafePointer<Float>, _ out: UnsafeMutablePointer<Lanes>) {
        for lane in 0..<geometry.outputs {
            var a = bias[lane]
            var (w, line) = (weight + lane, x)
            for _ in 0..<geometry.rows {
                for k in 0..<geometry.run {
                    a.add(w.pointee, times: line[k])
                    w += geometry.outputs
                }
                line += geometry.pitch
            }
            out[lane] = a
        }
    }
}
