import MetaNetwork

/// `activation(x·W + b)` for some rows, in tiles that stay in registers.
struct DenseLayer {
    /// W, one row of ``outputs`` lanes for each input.
    let weight: UnsafePointer<Lanes>
    let bias: UnsafePointer<Lanes>
    /// Numbers of x that are read.
    let inputs: Int
    /// Lanes of the result.
    let outputs: Int
    let activation: Architecture.Activation

    /// - Parameters:
    ///   - x: The first row.
    ///   - stride: Lanes from one row of x to the next.
    ///   - rows: Number of rows.
    ///   - out: The result's first row; not x.
    ///   - outStride: Lanes from one row of the result to the next.
    func apply(
        _ x: UnsafePointer<Lanes>,
        stride: Int,
        rows: Int,
        out: UnsafeMutablePointer<Lanes>,
        outStride: Int
    ) {
        let step = stride * Lanes.scalarCount
        var row = 0
        while row + 4 <= rows {
            fourRows((x + row * stride).numbers, step, out + row * outStride, outStride)
            row += 4
        }
        while row < rows {
            oneRow((x + row * stride).numbers, out + row * outStride)
            row += 1
        }
        for row in 0..<rows { activation.apply(to: out + row * outStride, lanes: outputs) }
    }

    @inline(__always)
    private func fourRows(_ x: UnsafePointer<Float>, _ step: Int, _ out: UnsafeMutablePointer<Lanes>, _ outStride: Int)
    {
        let (x1, x2, x3) = (x + step, x + 2 * step, x + 3 * step)
        for lane in 0..<outputs {
            let start = bias[lane]
            var (a, b, c, d) = (start, start, start, start)
            var w = weight + lane
            for k in 0..<inputs {
                let column = w.pointee
                a += column * x[k]
                b += column * x1[k]
                c += column * x2[k]
                d += column * x3[k]
                w += outputs
            }
            out[lane] = a
            out[outStride + lane] = b
            out[2 * outStride + lane] = c
            out[3 * outStride + lane] = d
        }
    }

    @inline(__always)
    private func oneRow(_ x: UnsafePointer<Float>, _ out: UnsafeMutablePointer<Lanes>) {
        var lane = 0
        while lane + 4 <= outputs {
            var (a, b, c, d) = (bias[lane], bias[lane + 1], bias[lane + 2], bias[lane + 3])
            var w = weight + lane
            for k in 0..<inputs {
                let value = x[k]
                a += w[0] * value
                b += w[1] * value
                c += w[2] * value
                d += w[3] * value
                w += outputs
            }
            (out[lane], out[lane + 1], out[lane + 2], out[lane + 3]) = (a, b, c, d)
            lane += 4
        }
        while lane < outputs {
            var a = bias[lane]
            for k in 0..<inputs { a += weight[k * outputs + lane] * x[k] }
            out[lane] = a
            lane += 1
        }
    }
}
