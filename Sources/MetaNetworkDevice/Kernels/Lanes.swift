#if arch(x86_64)
import CWideLanes
#endif

/// The unit of all memory and arithmetic on the device: eight elements. Widths are rounded up to whole lanes and padded with
/// zeros, so that no kernel has a remainder to treat.
typealias Lanes = SIMD8<Float>

#if arch(x86_64)
extension Lanes {
    /// Whether the processor takes eight elements in one instruction, which a compiler that is told nothing does not count on.
    static let areWide = wide_lanes_available()
}
#endif

extension Lanes {
    /// Lanes that hold so many elements.
    static func count(for width: Int) -> Int { (width + scalarCount - 1) / scalarCount }

    /// Adds x · y: in one instruction where every processor has one, in two where it might be a call, one element at a time.
    @inline(__always) mutating func add(_ x: Lanes, times y: Float) {
        #if arch(arm64)
        addProduct(x, y)
        #else
        self += x * y
        #endif
    }

    /// Adds x · y, element by element.
    @inline(__always) mutating func add(_ x: Lanes, times y: Lanes) {
        #if arch(arm64)
        addProduct(x, y)
        #else
        self += x * y
        #endif
    }

    /// The sum of the eight elements.
    @inline(__always) var total: Float {
        let four = lowHalf + highHalf
        let two = four.evenHalf + four.oddHalf
        return two.x + two.y
    }

    /// The largest of the eight elements; `max()` would be a call.
    @inline(__always) var largest: Float {
        let four = lowHalf.replacing(with: highHalf, where: highHalf .> lowHalf)
        let two = four.lowHalf.replacing(with: four.highHalf, where: four.highHalf .> four.lowHalf)
        return two.y > two.x ? two.y : two.x
    }
}

extension UnsafePointer<Lanes> {
    /// The same memory, element by element.
    @inline(__always) var elements: UnsafePointer<Float> {
        UnsafeRawPointer(self).assumingMemoryBound(to: Float.self)
    }

    /// The same memory, four elements at a time.
    @inline(__always) var fours: UnsafePointer<SIMD4<Float>> {
        UnsafeRawPointer(self).assumingMemoryBound(to: SIMD4<Float>.self)
    }
}

extension UnsafeMutablePointer<Lanes> {
    /// The same memory, element by element.
    @inline(__always) var elements: UnsafeMutablePointer<Float> {
        UnsafeMutableRawPointer(self).assumingMemoryBound(to: Float.self)
    }
}
