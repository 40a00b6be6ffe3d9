#if arch(x86_64)
import CWideLanes
#endif

/// The recurrent half of a gated recurrent unit; gates in the order reset, update, new, each padded to whole lanes.
///
/// ```
/// r = σ(x_r + h·U_r + c_r)    u = σ(x_u + h·U_u + c_u)
/// n = tanh(x_n + r ∘ (h·U_n + c_n))    h' = n + u ∘ (h - n)
/// ```
struct RecurrentUnit {
    /// U, one row of 3 · ``lanes`` for each unit.
    let weight: UnsafePointer<Lanes>
    /// c, 3 · ``lanes``.
    let bias: UnsafePointer<Lanes>
    let units: Int
    /// Lanes of a gate and of the state.
    let lanes: Int

    /// - Parameters:
    ///   - gates: x_r, x_u and x_n of each step.
    ///   - steps: Number of steps, at least 1.
    ///   - states: h of each step.
    func apply(_ gates: UnsafePointer<Lanes>, steps: Int, states: UnsafeMutablePointer<Lanes>) {
        for step in 0..<steps {
            let state = states + step * lanes
            // Before the first step h is 0, so that only the bias is left of the recurrent half.
            let previous = step == 0 ? nil : UnsafePointer(state - lanes)
            let gates = gates + step * 3 * lanes
            #if arch(x86_64)
            if Lanes.areWide, let previous {
                wide_lanes_recur(
                    gates.elements,
                    weight.elements,
                    bias.elements,
                    units,
                    lanes,
                    previous.elements,
                    state.elements
                )
                continue
            }
            #endif
            plainStep(gates, previous, state)
        }
    }

    /// One step with what the compiler makes for every processor.
    @inline(__always)
    func plainStep(
        _ gates: UnsafePointer<Lanes>,
        _ previous: UnsafePointer<Lanes>?,
        _ state: UnsafeMutablePointer<Lanes>
    ) {
        for lane in 0..<lanes {
            var (reset, update, new) = (bias[lane], bias[lanes + lane], bias[2 * lanes + lane])
            if let h = previous?.elements {
                var row = weight + lane
                for unit in 0..<units {
                    let value = h[unit]
                    reset.add(row[0], times: value)
                    update.add(row[lanes], times: value)
                    new.add(row[2 * lanes], times: value)
                    row += 3 * lanes
                }
            }
            let r = Lanes.sigmoid(gates[lane] + reset)
            let u = Lanes.sigmoid(gates[lanes + lane] + update)
            let n = Lanes.tanh(gates[2 * lanes + lane] + r * new)
            state[lane] = n + u * ((previous?[lane] ?? Lanes()) - n)
        }
    }
}
