import MetaNetwork

/// Passes over the examples, all of them or a batch.
extension Solver {
    /// The gradient of the mean loss of all examples at the layers as they are, by tensor: nothing is clipped, and no step is taken.
    ///
    /// - Parameter shouldStop: Asked before each example.
    /// - Returns: As many tensors as ``weights``; `nil` where it was stopped.
    public mutating func gradient(shouldStop: () -> Bool = { false }) -> Weights? {
        program.tensors.clear(gradients.base)
        guard pass(nil, withGradients: true, shouldStop) != nil else { return nil }
        var result = Weights()
        for tensor in device.plan.dynamicTensors {
            let sums = tensor.matrix.unpack(gradients.base + tensor.offset)
            let means = sums.map { $0 / Float(lessons.count) }
            result[tensor.name] = try? WeightTensor(shape: tensor.shape, values: means)
        }
        return result
    }

    /// Whether all numbers are those of examples.
    func isBatch(_ batch: [Int32]?) -> Bool {
        guard let batch else { return true }
        return !batch.isEmpty && batch.allSatisfy { (0..<lessons.count).contains(Int($0)) }
    }

    /// Runs the personal part forward, and backward, for some examples.
    ///
    /// - Returns: The mean loss; `nil` where it was stopped.
    mutating func pass(_ batch: [Int32]?, withGradients: Bool, _ shouldStop: () -> Bool) -> Double? {
        switch lessons {
        case .inputs(let targets): pass(targets, batch, withGradients: withGradients, shouldStop)
        case .choices(let choices): pass(choices, batch, withGradients: withGradients, shouldStop)
        }
    }

    /// The same for inputs.
    private mutating func pass(
        _ targets: Targets,
        _ batch: [Int32]?,
        withGradients: Bool,
        _ shouldStop: () -> Bool
    ) -> Double? {
        guard case .vector(let vectors) = program.score else { return nil }
        let (memory, keptLanes, execution) = (device.memory.base, program.keptLanes, device.execution)
        let (width, output) = (device.graph.outputWidth, vectors.output.offset)
        let backpropagation = Backpropagation(execution: execution, gradients: gradients.base)
        let cost = program.multiplyAdds(withGradients: withGradients, execution.count)
        var sum = 0.0
        let count = batch?.count ?? targets.count
        for place in 0..<count {
            if shouldStop() { return nil }
            let example = batch.map { Int($0[place]) } ?? place
            program.kept.copy(frozen.base + example * keptLanes, to: memory)
            execution.run(program.personal)
            program.results.clear(gradients.base)
            sum += targets.loss(of: memory + output, width: width, example: example, gradient: gradients.base + output)
            if withGradients { backpropagation.run(program.steps) }
            multiplyAdds = multiplyAdds &+ cost
        }
        return sum / Double(count)
    }
}
