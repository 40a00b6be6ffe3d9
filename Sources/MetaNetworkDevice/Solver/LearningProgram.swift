import MetaNetwork

/// A model's program in two: what no dynamic layer touches, which is computed once an example, and the rest, which each step of learning
/// repeats.
struct LearningProgram {
    /// Where the input and the result are.
    let vectors: DevicePlan.Vectors
    /// Computed once an example.
    let frozen: [Instruction]
    /// Computed in each step.
    let personal: [Instruction]
    /// The same with what its gradients need.
    let steps: [LearnableStep]
    /// Frozen values that ``personal`` reads: kept for each example.
    let kept: [LearnableStep.Region]
    /// What ``personal`` writes.
    let results: [LearnableStep.Region]
    /// The dynamic tensors.
    let tensors: [LearnableStep.Region]

    /// - Throws: ``DeviceModelError`` where the model ranks items, has no dynamic layer, or has a node behind one without a gradient.
    init(_ plan: DevicePlan) throws(DeviceModelError) {
        let graph = plan.graph
        guard case .vector(let vectors) = plan.score else { throw .learnsNoRanking(graph.architecture.name) }
        guard !plan.dynamicTensors.isEmpty else { throw .nothingToLearn(graph.architecture.name) }
        var frozen: [Instruction] = []
        var personal: [Instruction] = []
        var steps: [LearnableStep] = []
        var offsets = Set(plan.dynamicTensors.map(\.offset))
        for (instruction, index) in zip(plan.userProgram, plan.userNodes) {
            let node = graph.nodes[index]
            guard node.isPersonal else {
                frozen.append(instruction)
                continue
            }
            guard let step = LearnableStep(instruction, personal: offsets) else {
                throw .cannotLearn(node: node.name, operation: node.operation.name)
            }
            offsets.insert(step.result.offset)
            personal.append(instruction)
            steps.append(step)
        }
        self.vectors = vectors
        (self.frozen, self.personal, self.steps) = (frozen, personal, steps)
        var kept: [Int: Int] = [:]
        for step in steps {
            for input in [step.x, step.y].compactMap(\.self) where !input.isPersonal && input.operand.owner == .device {
                kept[input.region.offset] = max(input.region.lanes, kept[input.region.offset, default: 0])
            }
        }
        self.kept = kept.sorted { $0.key < $1.key }.map { LearnableStep.Region(offset: $0.key, lanes: $0.value) }
        results = steps.map(\.result)
        tensors = plan.dynamicTensors.map { LearnableStep.Region(offset: $0.offset, lanes: $0.matrix.lanes) }
    }

    /// Lanes that are kept for each example.
    var keptLanes: Int { kept.reduce(0) { $0 + $1.lanes } }
    /// Lanes of all dynamic tensors.
    var tensorLanes: Int { tensors.reduce(0) { $0 + $1.lanes } }

    /// Multiply-adds of one example without and with gradients.
    var multiplyAdds: (forward: Int, step: Int) {
        let forward = steps.reduce(0) { $0 &+ $1.multiplyAdds.forward }
        return (forward, forward &+ steps.reduce(0) { $0 &+ $1.multiplyAdds.backward })
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
