import MetaNetwork
import Foundation

/// Who computes which rows in an iteration: each device as many of its own as it has time for, and of the rest a code in fewer rows, which
/// neighbours with time to spare compute.
public struct DeviceLoads: Sendable, Equatable {
    /// Seconds of an iteration: the longest of any device.
    public let seconds: Double
    /// Own rows that each device computes itself.
    public let kept: [Int]
    /// Rows of each device that it does not compute itself.
    public let excess: [Int]
    /// Who computes how many rows of a code for whom.
    public let moves: [Move]

    /// Rows of a code that one device computes for another.
    public struct Move: Sendable, Equatable {
        /// Whose rows are in the code.
        public let from: Int
        /// Who computes them; the number of devices where it is the server.
        public let to: Int
        /// How many.
        public let rows: Int
    }

    /// Rows of all codes.
    public var coded: Int { moves.reduce(0) { $0 + $1.rows } }

    /// Rows of each device's code.
    func coded(of count: Int) -> [Int] {
        moves.reduce(into: Array(repeating: 0, count: count)) { $0[$1.from] += $1.rows }
    }

    /// Rows that each computes for others; one more than devices, the last for the server.
    func received(_ count: Int) -> [Int] {
        moves.reduce(into: Array(repeating: 0, count: count + 1)) { $0[$1.to] += $1.rows }
    }

    /// All rows stay where they are.
    ///
    /// - Parameters:
    ///   - rows: Rows of each device.
    ///   - pace: Seconds that each takes for a row.
    static func unmoved(rows: [Int], pace: [Double]) -> DeviceLoads {
        DeviceLoads(
            seconds: zip(rows, pace).map { Double($0) * $1 }.max() ?? 0,
            kept: rows,
            excess: rows.map { _ in 0 },
            moves: []
        )
    }

    /// The shortest iteration that the links allow.
    ///
    /// An iteration of T seconds is possible if, and only if, the codes of what devices cannot compute in T flow along the links into what
    /// their neighbours have time for. Longer iterations leave less to be moved and more time, so T is found by halving, and whether it is
    /// possible by ``MaximumFlow``: about 40 of them, of O(links) each in practice.
    ///
    /// - Parameters:
    ///   - rows: Rows of each device.
    ///   - pace: Seconds that each takes for a row, and after them the server's where there is one, which has no rows.
    ///   - rate: Rows of a code for each row in it, ρ: above 0 and at most 1.
    ///   - neighbours: Whom each may send rows to; the number of devices stands for the server.
    static func balanced(rows: [Int], pace: [Double], rate: Double, neighbours: [[Int]]) -> DeviceLoads {
        precondition(rate > 0 && rate <= 1, "a code has a row at least and no more rows than are in it")
        var best = unmoved(rows: rows, pace: pace)
        var (low, high) = (0.0, best.seconds)
        for _ in 0..<halvings where high > low {
            let middle = (low + high) / 2
            if let found = possible(in: middle, rows, pace, rate, neighbours) {
                (best, high) = (found, found.seconds)
            } else {
                low = middle
            }
        }
        return best
    }

    /// To a millionth of a millionth of the longest.
    private static let halvings = 40

    private static func possible(
        in seconds: Double,
        _ rows: [Int],
        _ pace: [Double],
        _ rate: Double,
        _ neighbours: [[Int]]
    ) -> DeviceLoads? {
        // An added trifle, as a quotient of two numbers may fall below the whole number that it is.
        let able = pace.map { $0 > 0 ? Int(min(seconds / $0 + 1e-9, 1e12)) : Int(1e12) }
        let kept = zip(rows, able).map { min($0, $1) }
        let excess = zip(rows, kept).map { $0 - $1 }
        let codes = excess.map { Int((rate * Double($0) - 1e-9).rounded(.up)) }
        let (source, sink) = (pace.count, pace.count + 1)
        var flow = MaximumFlow(nodes: pace.count + 2)
        var moves: [(edge: Int, from: Int, to: Int)] = []
        for (device, code) in codes.enumerated() where code > 0 {
            flow.add(from: source, to: device, capacity: code)
            for other in neighbours[device] where other == rows.count || excess[other] == 0 {
                moves.append((flow.add(from: device, to: other, capacity: code), device, other))
            }
        }
        for helper in pace.indices where helper == rows.count || excess[helper] == 0 {
            flow.add(from: helper, to: sink, capacity: able[helper] - (helper < rows.count ? rows[helper] : 0))
        }
        guard flow.maximize(from: source, to: sink) == codes.reduce(0, +) else { return nil }
        let moved = moves.map { Move(from: $0.from, to: $0.to, rows: flow.flow($0.edge)) }.filter { $0.rows > 0 }
        var work = kept + Array(repeating: 0, count: pace.count - rows.count)
        for move in moved { work[move.to] += move.rows }
        let longest = zip(work, pace).map { Double($0) * $1 }.max() ?? 0
        return DeviceLoads(seconds: longest, kept: kept, excess: excess, moves: moved)
    }

    /// Seconds of an iteration if all devices were linked and rows could be divided, below which no graph comes.
    ///
    /// With the slow devices S, those that cannot compute their rows in T, and the others F: T = (N_F + ρ·N_S)/(A_F + ρ·A_S), where A sums
    /// how many rows a second devices compute.
    static func bound(rows: [Int], pace: [Double], rate: Double) -> Double {
        let own = zip(rows, pace).map { Double($0) * $1 }
        let order = rows.indices.filter { pace[$0] > 0 }.sorted { own[$0] > own[$1] }
        guard let slowest = order.first else { return 0 }
        var all = order.reduce(0.0) { $0 + Double(rows[$1]) }
        var speed = order.reduce(0.0) { $0 + 1 / pace[$1] }
        for (place, device) in order.enumerated() {
            all -= (1 - rate) * Double(rows[device])
            speed -= (1 - rate) / pace[device]
            let next = place + 1 < order.count ? own[order[place + 1]] : 0
            if all / speed >= next { return min(all / speed, own[slowest]) }
        }
        return own[slowest]
    }
}
