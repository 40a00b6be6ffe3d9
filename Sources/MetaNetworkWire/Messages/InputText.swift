import MetaNetwork

/// An input of a model over vectors as text, as ``SampleEvents/Event/item`` carries it: base64 of its values in IEEE half precision, 2
/// bytes each, the least significant first, in the input's order. A value takes 2.7 characters.
public enum InputText {
    /// The text of an input, each value rounded to the nearest half, ties to even.
    ///
    /// - Parameter values: One vector; a window of vectors, oldest first; or an image channel by channel, each row by row.
    /// - Returns: `nil` where a value is not finite, or beyond the largest half, 65,504.
    public static func text(of values: [Float]) -> String? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(2 * values.count)
        for value in values {
            let bits = HalfPrecision.bits(value)
            guard isFinite(bits) else { return nil }
            bytes.append(UInt8(truncatingIfNeeded: bits))
            bytes.append(UInt8(truncatingIfNeeded: bits >> 8))
        }
        return Base64.text(bytes)
    }

    /// The values of a text, as many as it has.
    ///
    /// - Returns: `nil` where the text is none that ``text(of:)`` gives.
    public static func values(of text: String) -> [Float]? {
        guard let bytes = Base64.bytes(text), bytes.count % 2 == 0 else { return nil }
        var values: [Float] = []
        values.reserveCapacity(bytes.count / 2)
        for place in stride(from: 0, to: bytes.count, by: 2) {
            let bits = UInt16(bytes[place]) | UInt16(bytes[place + 1]) << 8
            guard isFinite(bits) else { return nil }
            values.append(HalfPrecision.float(bits))
        }
        return values
    }

    /// Infinities and NaN have all bits of the exponent.
    private static func isFinite(_ bits: UInt16) -> Bool { bits & 0x7C00 != 0x7C00 }
}
