import MetaNetwork

extension DeviceModel {
    /// The loss of some labelled inputs with the layers in use.
    ///
    /// - Parameters:
    ///   - inputs: As for ``outputs(of:into:)``.
    ///   - targets: What is right for each.
    /// - Returns: A mean over the inputs; infinite or NaN where the weights overflow.
    /// - Throws: ``DeviceModelError`` where an example is wrong, or the model ranks items.
    public mutating func loss(of inputs: [[Float]], _ targets: Solver.Targets) throws(DeviceModelError) -> Double {
        try targets.check(inputs: inputs.count, width: graph.outputWidth)
        var outputs: [Float] = []
        var sum = 0.0
        for (number, input) in inputs.enumerated() {
            do { try self.outputs(of: input, into: &outputs) } catch {
                throw .wrongExample(number, reason: error.description)
            }
            sum += targets.loss(of: outputs, example: number)
        }
        return sum / Double(inputs.count)
    }

    /// The loss of some choices with the layers in use.
    ///
    /// - Parameters:
    ///   - choices: What was chosen, and what it is compared with.
    ///   - loss: How scores are judged.
    /// - Returns: A mean over the choices; infinite or NaN where the weights overflow.
    /// - Throws: ``DeviceModelError`` where a choice is wrong, or the model reads vectors.
    public mutating func loss(of choices: [Choice], _ loss: Solver.RankingLoss) throws(DeviceModelError) -> Double {
        try requireRanking()
        let list = try ChoiceList(choices, loss, of: graph)
        let lanes = Arena(count: Lanes.count(for: list.mostCandidates))
        var sum = 0.0
        let context = self.context
        defer { self.context = context }
        for number in 0..<list.count {
            try useContext(of: choices[number], number, or: context)
            list.withChoice(number) { samples, candidates, place in
                let result = UnsafeMutableBufferPointer(start: lanes.base.elements, count: candidates.count)
                score(samples, candidates, result)
                sum += loss.loss(lanes.base, count: candidates.count, chosen: place)
            }
        }
        return sum / Double(list.count)
    }

    /// Reads the context of a choice, or another one where it has none.
    mutating func useContext(of choice: Choice, _ number: Int, or context: [Float]) throws(DeviceModelError) {
        do { try useContext(choice.context ?? context) } catch {
            throw .wrongExample(number, reason: error.description)
        }
    }
}
