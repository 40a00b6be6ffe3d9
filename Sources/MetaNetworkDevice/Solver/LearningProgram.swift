import MetaNetwork

/// A model's program in two: what no dynamic layer touches, which is computed once an example, and the rest, which each step of learning
/// repeats.
///
/// Of a ranking, what depends on candidates is repeated as a whole, as each step may have others.
final class LearningProgram: Sendable {
    /// Where the result is.
    let score: DevicePlan.Score
    /// Computed once an example.
    let frozen: [Instruction]
    /// Computed in each step.
    let personal: [Instruction]
    /// The same with what its gradients need.
    let steps: [LearnableStep]
    /// Computed in each step for each block of candidates.
    let candidates: [Instruction]
    /// Those of ``candidates`` that depend on a dynamic layer, with what their gradients need.
    let candidateSteps: [LearnableStep]
    /// Frozen values that ``personal`` or ``candidates`` reads: kept for each example.
    let kept: [LearnableStep.Region]
    /// What ``personal`` writes.
    let results: [LearnableStep.Region]
    /// What ``candidateSteps`` write.
    let candidateResults: [LearnableStep.Region]
    /// The dynamic tensors.
    let tensors: [LearnableStep.Region]

    /// - Throws: ``DeviceModelError`` where the model has no dynamic layer, or has a node behind one without a gradient.
    init(_ plan: DevicePlan) throws(DeviceModelError) {
        let graph = plan.graph
        guard !plan.dynamicTensors.isEmpty else { throw .nothingToLearn(graph.architecture.name) }
        let values = PersonalValues(plan)
        func isPersonal(_ instruction: Instruction) -> Bool { values.isPersonal(instruction.step.result) }
        func learnable(_ instruction: Instruction, _ node: Int) throws(DeviceModelError) -> LearnableStep {
            if let step = LearnableStep(instruction, values, limit: plan.mostRows) { return step }
            throw .cannotLearn(node: graph.nodes[node].name, operation: graph.nodes[node].operation.name)
        }
        var (steps, candidateSteps) = ([LearnableStep](), [LearnableStep]())
        for (instruction, node) in zip(plan.userProgram, plan.userNodes) where isPersonal(instruction) {
            steps.append(try learnable(instruction, node))
        }
        for (instruction, node) in zip(plan.candidateProgram, plan.candidateNodes) where isPersonal(instruction) {
            candidateSteps.append(try learnable(instruction, node))
        }
        score = plan.score
        frozen = plan.userProgram.filter { !isPersonal($0) }
        personal = plan.userProgram.filter(isPersonal)
        candidates = plan.candidateProgram
        (self.steps, self.candidateSteps) = (steps, candidateSteps)
        let repeated = Set(candidates.map { values.start($0.step.result) })
        var kept: Set<Int> = []
        for operand in (personal + candidates).flatMap(\.step.reads) where operand.owner == .device {
            let start = values.start(operand)
            if !values.isPersonal(operand), !repeated.contains(start) { kept.insert(start) }
        }
        self.kept = values.regions(kept)
        (results, candidateResults) = (steps.map(\.result), candidateSteps.map(\.result))
        tensors = plan.dynamicTensors.map { LearnableStep.Region(offset: $0.offset, lanes: $0.matrix.lanes) }
    }

    /// Lanes that are kept for each example.
    var keptLanes: Int { kept.reduce(0) { $0 + $1.lanes } }
    /// Lanes of all dynamic tensors.
    var tensorLanes: Int { tensors.reduce(0) { $0 + $1.lanes } }

    /// Multiply-adds of one example: those of dense layers, and of inner products with candidates.
    ///
    /// - Parameters:
    ///   - withGradients: Whether it is a step, and not the loss alone.
    ///   - count: The number of rows.
    func multiplyAdds(withGradients: Bool, _ count: (RowCount) -> Int) -> Int {
        var sum = 0
        for instruction in personal { sum &+= instruction.multiplyAdds(count) }
        for instruction in candidates { sum &+= instruction.multiplyAdds(count) }
        var products = 0
        if case .product(_, _, let lanes) = score { products = count(.candidates) * lanes * Lanes.scalarCount }
        sum &+= products
        guard withGradients else { return sum }
        for step in steps { sum &+= step.multiplyAdds(count) }
        for step in candidateSteps { sum &+= step.multiplyAdds(count) }
        return sum &+ products
    }
}

extension DevicePlan {
    /// The largest number of rows of a value.
    func mostRows(_ rows: RowCount) -> Int {
        switch rows {
        case .one: 1
        case .samples: graph.window
        case .heads(let heads): graph.window * heads
        case .candidates: Self.blockSize
        case .fixed(let count): count
        }
    }
}

extension [LearnableStep.Region] {
    /// Copies regions of a memory one after the other.
    func copy(from memory: UnsafePointer<Lanes>, to target: UnsafeMutablePointer<Lanes>) {
        var target = target
        for region in self {
            target.update(from: memory + region.offset, count: region.lanes)
            target += region.lanes
        }
    }

    /// Copies what lies one after the other to regions of a memory.
    func copy(_ source: UnsafePointer<Lanes>, to memory: UnsafeMutablePointer<Lanes>) {
        var source = source
        for region in self {
            (memory + region.offset).update(from: source, count: region.lanes)
            source += region.lanes
        }
    }

    /// Fills regions of a memory with zeros.
    func clear(_ memory: UnsafeMutablePointer<Lanes>) {
        for region in self { (memory + region.offset).update(repeating: Lanes(), count: region.lanes) }
    }

    /// Whether all elements of regions are finite.
    func areFinite(in memory: UnsafePointer<Lanes>) -> Bool {
        // 0 · x is 0, unless x is infinite or NaN.
        var sum = Lanes()
        for region in self {
            for lane in region.offset..<region.offset + region.lanes { sum += memory[lane] * 0 }
        }
        return sum == Lanes()
    }

    /// The root of the sum of the squares of all elements.
    func norm(in memory: UnsafePointer<Lanes>) -> Double {
        var sum = SIMD8<Double>()
        for region in self {
            for lane in region.offset..<region.offset + region.lanes {
                let values = SIMD8<Double>(memory[lane])
                sum += values * values
            }
        }
        return sum.sum().squareRoot()
    }
}
