/// The exponential functions, eight at a time and without a library: C's work on one element at a time.
extension Lanes {
    /// e^x. Relative error below 2e-7; x is clamped to ±87, where the result still is a normal number.
    ///
    /// With n the integer nearest to x / ln 2 and r = x - n ln 2, e^x = 2^n e^r, and e^r is a polynomial for |r| ≤ ln 2 / 2.
    @inline(__always) static func exp(_ x: Lanes) -> Lanes {
        let clamped = x.within(87)
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

    /// Absolute error below 4e-7; exactly 1 from 9 on, and -1 from -9 down.
    ///
    /// tanh x = x P(x²) / Q(x²) with the quotient of two polynomials of degree 4 whose largest error on ±9 is least (2e-8; the
    /// rest is rounding): less than half the time of `1 - 2 / (e^2x + 1)`.
    @inline(__always) static func tanh(_ x: Lanes) -> Lanes {
        let clamped = x.within(9)
        let square = clamped * clamped
        let numerator = Lanes(repeating: 1.318_411e-8).times(square, plus: 2.047_174_9e-5)
            .times(square, plus: 3.486_577_2e-3).times(square, plus: 0.133_731_93).times(square, plus: 0.999_999_9)
        let denominator = Lanes(repeating: 7.702_617e-7).times(square, plus: 3.271_377_4e-4)
            .times(square, plus: 0.025_841_96).times(square, plus: 0.467_064_92).times(square, plus: 1)
        return clamped * numerator / denominator
    }

    /// 1 / (1 + e^-x) = (1 + tanh(x / 2)) / 2. Absolute error below 2e-7.
    @inline(__always) static func sigmoid(_ x: Lanes) -> Lanes {
        tanh(x * 0.5) * 0.5 + 0.5
    }

    /// The elements clamped to ±limit. `clamped` would be a call, one element at a time; this is two instructions.
    @inline(__always)
    private func within(_ limit: Float) -> Lanes {
        let upper = replacing(with: limit, where: self .> limit)
        return upper.replacing(with: -limit, where: upper .< -limit)
    }

    /// One step of Horner's scheme.
    @inline(__always)
    private func times(_ x: Lanes, plus coefficient: Float) -> Lanes {
        var sum = Lanes(repeating: coefficient)
        sum.add(self, times: x)
        return sum
    }
}
