import MetaNetwork

extension Solver {
    /// Checks a user's choices and computes what is frozen of each.
    ///
    /// ```swift
    /// let choices = Choice.latest(of: history, limit: 50, window: model.graph.window)
    /// var solver = try Solver(model, choices: choices, loss: .softmax(), optimizer: .adam(rate: 0.001))
    /// let result = solver.run(steps: 20)
    /// ```
    ///
    /// What does not depend on a dynamic layer is computed once a choice, as far as it depends on the history; what depends on candidates
    /// is computed in each step, so that steps may have others each (``compare(with:)``). A choice without a context of its own was
    /// made in the model's.
    ///
    /// - Parameters:
    ///   - model: A model that ranks items; it stays as it is.
    ///   - choices: What was chosen.
    ///   - loss: How scores are judged.
    ///   - optimizer: How weights follow gradients.
    ///   - clipNorm: Largest norm of all gradients together; longer ones are scaled down to it.
    ///   - basis: Makes the dynamic layers of a code, which is learned in their place; `nil` learns the layers themselves.
    ///   - code: The code to start with; `nil` for the basis's own. Not read without a basis.
    ///   - memoryLimit: Maximum memory, in bytes; 256 MiB.
    ///   - shouldStop: Asked before each choice.
    /// - Throws: ``DeviceModelError`` where the model or a choice cannot be learned; ``DeviceModelError/stopped`` where it was told to.
    /// - Complexity: The model's user part once for each choice. Memory: twice that of a device, the frozen values of each choice, the
    ///   dynamic layers three times, and the indices.
    public init(
        _ model: borrowing DeviceModel,
        choices: [Choice],
        loss: RankingLoss,
        optimizer: Optimizer,
        clipNorm: Double = 5,
        basis: WeightBasis? = nil,
        code: [Float]? = nil,
        memoryLimit: Int = 256 << 20,
        shouldStop: () -> Bool = { false }
    ) throws(DeviceModelError) {
        try model.requireRanking()
        let list = try ChoiceList(choices, loss, of: model.graph)
        let start = basis.map { Start(basis: $0, values: code ?? $0.start) }
        let examples = Examples.choices(choices, list, context: model.context)
        try self.init(model, examples, optimizer, clipNorm, from: start, memoryLimit, shouldStop)
    }

    /// Has each choice compared with other items from the next step on. A loss that was found before stays as it is.
    ///
    /// - Parameter others: For each choice, indices of items that were not chosen; an empty row stands for the whole catalogue.
    /// - Throws: ``DeviceModelError/wrongExample(_:reason:)`` where an index is outside the catalogue or is the chosen item's,
    ///   ``DeviceModelError/wrongExamples(inputs:targets:)`` where there is not a row for each choice; what was compared stays then.
    /// - Complexity: It takes memory only where there are more items than ever before.
    public mutating func compare(with others: [[Int]]) throws(DeviceModelError) {
        try lessons.compare(with: others)
        let lanes = lessons.scoreLanes
        if lanes > scoreLanes { (scores, scoreLanes) = (Arena(count: lanes), lanes) }
    }

    /// Runs the personal part forward, and backward, for some choices.
    ///
    /// - Returns: The mean loss; `nil` where it was stopped.
    mutating func pass(
        _ choices: ChoiceList,
        _ batch: [Int32]?,
        withGradients: Bool,
        _ shouldStop: () -> Bool
    ) -> Double? {
        let (memory, keptLanes) = (device.memory.base, program.keptLanes)
        var sum = 0.0
        let count = batch?.count ?? choices.count
        for place in 0..<count {
            if shouldStop() { return nil }
            let number = batch.map { Int($0[place]) } ?? place
            program.kept.copy(frozen.base + number * keptLanes, to: memory)
            choices.withChoice(number) { samples, candidates, place in
                let execution = device.execution(samples: samples, candidates: candidates)
                execution.run(program.personal)
                program.results.clear(gradients.base)
                score(execution)
                sum += choices.loss.loss(scores.base, count: candidates.count, chosen: place)
                if withGradients { propagate(execution) }
                let cost = program.multiplyAdds(withGradients: withGradients, execution.count)
                multiplyAdds = multiplyAdds &+ cost
            }
        }
        return sum / Double(count)
    }

    /// Scores the candidates of a choice, block by block.
    private func score(_ execution: Execution) {
        let scores = scores.base.elements
        switch program.score {
        case .vector: break
        case .product(let user, let table, let lanes):
            InnerProducts(
                user: UnsafePointer(execution.pointer(user)).fours,
                table: UnsafePointer(execution.plan + table).fours,
                lanes: lanes,
                itemCount: execution.itemCount
            ).apply(execution.candidates, UnsafeMutableBufferPointer(start: scores, count: execution.candidates.count))
        case .value(let operand):
            execution.forEachBlock { part, block in
                part.run(program.candidates)
                for place in block {
                    scores[place] = part.pointer(operand)[(place - block.lowerBound) * operand.stride][0]
                }
            }
        }
    }

    /// Adds the gradients of a choice; those of its scores are there.
    private func propagate(_ execution: Execution) {
        let (slopes, memory) = (scores.base.elements, gradients.base)
        switch program.score {
        case .vector: break
        case .product(let user, let table, let lanes):
            WeightedRows(table: execution.plan + table, lanes: lanes)
                .add(execution.candidates, times: slopes, to: memory + user.offset)
        case .value(let operand):
            execution.forEachBlock { part, block in
                // The values of the last block are there; those of a block before it were written over.
                if execution.candidates.count > DevicePlan.blockSize { part.run(program.candidates) }
                program.candidateResults.clear(memory)
                for place in block {
                    memory[operand.offset + (place - block.lowerBound) * operand.stride][0] += slopes[place]
                }
                Backpropagation(execution: part, gradients: memory).run(program.candidateSteps)
            }
        }
        Backpropagation(execution: execution, gradients: memory).run(program.steps)
    }
}

extension DeviceModel {
    /// Computes what is frozen of an example, and leaves it in the device's memory.
    mutating func freeze(
        _ number: Int,
        of examples: Solver.Examples,
        _ program: LearningProgram
    ) throws(DeviceModelError) {
        switch examples {
        case .inputs(let inputs, _):
            do throws(DeviceModelError) { _ = try read(inputs[number]) } catch {
                throw .wrongExample(number, reason: error.description)
            }
            execution.run(program.frozen)
        case .choices(let choices, let list, let context):
            try useContext(of: choices[number], number, or: context)
            placeContext()
            list.withChoice(number) { samples, _, _ in execution(samples: samples).run(program.frozen) }
        }
    }
}

extension Execution {
    /// Calls a function with each block of ``DevicePlan/blockSize`` candidates and its places among all.
    fileprivate func forEachBlock(_ body: (_ part: Execution, _ block: Range<Int>) -> Void) {
        for first in stride(from: 0, to: candidates.count, by: DevicePlan.blockSize) {
            let block = first..<min(first + DevicePlan.blockSize, candidates.count)
            let part = Execution(
                plan: plan,
                device: device,
                samples: samples,
                candidates: UnsafeBufferPointer(rebasing: candidates[block]),
                itemCount: itemCount
            )
            body(part, block)
        }
    }
}
