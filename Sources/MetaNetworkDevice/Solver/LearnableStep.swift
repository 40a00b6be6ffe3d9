import MetaNetwork

/// A step of the personal part: what it reads and writes, and which of its gradients somebody needs.
struct LearnableStep {
    let step: Step
    /// Rows that it reads.
    let rows: Int
    /// What it reads, with the lanes of a row.
    let x: Input
    let y: Input?
    /// Where it leaves its result.
    let result: Region

    /// Lanes one after the other in a device's memory.
    struct Region: Equatable {
        let offset: Int
        let lanes: Int
    }

    /// A value that a step reads.
    struct Input {
        let operand: Operand
        /// All of its rows.
        let region: Region
        /// Whether it depends on a dynamic layer, so that its gradient leads on.
        let isPersonal: Bool
    }

    /// - Parameters:
    ///   - instruction: An instruction of a model over vectors.
    ///   - personal: Offsets of the values that depend on a dynamic layer.
    /// - Returns: `nil` where nobody wrote down the step's gradient.
    init?(_ instruction: Instruction, personal: Set<Int>) {
        let count: Int
        switch instruction.rows {
        case .one: count = 1
        case .fixed(let rows): count = rows
        case .samples, .heads, .candidates: return nil
        }
        func input(_ operand: Operand, _ lanes: Int) -> Input {
            Input(
                operand: operand,
                region: Self.region(operand, rows: count, lanes),
                isPersonal: operand.owner == .device && personal.contains(operand.offset)
            )
        }
        var second: Input?
        let (first, out, outRows, outLanes): (Input, Operand, Int, Int)
        switch instruction.step {
        case .dense(let x, .fixed(let inputs), _, _, let outputs, _, let target):
            (first, out, outRows, outLanes) = (input(x, Lanes.count(for: inputs)), target, count, outputs)
        case .unit(let x, _, _, let lanes, _, let target):
            (first, out, outRows, outLanes) = (input(x, lanes), target, count, 1)
        case .position(let x, _, _, let lanes, let target):
            (first, out, outRows, outLanes) = (input(x, lanes), target, count, lanes)
        case .last(let x, let lanes, let target), .weightedSum(let x, _, let lanes, let target),
            .mean(let x, let lanes, let target):
            (first, out, outRows, outLanes) = (input(x, lanes), target, 1, lanes)
        case .pack(let x, let width, let target):
            (first, out, outRows) = (input(x, Lanes.count(for: width)), target, 1)
            outLanes = Lanes.count(for: count * width)
        case .add(let x, let y, let lanes, let target), .multiply(let x, let y, let lanes, let target):
            (first, out, outRows, outLanes) = (input(x, lanes), target, count, lanes)
            second = input(y, lanes)
        case .copy(let x, let width, let column, let target):
            (first, out, outRows) = (input(x, Lanes.count(for: width)), target, count)
            outLanes = Lanes.count(for: column + width)
        case .dot(let x, let y, let lanes, let target):
            (first, out, outRows, outLanes) = (input(x, lanes), target, count, 1)
            second = input(y, lanes)
        default: return nil
        }
        (step, rows, x, y) = (instruction.step, count, first, second)
        result = Self.region(out, rows: outRows, outLanes)
    }

    private static func region(_ operand: Operand, rows: Int, _ lanes: Int) -> Region {
        Region(offset: operand.offset, lanes: (rows - 1) * operand.stride + lanes)
    }

    /// Multiply-adds of the step itself, and with its gradients; those of dense layers, the padding of lanes included.
    var multiplyAdds: (forward: Int, backward: Int) {
        switch step {
        case .dense(_, .fixed(let inputs), let weight, _, let outputs, _, _):
            let forward = rows * inputs * outputs * Lanes.scalarCount
            return (forward, forward * ((weight.owner == .device ? 1 : 0) + (x.isPersonal ? 1 : 0)))
        case .unit(_, let weight, _, let lanes, _, _):
            let forward = rows * lanes * Lanes.scalarCount
            return (forward, forward * ((weight.owner == .device ? 1 : 0) + (x.isPersonal ? 1 : 0)))
        default: return (0, 0)
        }
    }
}
