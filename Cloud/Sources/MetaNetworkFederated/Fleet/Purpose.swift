import Foundation
import MetaNetwork
import MetaNetworkData

/// What a random number is for. Each has a source of its own, addressed by the run's seed, the purpose, and a device or a round: so no draw
/// depends on how many threads there are, on the order of events, or on the method.
enum Purpose: UInt64 {
    case partition = 1
    case synthetic
    case speed
    case selection
    case availability
    case dropOut
    case partialWork
    // 8 and 9 are those of `LocalWork.order` and `UpdateCodec.random`, which devices know too.
    case heldOut = 10
    case noise
    case links
    case arrivals
    case drift
    case features
    case coding
    case absence
    case weights
    case dropout
    case placing
    case latent
    case measuredLatent
    case judge
    case synthesis

    var stream: UInt64 { 1000 + rawValue }
}

/// The random sources of a run.
struct Sources: Sendable {
    let seed: UInt64

    /// - Parameters:
    ///   - purpose: What it is for.
    ///   - path: Device, round or turn.
    func source(_ purpose: Purpose, _ path: Int...) -> SeededGenerator {
        SeededGenerator(seed: seed, streams: [purpose.stream] + path.map { UInt64(bitPattern: Int64($0)) })
    }
}

extension SeededGenerator {
    /// A normal number whose tail is not cut off by 24 bits, as ``normal()``'s is at 5.8: privacy rests on the tail.
    mutating func preciseNormal() -> Double {
        let (first, second) = (Double(next() >> 11) * 0x1p-53, Double(next() >> 11) * 0x1p-53)
        return (-2 * log(1 - first)).squareRoot() * cos(2 * Double.pi * second)
    }
}
