import MetaNetwork

/// The gradients of a dense layer, row by row: the layer's own are summed over all rows, and over all calls.
struct DenseGradient {
    /// Elements of x that are read.
    let inputs: Int
    /// Lanes of the result.
    let outputs: Int

    /// Adds what a row's gradient means for W: xᵀ · g.
    @inline(__always)
    func addWeight(_ x: UnsafePointer<Float>, _ g: UnsafePointer<Lanes>, to weight: UnsafeMutablePointer<Lanes>) {
        var row = weight
        for k in 0..<inputs {
            let value = x[k]
            for lane in 0..<outputs { row[lane].add(g[lane], times: value) }
            row += outputs
        }
    }

    /// Adds what a row's gradient means for x: g · Wᵀ.
    @inline(__always)
    func addInput(_ weight: UnsafePointer<Lanes>, _ g: UnsafePointer<Lanes>, to x: UnsafeMutablePointer<Float>) {
        var row = weight
        for k in 0..<inputs {
            x[k] += Lanes.dot(row, g, outputs)
            row += outputs
        }
    }
}

extension Architecture.Activation {
    /// Turns the gradient of the function's values into that of its arguments, in place. Where `relu` gives 0 it is 0.
    @inline(__always)
    func differentiate(_ gradient: UnsafeMutablePointer<Lanes>, at values: UnsafePointer<Lanes>, lanes: Int) {
        switch self {
        case .identity: break
        case .tanh: for lane in 0..<lanes { gradient[lane] *= 1 - values[lane] * values[lane] }
        case .relu: for lane in 0..<lanes { gradient[lane].replace(with: 0, where: values[lane] .<= 0) }
        }
    }
}
