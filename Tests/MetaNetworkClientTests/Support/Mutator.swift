import Foundation

/// Damages bytes at random, the same way for the same seed.
struct Mutator {
    private var random: SeededGenerator
    /// Pieces that steer mutants past a parser and into the rules behind it.
    private static let pieces: [[UInt8]] = [
        "9223372036854775807", "-9223372036854775808", "18446744073709551616", "1e308", "-1", "0", "1", "1000000000",
        "[", "]", "{", "}", "\"", "\\", "\\u0000", "\\ud83d", ",", ":", "null", "true", "\n", "\t", "=", "\u{0}",
        "\u{FEFF}",
        "dense", "embedding", "\"units\":", "\"dynamic\":true", "\"length\":", "F16", "__metadata__", "[0,0]",
    ].map { Array($0.utf8) }

    init(seed: UInt64) { random = SeededGenerator(state: seed) }

    /// A damaged copy of one of some bytes, cut, changed or spliced in one to four places.
    mutating func mutant(of bases: [Data]) -> Data {
        var bytes = [UInt8](bases.randomElement(using: &random) ?? Data())
        for _ in 0..<Int.random(in: 1...4, using: &random) { damage(&bytes) }
        return Data(bytes)
    }

    private mutating func damage(_ bytes: inout [UInt8]) {
        guard !bytes.isEmpty else { return }
        let place = Int.random(in: 0..<bytes.count, using: &random)
        let end = min(bytes.count, place + Int.random(in: 1...24, using: &random))
        switch Int.random(in: 0..<8, using: &random) {
        case 0: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case 1: bytes[place] = UInt8.random(in: 0...255, using: &random)
        case 2: bytes.removeSubrange(place..<end)
        case 3: bytes.insert(contentsOf: bytes[place..<end], at: place)
        case 4: bytes.insert(contentsOf: Self.pieces.randomElement(using: &random) ?? [], at: place)
        case 5: replaceNumber(&bytes, from: place)
        case 6: bytes.removeSubrange(place...)
        default: bytes.replaceSubrange(place..<end, with: Self.pieces.randomElement(using: &random) ?? [])
        }
    }

    /// Replaces the next number in a text: sizes are what an allocation hangs on.
    private mutating func replaceNumber(_ bytes: inout [UInt8], from place: Int) {
        let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
        guard let start = bytes[place...].firstIndex(where: { digits.contains($0) }) else { return }
        let end = bytes[start...].firstIndex { !digits.contains($0) } ?? bytes.count
        let numbers = ["0", "-1", "2", "65537", "100000000", "4611686018427387904", "9223372036854775807", "0.5"]
        bytes.replaceSubrange(start..<end, with: Array((numbers.randomElement(using: &random) ?? "0").utf8))
    }
}
