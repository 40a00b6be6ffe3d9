import Foundation
import MetaNetwork

/// How what a device sees differs from the images that everybody has.
public struct ImageShift: Sendable, Equatable {
    /// What is different.
    public var kind: Kind
    /// How much, from 0 (nothing) to 1.
    public var amount: Float
    /// To which side: a rotation's sense, paler (-1) or darker, thinner (-1) or thicker.
    public var side: Float
    /// Chooses the classes of a skew.
    public var seed: UInt64

    /// A kind of shift.
    public enum Kind: String, Sendable, CaseIterable, Codable, SettingChoice {
        /// The image is turned, by 180° at most.
        case rotation
        /// The image is blurred, with a standard deviation of at most 2.5 pixels.
        case blur
        /// Normal noise is added, with a standard deviation of 0.6 at most.
        case noise
        /// The image is paler or darker: grey values go towards their mean or away from it.
        case contrast
        /// Strokes are thinner or thicker, by at most 2 pixels.
        case stroke
        /// The images are as they are, but most are of two classes.
        case skew
    }

    /// Creates a shift.
    public init(_ kind: Kind, amount: Float, side: Float = 1, seed: UInt64 = 0) {
        self.kind = kind
        self.amount = amount
        self.side = side
        self.seed = seed
    }

    /// Levels of severity into which amounts are put, 1 to this.
    public static let levels = 5
    /// Bands of amounts in a level: the second validates, the fourth tests, the others train.
    private static let bandsOfLevel = 4

    /// The level of the amount, from 1.
    public var level: Int { min(Self.levels, Int(amount * Float(Self.levels)) + 1) }

    /// A shift whose amount is in a band of this part: no amount of one part is in another.
    ///
    /// - Parameters:
    ///   - kind: What is different.
    ///   - part: Training, validation or test.
    ///   - level: The level; `nil` draws one.
    ///   - random: Random source.
    static func drawn(
        _ kind: Kind,
        _ part: Part,
        level: Int? = nil,
        random: inout SeededGenerator
    ) -> ImageShift {
        let band: Int =
            switch part {
            case .training: 2 * random.index(below: 2)
            case .validation: 1
            case .test: 3
            }
        let level = level ?? (random.index(below: levels) + 1)
        let place = Float((level - 1) * bandsOfLevel + band) + random.uniform()
        return ImageShift(
            kind,
            amount: place / Float(levels * bandsOfLevel),
            side: random.uniform() < 0.5 ? -1 : 1,
            seed: random.next()
        )
    }

    /// The shift in words.
    public var name: String {
        switch kind {
        case .rotation: "rotation \(Int((side * amount * 180).rounded()))°"
        case .contrast, .stroke: "\(kind.rawValue) \(side < 0 ? "-" : "+")\(Int((amount * 100).rounded()))%"
        case .blur, .noise, .skew: "\(kind.rawValue) \(Int((amount * 100).rounded()))%"
        }
    }

    /// Indices of the images that a device with this shift meets.
    ///
    /// - Parameters:
    ///   - count: Number of images.
    ///   - set: The images.
    ///   - available: Indices of those that may be drawn; at least one.
    ///   - random: Random source.
    func draw(_ count: Int, of set: ImageSet, _ available: [Int], random: inout SeededGenerator) -> [Int] {
        guard kind == .skew else { return Self.distinct(count, available, random: &random) }
        var own = SeededGenerator(seed: seed)
        let first = own.index(below: set.classes.count)
        let second = (first + 1 + own.index(below: max(1, set.classes.count - 1))) % set.classes.count
        let often = available.filter { set.labels[$0] == first || set.labels[$0] == second }
        return (0..<count).map { _ in
            let pool = random.uniform() < amount && !often.isEmpty ? often : available
            return pool[random.index(below: pool.count)]
        }
    }

    /// Indices drawn at random, distinct as long as there are enough.
    static func distinct(_ count: Int, _ available: [Int], random: inout SeededGenerator) -> [Int] {
        guard count * 4 <= available.count else {
            let all = available.shuffled(using: &random)
            return (0..<count).map { all[$0 % all.count] }
        }
        var drawn: [Int] = []
        var seen: Set<Int> = []
        while drawn.count < count {
            let index = available[random.index(below: available.count)]
            if seen.insert(index).inserted { drawn.append(index) }
        }
        return drawn
    }
}
