/// The unit of all memory and arithmetic on the device: eight numbers. Widths are rounded up to whole lanes and padded with
/// zeros, so that no kernel has a remainder to treat.
typealias Lanes = SIMD8<Float>

extension Lanes {
    /// Lanes that hold so many numbers.
    static func count(for width: Int) -> Int { (width + scalarCount - 1) / scalarCount }

    /// Adds x · y: in one instruction where every processor has one, in two where it might be a call, one number at a time.
    @inline(__always) mutating func add(_ x: Lanes, times y: Float) {
        #if arch(arm64)
        addProduct(x, y)
        #else
        self += x * y
        #endif
    }

    /// Adds x · y, number by number.
    @inline(__always) mutating func add(_ x: Lanes, times y: Lanes) {
        #if arch(arm64)
        addProduct(x, y)
        #else
        self += x * y
        #endif
    }

    /// The sum of the eight numbers.
    @inline(__always) var total: Float {
        let four = lowHalf + highHalf
        let two = four.evenHalf + four.oddHalf
        return two.x + two.y
    }

    /// The largest of the eight numbers; `max()` would be a call.
    @inline(__always) var largest: Float {
        let four = lowHalf.replacing(with: highHalf, where: highHalf .> lowHalf)
        let two = four.lowHalf.replacing(with: four.highHalf, where: four.highHalf .> four.lowHalf)
        return two.y > two.x ? two.y : two.x
    }
}

extension UnsafePointer<Lanes> {
    /// The same memory, number by number.
    @inline(__always) var numbers: UnsafePointer<Float> {
        UnsafeRawPointer(self).assumingMemoryBound(to: Float.self)
    }

    /// The same memory, four numbers at a time.
    @inline(__always) var fours: UnsafePointer<SIMD4<Float>> {
        UnsafeRawPointer(self).assumingMemoryBound(to: SIMD4<Float>.self)
    }
}

extension UnsafeMutablePointer<Lanes> {
    /// The same memory, number by number.
    @inline(__always) var numbers: UnsafeMutablePointer<Float> {
        UnsafeMutableRawPointer(self).assumingMemoryBound(to: Float.self)
    }
}
