extension SIMD4<Float> {
    /// Adds x · y, element by element; see ``Lanes``.
    @inline(__always) mutating func add(_ x: Self, times y: Self) {
        #if arch(arm64)
        addProduct(x, y)
        #else
        self += x * y
        #endif
    }

    /// The sums of four times four elements, in fewer steps than one after the other.
    @inline(__always)
    static func totals(_ a: Self, _ b: Self, _ c: Self, _ d: Self) -> Self {
        let (ab, cd) = (halves(a, b), halves(c, d))
        return Self(lowHalf: ab.evenHalf, highHalf: cd.evenHalf) + Self(lowHalf: ab.oddHalf, highHalf: cd.oddHalf)
    }

    /// Two sums in two parts each. Pairs of elements are moved as one: element by element the compiler would move what is to be
    /// summed, before all sums, in the inner loop.
    @inline(__always)
    private static func halves(_ a: Self, _ b: Self) -> Self {
        let (x, y) = (unsafeBitCast(a, to: SIMD2<Double>.self), unsafeBitCast(b, to: SIMD2<Double>.self))
        let (first, second) = (SIMD2(x.x, y.x), SIMD2(x.y, y.y))
        return unsafeBitCast(first, to: Self.self) + unsafeBitCast(second, to: Self.self)
    }
}
