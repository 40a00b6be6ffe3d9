import Foundation
import MetaNetwork
import MetaNetworkData

/// How examples are dealt to devices.
///
/// "Dirichlet" means three things in the literature, which give different data; each has a name of its own here.
public enum Partition: Sendable, Equatable {
    /// Evenly, by lot.
    case iid
    /// The examples of each class over the devices by shares of Dirichlet(α): devices have different numbers of examples (Hsu et al. 2019,
    /// arXiv 1909.06335, as most codebases have it).
    case dirichletClasses(Double)
    /// As many examples for each device, whose classes are drawn by shares of Dirichlet(α) of the device's own; a class that is used up is
    /// left out and the shares of the others grow.
    case dirichletDevices(Double)
    /// As FedDyn deals (Acar et al. 2021, arXiv 2111.04263): sizes first, all alike or lognormal of a deviation; then each example goes to a
    /// device that is drawn by lot among those with room, of a class that is drawn by Dirichlet(α) shares of the device's own among those that
    /// are left. So who comes last does not get what is left, as with ``dirichletDevices(_:)``, and all examples but a rest are dealt.
    case dirichletExhaustion(Double, deviation: Double)
    /// Examples sorted by class and cut into shards, so many for each device by lot (McMahan et al. 2017, arXiv 1602.05629).
    case shards(Int)
    /// So many classes for each device in turn, and of each class an equal share for every device that has it.
    case classes(Int)

    /// - Parameter text: `iid`, `dirichlet-classes-0.3`, `dirichlet-devices-0.3`, `dirichlet-exhaustion-0.3`, the same with a deviation of sizes
    ///   as `dirichlet-exhaustion-0.3-0.5`, `shards-2` or `classes-2`.
    /// - Throws: ``FederatedError`` for another text.
    public init(_ text: String) throws(FederatedError) {
        if let dealing = Self.exhaustion(text) {
            self = dealing
            return
        }
        let place = text.lastIndex(of: "-")
        let (name, number) = (
            place.map { text[..<$0] } ?? text[...], place.flatMap { Double(text[text.index(after: $0)...]) }
        )
        switch (name, number) {
        case ("iid", nil) where place == nil: self = .iid
        case ("dirichlet-classes", let alpha?) where alpha > 0 && alpha <= 1e6: self = .dirichletClasses(alpha)
        case ("dirichlet-devices", let alpha?) where alpha > 0 && alpha <= 1e6: self = .dirichletDevices(alpha)
        case ("shards", let count?) where (1...1000).contains(count) && count == count.rounded():
            self = .shards(Int(count))
        case ("classes", let count?) where (1...1000).contains(count) && count == count.rounded():
            self = .classes(Int(count))
        default:
            throw FederatedError(
                "partition '\(text)' is not known; use iid, dirichlet-classes-ALPHA, dirichlet-devices-ALPHA, "
                    + "dirichlet-exhaustion-ALPHA[-DEVIATION], shards-N or classes-N"
            )
        }
    }

    private static func exhaustion(_ text: String) -> Partition? {
        let name = "dirichlet-exhaustion-"
        guard text.hasPrefix(name) else { return nil }
        let numbers = text.dropFirst(name.count).split(separator: "-", omittingEmptySubsequences: false).map {
            Double($0)
        }
        guard (1...2).contains(numbers.count), let alpha = numbers[0], alpha > 0, alpha <= 1e6 else { return nil }
        guard numbers.count == 2 else { return .dirichletExhaustion(alpha, deviation: 0) }
        return numbers[1].flatMap { (0...5).contains($0) ? .dirichletExhaustion(alpha, deviation: $0) : nil }
    }

