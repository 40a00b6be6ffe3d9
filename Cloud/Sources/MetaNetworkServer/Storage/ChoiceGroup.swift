import Foundation
import MetaNetworkWire

/// The devices whose choices are counted together.
struct ChoiceGroup: Sendable, Hashable {
    /// The version that ranked.
    let version: String
    /// Whether the devices are held out: they have the version's base weights.
    let isHeldOut: Bool
    /// When the candidate began beside which the choice was made, in seconds since 1970; 0 beside none.
    let trial: Int
}

/// Whose choices are summed up.
struct Chooser: Hashable {
    let model: String
    let group: ChoiceGroup
    let device: String
}

/// In which group the choices of a device are counted.
struct ChoiceAssignment: Sendable, Equatable {
    /// The version that the device is to have.
    let version: String
    let isHeldOut: Bool
    /// When the candidate of now began; `nil` without one.
    let trial: Int?
    /// The versions that are released. What a device says of others is not counted, so that nobody can invent groups.
    let released: Set<String>

    /// The group of a choice; `nil` where it is not counted.
    ///
    /// Only those count in a trial that were made since it began, with the version that the device is to have: one that has not
    /// noticed the candidate yet belongs to neither side.
    func group(of event: SampleEvents.Event) -> ChoiceGroup? {
        guard let ranking = event.ranking, released.contains(ranking.version) else { return nil }
        let isInTrial = ranking.version == version && trial.map { event.time >= $0 } ?? false
        return ChoiceGroup(version: ranking.version, isHeldOut: isHeldOut, trial: isInTrial ? trial ?? 0 : 0)
    }
}

/// How the choices of a device stood.
struct ChoiceCounts: Sendable, Equatable {
    /// Places that count as a hit, and beyond which a choice gains nothing.
    static let places = 10

    var choices = 0
    /// Choices that stood among the first ``places``.
    var hits = 0
    /// Sum of the normalized discounted gains: 1 / log₂(rank + 1) of a hit.
    var gain = 0.0

    mutating func add(_ ranking: SampleEvents.Event.Ranking) {
        choices += 1
        guard let rank = ranking.rank, ranking.isHit(within: Self.places) else { return }
        hits += 1
        gain += 1 / log2(Double(rank) + 1)
    }

    mutating func add(_ other: ChoiceCounts) {
        choices += other.choices
        hits += other.hits
        gain += other.gain
    }
}

/// What a group comes to: each device counts once, with the mean of its choices.
public struct ChoiceSums: Sendable, Equatable {
    /// Number of devices.
    public var devices = 0
    /// Number of their choices.
    public var choices = 0
    /// Sums of the devices' hit rates, and of their squares.
    public var hits = (sum: 0.0, squares: 0.0)
    /// Sums of the devices' mean gains, and of their squares.
    public var gains = (sum: 0.0, squares: 0.0)

    /// Sums of no device.
    public init() {}

    mutating func add(_ device: ChoiceCounts) {
        let count = Double(device.choices)
        let (hit, gain) = (Double(device.hits) / count, device.gain / count)
        devices += 1
        choices += device.choices
        hits = (hits.sum + hit, hits.squares + hit * hit)
        gains = (gains.sum + gain, gains.squares + gain * gain)
    }

    /// Whether all numbers are the same.
    public static func == (left: Self, right: Self) -> Bool {
        left.devices == right.devices && left.choices == right.choices && left.hits == right.hits
            && left.gains == right.gains
    }
}

/// A version's devices, or those of them that are held out.
public struct ChoiceArm: Sendable, Hashable {
    /// The version.
    public let version: String
    /// Whether the devices are held out.
    public let isHeldOut: Bool

    /// Names an arm.
    public init(version: String, isHeldOut: Bool) { (self.version, self.isHeldOut) = (version, isHeldOut) }
}
