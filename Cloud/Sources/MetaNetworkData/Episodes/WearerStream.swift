import MetaNetwork

/// Inputs as one device meets them that changes hands: a stay of one wearer, then one of another.
///
/// Stays are of ``stay`` inputs of one device of the data, drawn over all that its wearer does; neighbours have different wearers. The
/// draws depend on the seed and the part alone, so that whatever is compared meets the same stream.
package struct WearerStream: Sendable {
    /// The inputs in order.
    package let inputs: [[Float]]
    /// For each input the index of its class, or the values to predict.
    package let targets: [[Float]]
    /// Who wears the device at each input: the group of its inputs.
    package let wearers: [String]

    /// Inputs from one change of wearer to the next.
    package static let stay = 25
    /// How often each input is met, in stays that are drawn anew.
    private static let rounds = 4

    /// - Parameters:
    ///   - devices: What wearers do.
    ///   - part: The part that they are of.
    ///   - seed: Seed of what is drawn.
    /// - Throws: ``DataError`` where fewer than two wearers have ``stay`` inputs on a device.
    package init(_ devices: [LabelledDevice], of part: Part, seed: UInt64) throws(DataError) {
        let wearing = Set(devices.filter { $0.inputs.count >= Self.stay }.map(\.group))
        guard wearing.count > 1 else {
            throw DataError(
                "a device that changes its wearer needs two of them, each with \(Self.stay) examples of one device, and the "
                    + "\(part.rawValue) part has \(wearing.count); give more devices, or folds with more groups each"
            )
        }
        var random = SeededGenerator(seed: seed, streams: [41, part.stream])
        var stays: [Stay] = []
        for _ in 0..<Self.rounds {
            stays += Self.ordered(Self.stays(devices, &random), after: stays.last?.wearer, &random)
        }
        func met<Value>(_ values: (LabelledDevice) -> [Value]) -> [Value] {
            stays.flatMap { stay in stay.places.map { values(devices[stay.device])[$0] } }
        }
        (inputs, targets) = (met(\.inputs), met(\.targets))
        wearers = stays.flatMap { stay in stay.places.map { _ in stay.wearer } }
    }

    /// Some inputs of one device.
    private struct Stay {
        let device: Int
        let wearer: String
        let places: [Int]
    }

    /// Every input of every device in one stay, but for those that fill none.
    private static func stays(_ devices: [LabelledDevice], _ random: inout SeededGenerator) -> [Stay] {
        devices.enumerated().flatMap { number, device in
            let order = Array(device.inputs.indices).shuffled(using: &random)
            return Swift.stride(from: 0, through: order.count - stay, by: stay).map {
                Stay(device: number, wearer: device.group, places: Array(order[$0..<$0 + stay]))
            }
        }
    }

    /// The stays in an order by lot in which no two neighbours have the same wearer; what one wearer has over the others is left out.
    private static func ordered(
        _ all: [Stay],
        after last: String?,
        _ random: inout SeededGenerator
    ) -> [Stay] {
        var waiting = all.shuffled(using: &random)
        var counts = Dictionary(waiting.map { ($0.wearer, 1) }, uniquingKeysWith: +)
        var (ordered, present): ([Stay], String?) = ([], last)
        while true {
            // Whoever has more than half of what is left must come now, or could not take turns with the others.
            let pressing = waiting.firstIndex {
                $0.wearer != present && 2 * counts[$0.wearer, default: 0] > waiting.count
            }
            guard let place = pressing ?? waiting.firstIndex(where: { $0.wearer != present }) else { return ordered }
            let next = waiting.remove(at: place)
            counts[next.wearer, default: 1] -= 1
            present = next.wearer
            ordered.append(next)
        }
    }
}

extension Part {
    /// Number of the random stream that belongs to a part.
    fileprivate var stream: UInt64 {
        switch self {
        case .training: 0
        case .validation: 1
        case .test: 2
        }
    }
}
