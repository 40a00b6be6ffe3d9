import MetaNetwork

/// A step of the personal part: what it reads and writes, and which of its gradients somebody needs.
struct LearnableStep {
    let step: Step
    /// Rows that it reads.
    let rows: RowCount
    /// Whether the gradient of what it reads leads on to a dynamic layer.
    let needs: Needs
    /// Where it leaves its result, in as many rows as there may be.
    let result: Region

    /// Lanes one after the other in a device's memory.
    struct Region: Equatable {
        let offset: Int
        let lanes: Int
    }

    /// Which of the values that a step reads depend on a dynamic layer.
    struct Needs {
        let x: Bool
        var y = false
        /// The weight of a dense layer or a convolution: a dynamic layer's own, or a value that takes its place.
        var weight = false
        /// The same of the bias.
        var bias = false
    }

    /// - Parameters:
    ///   - instruction: An instruction of the personal part.
    ///   - values: What depends on a dynamic layer.
    ///   - limit: The largest number of rows.
    /// - Returns: `nil` where nobody wrote down the step's gradient.
    init?(_ instruction: Instruction, _ values: PersonalValues, limit: (RowCount) -> Int) {
        let count = limit(instruction.rows)
        let (outRows, outLanes): (Int, Int)
        switch instruction.step {
        case .dense(let x, _, let weight, let bias, let outputs, _, _):
            (needs, outRows, outLanes) = (Self.needs(x, weight, bias, values), count, outputs)
        case .unit(let x, let weight, let bias, _, _, _):
            (needs, outRows, outLanes) = (Self.needs(x, weight, bias, values), count, 1)
        case .position(let x, _, _, let lanes, _):
            (needs, outRows, outLanes) = (Needs(x: values.isPersonal(x)), count, lanes)
        case .last(let x, let lanes, _), .weightedSum(let x, _, let lanes, _), .mean(let x, let lanes, _):
            (needs, outRows, outLanes) = (Needs(x: values.isPersonal(x)), 1, lanes)
        case .pack(let x, let width, _):
            (needs, outRows, outLanes) = (Needs(x: values.isPersonal(x)), 1, Lanes.count(for: count * width))
        case .add(let x, let y, let lanes, _), .multiply(let x, let y, let lanes, _):
            needs = Needs(x: values.isPersonal(x), y: values.isPersonal(y))
            (outRows, outLanes) = (count, lanes)
        case .copy(let x, let width, let column, _):
            (needs, outRows, outLanes) = (Needs(x: values.isPersonal(x)), count, Lanes.count(for: column + width))
        case .dot(let x, let y, _, _):
            needs = Needs(x: values.isPersonal(x), y: values.isPersonal(y))
            (outRows, outLanes) = (count, 1)
        case .frame(let x, let frame, _): (needs, outRows, outLanes) = (Needs(x: values.isPersonal(x)), 1, frame.lanes)
        case .convolve(let x, let geometry, let weight, let bias, _, _):
            (needs, outRows, outLanes) = (Self.needs(x, weight, bias, values), count, geometry.outputs)
        case .pool(let x, _, _, let lanes, _):
            (needs, outRows, outLanes) = (Needs(x: values.isPersonal(x)), count, lanes)
        default: return nil
        }
        (step, rows) = (instruction.step, instruction.rows)
        let out = instruction.step.result
        result = Region(offset: out.offset, lanes: (outRows - 1) * out.stride + outLanes)
    }

    @inline(never)
    private static func needs(_ x: Operand, _ weight: Operand, _ bias: Operand, _ values: PersonalValues) -> Needs {
        Needs(
            x: values.isPersonal(x),
            weight: values.isPersonal(weight),
            bias: values.isPersonal(bias)
        )
    }

    /// Multiply-adds of the gradients; those of dense layers and convolutions, the padding of lanes included.
    ///
    /// - Parameter count: The number of rows.
    @inline(never)
    func multiplyAdds(_ count: (RowCount) -> Int) -> Int {
        let layer = Instruction(rows: rows, step: step).multiplyAdds(count)
        return layer * ((needs.weight ? 1 : 0) + (needs.x ? 1 : 0))
    }
}

extension Instruction {
    /// Multiply-adds of dense layers and convolutions, the padding of lanes included.
    ///
    /// - Parameter count: The number of rows.
    @inline(never)
    func multiplyAdds(_ count: (RowCount) -> Int) -> Int {
        switch step {
        case .dense(_, let inputs, _, _, let outputs, _, _):
            count(rows) * count(inputs) * outputs * Lanes.scalarCount
        case .unit(_, _, _, let lanes, _, _): count(rows) * lanes * Lanes.scalarCount
        case .convolve(_, let geometry, _, _, _, _):
            count(rows) * geometry.rows * geometry.run * geometry.outputs * Lanes.scalarCount
        default: 0
        }
    }
}
