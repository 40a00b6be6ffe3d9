extension Lanes {
    /// The inner product of two rows.
    @inline(__always)
    static func dot(_ x: UnsafePointer<Lanes>, _ y: UnsafePointer<Lanes>, _ lanes: Int) -> Float {
        var sum = x[0] * y[0]
        for lane in 1..<Swift.max(1, lanes) { sum += x[lane] * y[lane] }
        return sum.total
    }
}
