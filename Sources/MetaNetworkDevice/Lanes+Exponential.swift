/// The exponential functions, eight at a time and without a library: C's work one number at a time.
extension Lanes {
    /// e^x. Relative error below 2e-7; x is clamped to ±87, where the result still is a normal number.
    ///
    /// With n the integer nearest to x / ln 2 and r = x - n ln 2, e^x = 2^n e^r, and e^r is a polynomial for |r| ≤ ln 2 / 2.
    @inline(__always) static func exp(_ x: Lanes) -> Lanes {
        // `clamped` would be a call, one number at a time.
        let clamped = x.replacing(with: 87, where: x .> 87).replacing(with: -87, where: x .< -87)
        // Adding 1.5 · 2^23 rounds to an integer, which then stands in the low bits.
        let shifter = Lanes(repeating: 12_582_912)
        let shifted = clamped * 1.442_695_04 + shifter
        let n = shifted - shifter
        // ln 2 in two parts, the first short enough that n times it is exact.
        let r = clamped - n * 0.693_359_375 - n * -2.121_944_4e-4
        let polynomial = Lanes(repeating: 1 / 5040).times(r, plus: 1 / 720).times(r, plus: 1 / 120)
            .times(r, plus: 1 / 24).times(r, plus: 1 / 6).times(r, plus: 0.5).times(r, plus: 1).times(r, plus: 1)
        let bits = unsafeBitCast(shifted, to: SIMD8<UInt32>.self) &<< 23
        // The exponent of 2^n is n + 127; what the shifter left above bit 8 is shifted out.
        return polynomial * unsafeBitCast(bits &+ 0x3F80_0000, to: Lanes.self)
    }

    /// tanh x = 1 - 2 / (e^2x + 1). Absolute error below 2e-7.
    @inline(__always) static func tanh(_ x: Lanes) -> Lanes {
        1 - 2 / (exp(x + x) + 1)
    }

    /// 1 / (1 + e^-x). Absolute error below 2e-7.
    @inline(__always) static func sigmoid(_ x: Lanes) -> Lanes {
        1 / (exp(0 - x) + 1)
    }

    /// One step of Horner's scheme.
    @inline(__always)
    private func times(_ x: Lanes, plus coefficient: Float) -> Lanes { self * x + coefficient }
}
