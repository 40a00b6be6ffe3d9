import MetaNetwork
import Foundation

/// J(ρ): the seconds that are expected until the error is near enough to that of least squares, as a function of the rows of a code.
///
/// J(ρ) = codes · (encoding + sending) + iterations(ε, ρ) · (T(ρ) + messages). Fewer rows make iterations and exchange shorter, and the floor of
/// the error higher, near which iterations become many and below which there are none.
struct TotalTime {
    let sharing: RowSharing
    let clock: CodedClock
    /// Rows of each device.
    let rows: [Int]
    let graph: DeviceGraph
    let plan: CodedPlan
    /// Iterations after which exact descent is expected at the target.
    let iterations: Int

    /// The shortest iteration with this rate.
    func loads(rate: Double) -> DeviceLoads {
        let count = rows.count
        return DeviceLoads.balanced(
            rows: rows,
            pace: sharing.usesServer ? clock.pace + [clock.serverPace] : clock.pace,
            rate: rate,
            neighbours: sharing.usesServer ? rows.map { _ in [count] } : graph.neighbours
        )
    }

    /// Infinite where the floor is above the target.
    func seconds(rate: Double) -> Double { seconds(loads(rate: rate), rate: rate) }

    func seconds(_ loads: DeviceLoads, rate: Double) -> Double {
        let moved = loads.excess.reduce(0, +)
        let floor = Self.margin * sharing.floor(rate: rate, moved: moved, of: rows.reduce(0, +), width: clock.width)
        let exchange = clock.exchange(loads, isEncoded: sharing.form == .coded)
        let (codes, count) = self.iterations(floor: floor)
        return Double(codes) * exchange + count * (loads.seconds + clock.messages)
    }

    /// The floor is a mean over codes of devices that are alike; some are twice as far off.
    private static let margin = 2.0

    /// Codes that are averaged at most when iterations are foreseen.
    private static let mostCodes = 64

    /// Descent comes nearer by the same share with each iteration, from an error of its own size to the floor; with new codes the model is
    /// the mean over all but the first.
    private func iterations(floor: Double) -> (codes: Int, iterations: Double) {
        func needed(_ floor: Double) -> Double {
            floor < plan.target ? Double(iterations) * log(plan.target - floor) / log(plan.target) : .infinity
        }
        guard plan.renewedEvery > 0, floor > 0 else { return (1, needed(floor)) }
        let every = Double(plan.renewedEvery)
        var best = (codes: 1, iterations: Double.infinity)
        for codes in 1...Self.mostCodes {
            let count = max(needed(floor / Double(max(1, codes - 1))), Double(codes - 1) * every + 1)
            if count <= Double(codes) * every, count < best.iterations { best = (codes, count) }
        }
        return best
    }

    /// The rate of the least ``seconds(rate:)``: the best of a coarse grid, then the best between its neighbours. Where the floor is above the
    /// target whatever the rate, as many rows as there are.
    func best() -> Double {
        let grid = (0...24).map { pow(2, -Double($0) / 4) }
        let times = grid.map { seconds(rate: $0) }
        guard let place = grid.indices.min(by: { times[$0] < times[$1] }), times[place].isFinite else { return 1 }
        let (high, low) = (grid[max(0, place - 1)], grid[min(grid.count - 1, place + 1)])
        let between = (1...8).map { low * pow(high / low, Double($0) / 9) }
        return (between.map { ($0, seconds(rate: $0)) } + [(grid[place], times[place])])
            .min { $0.1 < $1.1 }?.0 ?? grid[place]
    }
}