    /// Deals examples.
    ///
    /// - Parameters:
    ///   - labels: The class of each example.
    ///   - classCount: Number of classes.
    ///   - devices: Number of devices, at least 1.
    ///   - seed: Seed of what is drawn.
    /// - Returns: The rows of each device, ascending; none of an example twice.
    /// - Throws: ``FederatedError`` where there are fewer examples than devices, or fewer classes than each is to have.
    public func shards(
        of labels: [Int],
        classCount: Int,
        devices: Int,
        seed: UInt64
    ) throws(FederatedError) -> [[Int32]] {
        guard devices > 0, labels.count >= devices else {
            throw FederatedError(
                "\(labels.count) examples do not suffice for \(devices) devices; give fewer devices, or more data"
            )
        }
        var random = SeededGenerator(seed: seed, streams: [Purpose.partition.stream])
        let byClass = (0..<classCount).map { label in
            labels.indices.filter { labels[$0] == label }.shuffled(using: &random)
        }
        var shards: [[Int]]
        switch self {
        case .iid:
            let order = Array(labels.indices).shuffled(using: &random)
            shards = (0..<devices).map { device in stride(from: device, to: order.count, by: devices).map { order[$0] }
            }
        case .dirichletClasses(let alpha):
            shards = [[Int]](repeating: [], count: devices)
            for rows in byClass {
                let shares = random.dirichlet(alpha, count: devices)
                for (device, range) in Self.ranges(shares, of: rows.count).enumerated() {
                    shards[device] += rows[range]
                }
            }
        case .dirichletDevices(let alpha):
            shards = Self.drawn(byClass, alpha, devices, labels.count / devices, &random)
        case .dirichletExhaustion(let alpha, let deviation):
            shards = Self.exhausted(byClass, alpha, Self.sizes(devices, deviation, of: labels.count, &random), &random)
        case .shards(let count):
            let sorted = byClass.flatMap { $0 }
            guard sorted.count >= devices * count else {
                throw FederatedError(
                    "\(sorted.count) examples make no \(devices * count) shards; give fewer devices or shards"
                )
            }
            let pieces = Self.ranges(
                [Double](repeating: 1 / Double(devices * count), count: devices * count),
                of: sorted.count
            )
            let order = Array(pieces.indices).shuffled(using: &random)
            shards = (0..<devices).map { device in (0..<count).flatMap { sorted[pieces[order[device * count + $0]]] } }
        case .classes(let count):
            guard count <= classCount else {
                throw FederatedError("each device is to have \(count) classes, and there are \(classCount); give fewer")
            }
            shards = Self.dealt(byClass, count, devices)
        }
        return shards.map { $0.sorted().map(Int32.init) }
    }

    /// As many rows for each device, each of a class that is drawn by the device's shares of those that are left.
    private static func drawn(
        _ classes: [[Int]],
        _ alpha: Double,
        _ devices: Int,
        _ count: Int,
        _ random: inout SeededGenerator
    ) -> [[Int]] {
        var left = classes
        return (0..<devices).map { _ in
            let shares = random.dirichlet(alpha, count: classes.count)
            return (0..<count).compactMap { _ in row(of: &left, shares, &random) }
        }
    }

    /// Rows one by one, each for a device that is drawn among those with room.
    private static func exhausted(
        _ classes: [[Int]],
        _ alpha: Double,
        _ sizes: [Int],
        _ random: inout SeededGenerator
    ) -> [[Int]] {
        var left = classes
        let shares = sizes.map { _ in random.dirichlet(alpha, count: classes.count) }
        var shards = [[Int]](repeating: [], count: sizes.count)
        var open = sizes.indices.filter { sizes[$0] > 0 }
        while !open.isEmpty {
            let place = random.index(below: open.count)
            let device = open[place]
            guard let row = row(of: &left, shares[device], &random) else { break }
            shards[device].append(row)
            if shards[device].count == sizes[device] { open.remove(at: place) }
        }
        return shards
    }

