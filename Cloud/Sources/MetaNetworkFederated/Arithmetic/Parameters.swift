/// Arithmetic on whole models. Sums are in double precision and in the order given, so they have the same bits whatever thread did what.
enum Parameters {
    /// Adds weighted updates to a model.
    static func add(_ terms: [(weight: Double, values: [Float])], to model: inout [Float]) {
        var sums = model.map(Double.init)
        sums.withUnsafeMutableBufferPointer { sums in
            for (weight, values) in terms {
                precondition(values.count == sums.count, "an update has as many values as the model")
                values.withUnsafeBufferPointer { values in
                    for place in sums.indices { sums[place] += weight * Double(values[place]) }
                }
            }
        }
        model = sums.map { Float($0) }
    }

    /// What one has and another has not.
    static func difference(_ a: [Float], _ b: [Float]) -> [Float] { combined(a, b) { $0 - $1 } }

    static func sum(_ a: [Float], _ b: [Float]) -> [Float] { combined(a, b) { $0 + $1 } }

    static func dot(_ a: [Float], _ b: [Float]) -> Double {
        precondition(a.count == b.count, "both have as many values")
        return a.withUnsafeBufferPointer { a in
            b.withUnsafeBufferPointer { b in
                // Several sums at once, as one would wait for each addition.
                var sums = SIMD8<Double>.zero
                let whole = a.count / 8 * 8
                for first in stride(from: 0, to: whole, by: 8) {
                    for lane in 0..<8 { sums[lane] += Double(a[first + lane]) * Double(b[first + lane]) }
                }
                var rest = 0.0
                for place in whole..<a.count { rest += Double(a[place]) * Double(b[place]) }
                return sums.sum() + rest
            }
        }
    }

    /// The mean of some arrays.
    static func mean(_ arrays: [[Float]]) -> [Float] {
        guard let first = arrays.first else { return [] }
        var mean = [Float](repeating: 0, count: first.count)
        add(arrays.map { (1 / Double(arrays.count), $0) }, to: &mean)
        return mean
    }

    @inline(__always)
    private static func combined(_ a: [Float], _ b: [Float], _ body: (Float, Float) -> Float) -> [Float] {
        precondition(a.count == b.count, "both have as many values")
        return a.withUnsafeBufferPointer { a in
            b.withUnsafeBufferPointer { b in
                [Float](unsafeUninitializedCapacity: a.count) { result, count in
                    for place in a.indices { result[place] = body(a[place], b[place]) }
                    count = a.count
                }
            }
        }
    }
}
