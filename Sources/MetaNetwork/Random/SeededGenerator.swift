/// A random source that gives the same numbers on every machine: xoshiro256** (Blackman and Vigna 2018), its state
/// filled by SplitMix64.
///
/// Every use of chance takes a source of its own, addressed by a seed and a path of streams (for example epoch and
/// step), so that no draw depends on how many came before it elsewhere.
public struct SeededGenerator: RandomNumberGenerator, Sendable, Equatable {
    private var state: (UInt64, UInt64, UInt64, UInt64)

    /// Creates the source of a seed and one stream.
    public init(seed: UInt64, stream: UInt64 = 0) {
        self.init(seed: seed, streams: [stream])
    }

    /// Creates the source of a seed and a path of streams.
    public init(seed: UInt64, streams: [UInt64]) {
        var mix = seed
        for stream in streams { mix = Self.splitMix(&mix) ^ (stream &* 0x9E37_79B9_7F4A_7C15) }
        state = (Self.splitMix(&mix), Self.splitMix(&mix), Self.splitMix(&mix), Self.splitMix(&mix))
    }

    static func splitMix(_ state: inout UInt64) -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// 64 random bits.
    public mutating func next() -> UInt64 {
        let product = state.1 &* 5
        let result = ((product << 7) | (product >> 57)) &* 9
        let shifted = state.1 << 17
        state.2 ^= state.0
        state.3 ^= state.1
        state.1 ^= state.2
        state.0 ^= state.3
        state.2 ^= shifted
        state.3 = (state.3 << 45) | (state.3 >> 19)
        return result
    }

    /// A number from 0 up to but not including 1, uniformly; 24 bits.
    public mutating func uniform() -> Float {
        Float(next() >> 40) * 0x1p-24
    }

    /// A whole number from 0 up to but not including `bound`, uniformly (Lemire 2019).
    ///
    /// - Parameter bound: At least 1.
    public mutating func index(below bound: Int) -> Int {
        Int(next(upperBound: UInt64(bound)))
    }

    /// Whether two sources will give the same numbers.
    public static func == (left: SeededGenerator, right: SeededGenerator) -> Bool {
        left.state == right.state
    }
}
