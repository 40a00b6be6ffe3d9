import Testing

@testable import MetaNetwork

@Suite("Half precision")
struct HalfPrecisionTests {
    @Test("All 65,536 halves have numpy's value and survive the way there and back")
    func allPatterns() throws {
        let bytes = try Fixture.bytes("halves.safetensors")
        let weights = try SafeTensors.decode(bytes).weights
        let ours = try #require(weights["patterns"]).values
        let numpy = try #require(weights["singles"]).values
        try #require(ours.count == 65536)
        for pattern in 0..<65536 {
            if numpy[pattern].isNaN {
                #expect(ours[pattern].isNaN)
            } else if ours[pattern].bitPattern != numpy[pattern].bitPattern {
                Issue.record("half \(pattern) is \(ours[pattern]), numpy says \(numpy[pattern])")
            }
            #expect(HalfPrecision.bits(HalfPrecision.float(UInt16(pattern))) == UInt16(pattern))
        }
    }

    @Test("Singles round as numpy rounds them, ties to even, to normal and subnormal halves")
    func rounding() throws {
        let weights = try SafeTensors.decode(try Fixture.bytes("rounding.safetensors")).weights
        let singles = try #require(weights["singles"]).values
        let rounded = try #require(weights["rounded"]).values
        #expect(singles.count > 4500)
        for (single, half) in zip(singles, rounded) {
            #expect(HalfPrecision.float(HalfPrecision.bits(single)).bitPattern == half.bitPattern, "\(single)")
        }
    }

    @Test("The edges: too large, just not too large, smallest, half of the smallest")
    func edges() {
        #expect(HalfPrecision.bits(65519.996) == 0x7BFF)
        #expect(HalfPrecision.bits(65520) == 0x7C00)
        #expect(HalfPrecision.bits(-Float.greatestFiniteMagnitude) == 0xFC00)
        #expect(HalfPrecision.bits(0x1p-25) == 0)
        #expect(HalfPrecision.bits(Float(0x1p-25).nextUp) == 1)
        #expect(HalfPrecision.bits(-Float.leastNonzeroMagnitude) == 0x8000)
        #expect(HalfPrecision.float(HalfPrecision.bits(.nan)).isNaN)
    }

    @Test("Without branches small numbers become what they become with them")
    func branchless() {
        var random = SeededGenerator(state: 8)
        var singles: [Float] = [0, -0, 0x1p-25, 0x1p-14, -65519.996, .leastNonzeroMagnitude, 0x1.FFCp-15, 0x1.FFEp-15]
        while singles.count < 80_000 {
            let single = Float(bitPattern: UInt32(truncatingIfNeeded: random.next()))
            if single.magnitude < 65_520 { singles.append(single) }
        }
        for single in singles where HalfPrecision.bits(small: single) != HalfPrecision.bits(single) {
            Issue.record("\(single) became \(HalfPrecision.bits(small: single))")
        }
    }

    #if !(os(macOS) && arch(x86_64))
    @Test("Random bit patterns round as the processor rounds them")
    func processor() {
        var random = SeededGenerator(state: 7)
        for _ in 0..<100_000 {
            let single = Float(bitPattern: UInt32(truncatingIfNeeded: random.next()))
            guard !single.isNaN, HalfPrecision.bits(single) != Float16(single).bitPattern else { continue }
            Issue.record("\(single) became \(HalfPrecision.bits(single))")
        }
    }
    #endif
}
