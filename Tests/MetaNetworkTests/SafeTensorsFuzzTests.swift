import Testing

@testable import MetaNetwork

@Suite("SafeTensors against random damage")
struct SafeTensorsFuzzTests {
    #if DEBUG
    private static let mutants = 20_000
    #else
    private static let mutants = 200_000
    #endif

    /// Pieces that steer mutants past the parser and into the rules.
    private static let pieces: [[UInt8]] = [
        "9223372036854775807", "18446744073709551616", "-1", "0", "4", "1e308", "[", "]", "{", "}", "\"", "\\u",
        "\\ud83d",
        ",", ":", "F16", "F32", "F64", "\"shape\"", "\"dtype\"", "\"data_offsets\"", "__metadata__", "null", "[0,0]",
    ].map { Array($0.utf8) }

    @Test("No damage traps; what is still accepted can be written and read again")
    func mutants() throws {
        let bases = [
            try Fixture.bytes("mixed.safetensors"), try Fixture.bytes("nothing.safetensors"),
            try SafeTensors.encode(
                Weights(["w": try WeightTensor(shape: [2, 1], values: [1, 2])]),
                metadata: ["k": "v"]
            ),
        ]
        var random = SeededGenerator(state: 2209_05227)
        var accepted = 0
        for round in 0..<Self.mutants {
            var mutant = bases[round % bases.count]
            // Half of them keep their length: what shifts the values seldom gets further than the offsets.
            let kinds = Bool.random(using: &random) ? 2 : 6
            for _ in 0..<Int.random(in: 1...4, using: &random) { Self.damage(&mutant, kinds, &random) }
            // Half of them get a header length that fits, so that damage to the header's text is reached.
            if Bool.random(using: &random) { Self.fitLength(&mutant, &random) }
            guard let (weights, metadata) = try? SafeTensors.decode(mutant) else { continue }
            accepted += 1
            let again = try SafeTensors.decode(try SafeTensors.encode(weights, metadata: metadata))
            #expect(again.weights.names == weights.names)
            #expect(again.metadata == metadata)
        }
        // Damage to values alone is no damage to the format; none accepted would mean that nothing was reached.
        #expect(accepted > Self.mutants / 100)
        #expect(accepted < Self.mutants / 2)
    }

    private static func damage(_ bytes: inout [UInt8], _ kinds: Int, _ random: inout SeededGenerator) {
        guard !bytes.isEmpty else { return }
        let place = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<kinds, using: &random) {
        case 0: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case 1: bytes[place] = UInt8.random(in: 0...255, using: &random)
        case 2: bytes.remove(at: place)
        case 3: bytes.insert(UInt8.random(in: 0...255, using: &random), at: place)
        case 4: bytes.insert(contentsOf: pieces.randomElement(using: &random) ?? [], at: place)
        default: bytes.removeSubrange(place..<min(bytes.count, place + Int.random(in: 1...32, using: &random)))
        }
    }

    /// Sets the length to where the header's last brace is now, and sometimes to anything.
    private static func fitLength(_ bytes: inout [UInt8], _ random: inout SeededGenerator) {
        guard bytes.count > 8, let brace = bytes.lastIndex(of: UInt8(ascii: "}")), brace >= 8 else { return }
        let fitting = Int.random(in: 0..<8, using: &random) > 0
        let length = fitting ? UInt64(brace - 7) : random.next() >> UInt64.random(in: 0..<64, using: &random)
        for index in 0..<8 { bytes[index] = UInt8(truncatingIfNeeded: length >> UInt64(8 * index)) }
    }
}
