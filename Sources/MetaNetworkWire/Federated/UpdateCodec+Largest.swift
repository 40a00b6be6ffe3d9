/// Which values are the largest, without sorting all.
extension UpdateCodec {
    /// Places of the largest values by magnitude, ascending; of equal ones the first.
    ///
    /// Cost: three passes over the values.
    ///
    /// - Precondition: `count` is from 1 to the number of values.
    static func largest(_ count: Int, of values: [Float]) -> [Int] {
        // The bits of numbers that are not negative are in the order of the numbers.
        let bits = values.map(\.magnitude.bitPattern)
        let (upper, above) = bucket(holding: count, of: bits.lazy.map { Int($0 >> 16) })
        let among = bits.lazy.filter { Int($0 >> 16) == upper }.map { Int($0 & 0xFFFF) }
        let (lower, between) = bucket(holding: count - above, of: among)
        let least = UInt32(upper) << 16 | UInt32(lower)
        var equal = count - above - between
        var places: [Int] = []
        places.reserveCapacity(count)
        for (place, value) in bits.enumerated() where value >= least {
            if value == least {
                guard equal > 0 else { continue }
                equal -= 1
            }
            places.append(place)
        }
        return places
    }

    /// Of numbers of 16 bits the one that is in this place from the largest on, 0 where they are fewer, and how many are larger.
    private static func bucket(holding place: Int, of numbers: some Sequence<Int>) -> (number: Int, larger: Int) {
        var counts = [Int](repeating: 0, count: 1 << 16)
        for number in numbers { counts[number] += 1 }
        var (number, larger) = (counts.count - 1, 0)
        while number > 0, larger + counts[number] < place {
            larger += counts[number]
            number -= 1
        }
        return (number, larger)
    }
}
