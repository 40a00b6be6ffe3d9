import MetaNetwork

/// The values in a device's memory, and which of them depend on a dynamic layer.
///
/// It goes by what instructions read and write, and not by nodes: of a dense layer over a joined value that is computed as a sum, only
/// some summands may depend on one.
struct PersonalValues {
    /// Where each value starts, in ascending order. Values lie one behind the other, so each ends where the next one starts.
    private let starts: [Int]
    /// Lanes of the device's memory.
    private let end: Int
    private var personal: Set<Int>

    init(_ plan: DevicePlan) {
        let instructions = plan.userProgram + plan.candidateProgram
        var starts = Set(plan.dynamicTensors.map(\.offset))
        if case .vector(let vectors) = plan.score { starts.formUnion(vectors.inputs.map(\.operand.offset)) }
        starts.formUnion(plan.context.map(\.operand.offset))
        for case let result in instructions.map(\.step.result) where result.owner == .device {
            starts.insert(result.offset)
        }
        self.starts = Array(starts).ascending()
        end = plan.deviceLanes
        personal = Set(plan.dynamicTensors.map(\.offset))
        // Again, as of two instructions that write into one value the second may make the first one personal.
        var count = 0
        while count < personal.count {
            count = personal.count
            for instruction in instructions where instruction.step.reads.contains(where: isPersonal) {
                personal.insert(start(instruction.step.result))
            }
        }
    }

    /// Where the value starts that an operand is, or is a part of.
    func start(_ operand: Operand) -> Int { starts.last { $0 <= operand.offset } ?? 0 }

    /// Whether an operand depends on a dynamic layer.
    func isPersonal(_ operand: Operand) -> Bool { operand.owner == .device && personal.contains(start(operand)) }

    /// The values that start at some places, in ascending order.
    func regions(_ chosen: Set<Int>) -> [LearnableStep.Region] {
        zip(starts, starts.dropFirst() + [end]).compactMap { start, next in
            chosen.contains(start) ? LearnableStep.Region(offset: start, lanes: next - start) : nil
        }
    }
}
