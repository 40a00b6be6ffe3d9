import Foundation
import MetaNetwork

/// Windows that make a linear forecaster go a given way in one step of gradient descent: trajectory matching (arXiv 2203.11932) in closed
/// form.
///
/// With X the windows, Y what follows them and k = 2α/(m·H), a step of size α from W_s comes to W̃ = W_s - k·Xᵀ(X·W_s - Y). The loss of a
/// trajectory is ‖mask ∘ (W̃ - W_e)‖² / ‖mask ∘ (W_s - W_e)‖²: 1 for a step that goes nowhere, 0 for one that arrives. Adam moves X, Y and log α.
/// The step size is one of its own, since that of devices is so small that only windows far off all data could match with it.
struct WindowSynthesis: Sendable {
    let map: LinearMap
    /// Windows, m.
    let count: Int
    /// Steps of Adam.
    let steps: Int
    /// Adam's step size: about what an entry moves in a step.
    let rate: Double
    /// α at first.
    let innerRate: Double

    /// Windows with what follows them and log α: what Adam moves.
    struct Values: Sendable, Equatable {
        /// [m, window + 1], whose last column is 1 and stays so.
        var rows: [Double]
        /// [m, horizon].
        var targets: [Double]
        var logRate: Double
    }

    /// What a synthesis came to: means over all trajectories.
    struct Outcome: Sendable, Equatable {
        /// Loss before the first step, and after the last.
        let before: Double
        let after: Double
        /// Share of entries of windows that moved by more than 0.01.
        let moved: Double
    }

    /// Normal numbers.
    func noise(_ random: inout SeededGenerator) -> Values {
        let inputs = (0..<count * map.window).map { _ in random.preciseNormal() }
        return Values(
            rows: map.rows(inputs, count: count),
            targets: (0..<count * map.horizon).map { _ in random.preciseNormal() },
            logRate: log(innerRate)
        )
    }

    /// Moves windows until a step on them goes as the trajectories do; of each step one is drawn by lot.
    ///
    /// - Parameter trajectories: At least one.
    func match(
        _ start: Values,
        _ trajectories: [Trajectory],
        _ random: inout SeededGenerator
    ) -> (Values, Outcome) {
        var values = start
        var adam = Adam(count: values.rows.count + values.targets.count + 1, rate: rate)
        for _ in 0..<steps {
            let slope = slope(values, trajectories[random.index(below: trajectories.count)])
            adam.step(&values, slope.by)
        }
        let (old, new) = (start.rows + start.targets, values.rows + values.targets)
        let moved = zip(old, new).count { abs($0 - $1) > 0.01 }
        return (
            values,
            Outcome(
                before: meanLoss(start, trajectories),
                after: meanLoss(values, trajectories),
                moved: Double(moved) / Double(count * (map.window + map.horizon))
            )
        )
    }

    func meanLoss(_ values: Values, _ trajectories: [Trajectory]) -> Double {
        trajectories.reduce(0) { $0 + slope(values, $1).loss } / Double(trajectories.count)
    }

    /// The loss of a trajectory and its gradient, as derived by hand: with R = X·W_s - Y and E = mask ∘ (W̃ - W_e) it is 2k·X·E by Y,
    /// -2k·(R·Eᵀ + X·E·W_sᵀ) by X and -2k·⟨E, Xᵀ·R⟩ by log α, over the trajectory's squared length.
    func slope(_ values: Values, _ trajectory: Trajectory) -> (loss: Double, by: Values) {
        let k = 2 * exp(values.logRate) / Double(count * map.horizon)
        let residuals = map.residuals(values.rows, trajectory.start, values.targets)
        let descent = map.transposedProduct(values.rows, residuals)
        let errors = descent.indices.map { place in
            trajectory.mask[place]
                ? trajectory.start[place] - k * descent[place] - trajectory.end[place] : 0
        }
        let scale = 2 * k / trajectory.squaredLength
        let product = map.product(values.rows, errors)
        var byRows = [Double](repeating: 0, count: values.rows.count)
        map.add(residuals, timesTransposed: errors, to: &byRows)
        map.add(product, timesTransposed: trajectory.start, to: &byRows)
        for place in byRows.indices {
            byRows[place] = place % map.width == map.window ? 0 : -scale * byRows[place]
        }
        let (squared, along) = zip(errors, descent).reduce((0.0, 0.0)) { ($0.0 + $1.0 * $1.0, $0.1 + $1.0 * $1.1) }
        let by = Values(rows: byRows, targets: product.map { scale * $0 }, logRate: -scale * along)
        return (squared / trajectory.squaredLength, by)
    }

    /// As devices get them.
    func windows(_ values: Values) -> SyntheticWindows {
        let inputs = values.rows.enumerated().filter { $0.offset % map.width != map.window }.map { Float($0.element) }
        return SyntheticWindows(inputs: inputs, targets: values.targets.map { Float($0) }, count: count)
    }
}

/// Adam (arXiv 1412.6980) over windows, with its usual constants.
private struct Adam {
    private var means: [Double]
    private var squares: [Double]
    private var steps = 0
    private let rate: Double

    init(count: Int, rate: Double) {
        (means, squares) = (Array(repeating: 0, count: count), Array(repeating: 0, count: count))
        self.rate = rate
    }

    mutating func step(_ values: inout WindowSynthesis.Values, _ slope: WindowSynthesis.Values) {
        steps += 1
        let (first, second) = (1 - pow(0.9, Double(steps)), 1 - pow(0.999, Double(steps)))
        let inputs = slope.rows.count
        for place in slope.rows.indices { values.rows[place] -= change(place, slope.rows[place], first, second) }
        for place in slope.targets.indices {
            values.targets[place] -= change(inputs + place, slope.targets[place], first, second)
        }
        values.logRate -= change(inputs + slope.targets.count, slope.logRate, first, second)
    }

    private mutating func change(_ place: Int, _ slope: Double, _ first: Double, _ second: Double) -> Double {
        means[place] += 0.1 * (slope - means[place])
        squares[place] += 0.001 * (slope * slope - squares[place])
        return rate * (means[place] / first) / ((squares[place] / second).squareRoot() + 1e-8)
    }
}
