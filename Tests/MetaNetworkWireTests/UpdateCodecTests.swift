import MetaNetwork
import Testing

@testable import MetaNetworkWire

@Suite("The codec of updates")
struct UpdateCodecTests {
    @Test("the largest are those that sorting finds, whatever their signs, of equal ones the first")
    func largest() {
        var random = SeededGenerator(seed: 8)
        for size in [1, 2, 7, 300] {
            // Few different numbers, so that many are equal; zeros of both signs are.
            let values = (0..<size).map { _ in
                Float(random.index(below: 5) - 2) * (random.index(below: 3) == 0 ? 1e-30 : 1.5)
            }
            let sorted = values.indices.sorted { (values[$1].magnitude, $0) < (values[$0].magnitude, $1) }
            for count in 1...size { #expect(UpdateCodec.largest(count, of: values) == sorted.prefix(count).sorted()) }
            #expect(UpdateCodec.largest(size + 1, of: values) == Array(values.indices), "all that there are")
        }
        #expect(UpdateCodec.largest(1, of: []).isEmpty)
    }

    @Test("numbers that are none are written without a trap, and refused where they are read")
    func notFinite() throws {
        var random = SeededGenerator(seed: 9)
        for values in [[.nan, 1, 2, -.infinity], [.nan, .nan], [.infinity, 0, 0]] as [[Float]] {
            for bits in [1, 8, 32] {
                let bytes = try UpdateCodec(density: 0.5, bits: bits).encoded(values, random: &random)
                #expect(throws: UpdateCodecError.self) { try UpdateCodec.decoded(bytes, count: values.count) }
            }
        }
    }
}
