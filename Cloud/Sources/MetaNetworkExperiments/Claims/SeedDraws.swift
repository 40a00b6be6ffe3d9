/// The draws of a bootstrap: those of a source where there is one, otherwise draws over the seeds alone.
struct SeedDraws {
    let source: (any ClaimSource)?
    /// Number of resamples.
    let count: Int
    private let seed: UInt64

    init(source: (any ClaimSource)?, draws: Int, seed: UInt64) {
        self.seed = seed
        if let source, source.resamples > 0 {
            (self.source, count) = (source, source.resamples)
        } else {
            (self.source, count) = (nil, draws)
        }
    }

    /// The drawn seeds of a resample: what has as many seeds gets the same ones, so that methods are paired.
    func seeds(_ resample: Int, of seedCount: Int) -> [Int] {
        if let drawn = source?.seeds(resample: resample), !drawn.isEmpty,
            drawn.allSatisfy({ 0 <= $0 && $0 < seedCount })
        {
            return drawn
        }
        var random = SplitMix(state: seed &+ UInt64(resample) &* 0x9E37_79B9_7F4A_7C15)
        return (0..<seedCount).map { _ in Int.random(in: 0..<seedCount, using: &random) }
    }
}

/// Steele, Lea and Flood's SplitMix64: the same draws on every machine.
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    init(state: UInt64) {
        self.state = state
        // States of neighbouring resamples are steps of one sequence: start each behind its own output.
        self.state = next()
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
