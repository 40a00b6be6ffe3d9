/// Where the kept values are.
extension UpdateCodec {
    /// One bit for each value, the first in the lowest.
    static func bitmap(_ kept: [Int], of count: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: (count + 7) / 8)
        for place in kept { bytes[place / 8] |= 1 << UInt8(place % 8) }
        return bytes
    }

    /// The distance of each from the one before, from -1 at first, less one: seven bits a byte, the lowest first, the eighth set where more
    /// follow.
    static func distances(_ kept: [Int]) -> [UInt8] {
        var (bytes, last) = ([UInt8](), -1)
        for place in kept {
            var rest = place - last - 1
            last = place
            while rest >= 128 {
                bytes.append(UInt8(rest & 127) | 128)
                rest >>= 7
            }
            bytes.append(UInt8(rest))
        }
        return bytes
    }

    /// Reads places, ascending, and goes on behind them.
    static func indices(
        _ places: Places,
        _ kept: Int,
        _ count: Int,
        _ bytes: [UInt8],
        _ place: inout Int
    ) throws(UpdateCodecError) -> [Int] {
        switch places {
        case .all: return Array(0..<count)
        case .bitmap:
            let length = (count + 7) / 8
            guard bytes.count >= place + length else { throw damaged("its length") }
            let found = (0..<count).filter { bytes[place + $0 / 8] >> UInt8($0 % 8) & 1 == 1 }
            guard found.count == kept else { throw damaged("\(found.count) places for \(kept) values") }
            place += length
            return found
        case .distances:
            var (found, last) = ([Int](), -1)
            while found.count < kept {
                var (distance, shift) = (0, 0)
                while true {
                    guard place < bytes.count, shift <= 28 else { throw damaged("a place") }
                    let byte = bytes[place]
                    place += 1
                    distance |= Int(byte & 127) << shift
                    shift += 7
                    if byte < 128 { break }
                }
                last += distance + 1
                guard last < count else { throw damaged("a place beyond \(count) values") }
                found.append(last)
            }
            return found
        }
    }
}

/// Small numbers side by side, the first in the lowest bits.
enum BitPacking {
    static func packed(_ numbers: [UInt8], bits: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: (numbers.count * bits + 7) / 8)
        for (place, number) in numbers.enumerated() {
            let (first, shift) = (place * bits / 8, place * bits % 8)
            let spread = UInt16(number) << UInt16(shift)
            bytes[first] |= UInt8(truncatingIfNeeded: spread)
            if shift + bits > 8 { bytes[first + 1] |= UInt8(truncatingIfNeeded: spread >> 8) }
        }
        return bytes
    }

    static func unpacked(_ bytes: ArraySlice<UInt8>, bits: Int, count: Int) -> [UInt8] {
        let mask = UInt8(truncatingIfNeeded: (1 << bits) - 1)
        return (0..<count).map { place in
            let (first, shift) = (bytes.startIndex + place * bits / 8, place * bits % 8)
            var spread = UInt16(bytes[first]) >> UInt16(shift)
            if shift + bits > 8 { spread |= UInt16(bytes[first + 1]) << UInt16(8 - shift) }
            return UInt8(truncatingIfNeeded: spread) & mask
        }
    }
}

extension [UInt8] {
    /// Adds a number, the least significant byte first.
    mutating func append(littleEndian word: UInt32) {
        for shift in stride(from: 0, to: 32, by: 8) { append(UInt8(truncatingIfNeeded: word >> UInt32(shift))) }
    }

    /// The number at a place.
    func littleEndian(at place: Int) -> UInt32 {
        (0..<4).reduce(0) { $0 | UInt32(self[place + $1]) << UInt32(8 * $1) }
    }
}
