/// IEEE 754 binary16 by bit arithmetic: Swift's `Float16` does not exist on macOS with Intel processors.
package enum HalfPrecision {
    /// The nearest half to a single; of two equally near ones that with an even last bit. Too large gives infinity.
    ///
    /// The top bits of a NaN's payload are kept, so that a half survives the way to a single and back bit for bit.
    package static func bits(_ value: Float) -> UInt16 {
        let sign = UInt16(value.bitPattern >> 16) & 0x8000
        let magnitude = value.bitPattern & 0x7FFF_FFFF
        if magnitude > 0x7F80_0000 {
            let payload = UInt16((magnitude >> 13) & 0x03FF)
            return sign | 0x7C00 | (payload == 0 ? 1 : payload)
        }
        // 65,520 and above round to infinity; 2⁻¹⁴ and above are normal; 2⁻²⁵ and below round to zero.
        if magnitude >= 0x477F_F000 { return sign | 0x7C00 }
        if magnitude >= 0x3880_0000 {
            let rounded = magnitude + 0x0FFF + ((magnitude >> 13) & 1)
            return sign | UInt16((rounded - 0x3800_0000) >> 13)
        }
        if magnitude <= 0x3300_0000 { return sign }
        // A subnormal half counts units of 2⁻²⁴.
        let shift = 126 - (magnitude >> 23)
        let significand = (magnitude & 0x007F_FFFF) | 0x0080_0000
        let units = significand >> shift
        let remainder = significand & ((1 << shift) - 1)
        let middle: UInt32 = 1 << (shift - 1)
        let up = remainder > middle || (remainder == middle && units & 1 == 1)
        return sign | UInt16(units + (up ? 1 : 0))
    }

    /// The nearest half to a single below 65,520 in magnitude, as ``bits(_:)`` gives it, without branches: a loop of it becomes
    /// vector instructions. Written with Swift's vector types instead, it takes fifteen times as long.
    @inline(__always)
    static func bits(small value: Float) -> UInt16 {
        let pattern = value.bitPattern
        let magnitude = pattern & 0x7FFF_FFFF
        let normal = (magnitude &+ 0x0FFF &+ ((magnitude &>> 13) & 1) &- 0x3800_0000) &>> 13
        // From one half to one, singles are units of 2⁻²⁴ apart, as subnormal halves are: the sum rounds as they do.
        let subnormal = (Float(bitPattern: magnitude) + 0.5).bitPattern &- 0x3F00_0000
        let half = magnitude < 0x3880_0000 ? subnormal : normal
        return UInt16(truncatingIfNeeded: half | (pattern &>> 16) & 0x8000)
    }

    /// The single with the value of a half; exact.
    package static func float(_ bits: UInt16) -> Float {
        let sign = UInt32(bits & 0x8000) << 16
        let exponent = UInt32(bits >> 10) & 0x1F
        let fraction = UInt32(bits & 0x03FF)
        switch exponent {
        case 0:
            let magnitude = Float(fraction) * 0x1p-24
            return Float(bitPattern: sign | magnitude.bitPattern)
        case 31: return Float(bitPattern: sign | 0x7F80_0000 | fraction << 13)
        default: return Float(bitPattern: sign | (exponent + 112) << 23 | fraction << 13)
        }
    }
}