    /// A row of a class that is drawn by shares of those that are left; `nil` where none is.
    private static func row(of left: inout [[Int]], _ shares: [Double], _ random: inout SeededGenerator) -> Int? {
        // A class whose share is next to nothing comes last, when no other is left.
        let known = left.indices.filter { !left[$0].isEmpty }
        let sum = known.reduce(0.0) { $0 + max(shares[$1], .leastNormalMagnitude) }
        var rest = Double(random.uniform()) * sum
        let chosen = known.first { label in
            rest -= max(shares[label], .leastNormalMagnitude)
            return rest < 0
        }
        return (chosen ?? known.last).flatMap { left[$0].popLast() }
    }

    /// Sizes that add up to at most so many, lognormal of a deviation, at least 1 each.
    private static func sizes(
        _ devices: Int,
        _ deviation: Double,
        of count: Int,
        _ random: inout SeededGenerator
    ) -> [Int] {
        guard deviation > 0 else { return [Int](repeating: count / devices, count: devices) }
        let weights = (0..<devices).map { _ in exp(deviation * Double(random.normal())) }
        let sum = weights.reduce(0, +)
        // What each has beside its first.
        return weights.map { 1 + Int($0 / sum * Double(count - devices)) }
    }

    private static func dealt(_ classes: [[Int]], _ count: Int, _ devices: Int) -> [[Int]] {
        var holders = [[Int]](repeating: [], count: classes.count)
        for device in 0..<devices {
            for place in 0..<count { holders[(device * count + place) % classes.count].append(device) }
        }
        var shards = [[Int]](repeating: [], count: devices)
        for (rows, holders) in zip(classes, holders) where !holders.isEmpty {
            let shares = [Double](repeating: 1 / Double(holders.count), count: holders.count)
            for (holder, range) in zip(holders, ranges(shares, of: rows.count)) { shards[holder] += rows[range] }
        }
        return shards
    }

    /// Cuts a range by shares, so that all of it is dealt.
    private static func ranges(_ shares: [Double], of count: Int) -> [Range<Int>] {
        var (first, sum) = (0, 0.0)
        return shares.indices.map { place in
            sum += shares[place]
            let end = place == shares.count - 1 ? count : min(count, max(first, Int((sum * Double(count)).rounded())))
            defer { first = end }
            return first..<end
        }
    }
}

extension Partition: CustomStringConvertible {
    /// The partition in words.
    public var description: String {
        switch self {
        case .iid: "dealt evenly by lot"
        case .dirichletClasses(let alpha): "each class dealt by Dirichlet(\(alpha)) over devices"
        case .dirichletDevices(let alpha): "each device's classes by Dirichlet(\(alpha))"
        case .dirichletExhaustion(let alpha, let deviation):
            "each device's classes by Dirichlet(\(alpha)) until they are used up"
                + (deviation > 0 ? ", sizes lognormal(\(deviation))" : "")
        case .shards(let count): "\(count) shards of the examples by class each"
        case .classes(let count): "\(count) classes each"
        }
    }
}

extension SeededGenerator {
    /// Shares that add up to 1, from Dirichlet(α, …, α).
    mutating func dirichlet(_ alpha: Double, count: Int) -> [Double] {
        // Of a small α every gamma may come out as 0; then one device has all.
        let draws = (0..<count).map { _ in gamma(alpha) }
        let sum = draws.reduce(0, +)
        guard sum > 0 else {
            let chosen = index(below: count)
            return (0..<count).map { $0 == chosen ? 1 : 0 }
        }
        return draws.map { $0 / sum }
    }

    /// A number from Gamma(α, 1) (Marsaglia and Tsang 2000).
    private mutating func gamma(_ alpha: Double) -> Double {
        guard alpha >= 1 else {
            return gamma(alpha + 1) * pow(1 - Double(uniform()), 1 / alpha)
        }
        let d = alpha - 1.0 / 3
        let c = 1 / (9 * d).squareRoot()
        while true {
            let x = Double(normal())
            let v = pow(1 + c * x, 3)
            guard v > 0 else { continue }
            if log(1 - Double(uniform())) < 0.5 * x * x + d - d * v + d * log(v) { return d * v }
        }
    }
}
