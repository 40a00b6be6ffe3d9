import MetaNetwork

#if arch(x86_64)
import CWideLanes
#endif

/// `activation(x·W + b)` for some rows, in tiles that stay in registers.
struct DenseLayer {
    /// W, one row of ``outputs`` lanes for each input.
    let weight: UnsafePointer<Lanes>
    let bias: UnsafePointer<Lanes>
    /// Lanes from one row of b to the next; 0 where all rows have the same one.
    let biasStride: Int
    /// Elements of x that are read.
    let inputs: Int
    /// Lanes of the result.
    let outputs: Int
    let activation: Architecture.Activation

    /// - Parameters:
    ///   - x: The first row.
    ///   - stride: Lanes from one row of x to the next.
    ///   - rows: Number of rows.
    ///   - out: The result's first row; not x, but it may be b.
    ///   - outStride: Lanes from one row of the result to the next.
    func apply(
        _ x: UnsafePointer<Lanes>,
        stride: Int,
        rows: Int,
        out: UnsafeMutablePointer<Lanes>,
        outStride: Int
    ) {
        products(x, stride: stride, rows: rows, out: out, outStride: outStride)
        for row in 0..<rows { activation.apply(to: out + row * outStride, lanes: outputs) }
    }

    /// `x·W + b`.
    @inline(__always)
    private func products(
        _ x: UnsafePointer<Lanes>,
        stride: Int,
        rows: Int,
        out: UnsafeMutablePointer<Lanes>,
        outStride: Int
    ) {
        #if arch(x86_64)
        if Lanes.areWide {
            let size = Lanes.scalarCount
            return wide_lanes_dense(
                x.elements,
                stride * size,
                rows,
                weight.elements,
                bias.elements,
                biasStride * size,
                inputs,
                outputs,
                out.elements,
                outStride * size
            )
        }
        #endif
        plainProducts(x, stride: stride, rows: rows, out: out, outStride: outStride)
    }

    /// `x·W + b` with what the compiler makes for every processor.
    func plainProducts(
        _ x: UnsafePointer<Lanes>,
        stride: Int,
        rows: Int,
        out: UnsafeMutablePointer<Lanes>,
        outStride: Int
    ) {
        let wide = outputs - outputs % 4
        for row in 0..<rows {
            wideTiles((x + row * stride).elements, bias + row * biasStride, out + row * outStride, lanes: wide)
        }
        for lane in wide..<outputs {
            let (x, step, bias, out) = (x.elements, stride * Lanes.scalarCount, bias + lane, out + lane)
            var row = 0
            while row + 4 <= rows {
                tallTile(x + row * step, step, lane, bias + row * biasStride, out + row * outStride, outStride)
                row += 4
            }
            while row < rows {
                out[row * outStride] = product(x + row * step, lane, bias[row * biasStride])
                row += 1
            }
        }
    }

    /// One row and four lanes at a time: an element of x is spread once for four lanes of W, which come from the fastest cache.
    /// That is the fastest tile where arithmetic is four elements wide.
    @inline(__always)
    private func wideTiles(
        _ x: UnsafePointer<Float>,
        _ bias: UnsafePointer<Lanes>,
        _ out: UnsafeMutablePointer<Lanes>,
        lanes: Int
    ) {
        var lane = 0
        while lane < lanes {
            var (a, b, c, d) = (bias[lane], bias[lane + 1], bias[lane + 2], bias[lane + 3])
            var w = weight + lane
            for k in 0..<inputs {
                let value = x[k]
                a.add(w[0], times: value)
                b.add(w[1], times: value)
                c.add(w[2], times: value)
                d.add(w[3], times: value)
                w += outputs
            }
            (out[lane], out[lane + 1], out[lane + 2], out[lane + 3]) = (a, b, c, d)
            lane += 4
        }
    }

    /// Four rows of one lane.
    @inline(__always)
    private func tallTile(
        _ x: UnsafePointer<Float>,
        _ step: Int,
        _ lane: Int,
        _ bias: UnsafePointer<Lanes>,
        _ out: UnsafeMutablePointer<Lanes>,
        _ outStride: Int
    ) {
        let (x1, x2, x3) = (x + step, x + 2 * step, x + 3 * step)
        var (a, b, c, d) = (bias[0], bias[biasStride], bias[2 * biasStride], bias[3 * biasStride])
        var w = weight + lane
        for k in 0..<inputs {
            let column = w.pointee
            a.add(column, times: x[k])
            b.add(column, times: x1[k])
            c.add(column, times: x2[k])
            d.add(column, times: x3[k])
            w += outputs
        }
        out[0] = a
        out[outStride] = b
        out[2 * outStride] = c
        out[3 * outStride] = d
    }

    /// One row of one lane.
    @inline(__always)
    private func product(_ x: UnsafePointer<Float>, _ lane: Int, _ bias: Lanes) -> Lanes {
        var (sum, w) = (bias, weight + lane)
        for k in 0..<inputs {
            sum.add(w.pointee, times: x[k])
            w += outputs
        }
        return sum
    }
}
