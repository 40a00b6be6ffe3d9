import MetaNetwork

extension DeviceModel {
    /// What a model over vectors makes of an input: logits of classes or values of a regression. It takes no memory where
    /// `result` has room.
    ///
    /// ```swift
    /// var model = try DeviceModel(.cnn(), weights: weights)
    /// var logits: [Float] = []
    /// try model.outputs(of: pixels, into: &logits)  // 784 values in, 10 out
    /// ```
    ///
    /// - Parameters:
    ///   - input: One vector; a window of vectors, oldest first; or an image channel by channel, each row by row. For a model of several
    ///     inputs the row of all of them: see `ModelGraph.NamedInput`, also for inputs that are missing.
    ///   - result: Receives `ModelGraph.outputWidth` values, finite unless the weights overflow.
    /// - Throws: ``DeviceModelError`` where the input has another size, is not finite, or the model ranks items; the
    ///   result is then as it was.
    public mutating func outputs(of input: [Float], into result: inout [Float]) throws(DeviceModelError) {
        let vectors = try read(input)
        execution.run(plan.userProgram)
        let width = graph.outputWidth
        if result.count != width {
            result.removeAll(keepingCapacity: true)
            result.append(contentsOf: repeatElement(0, count: width))
        }
        let row = UnsafePointer(execution.pointer(vectors.output)).elements
        for place in 0..<width { result[place] = row[place] }
    }

    /// What a model over vectors makes of an input, as a new array; see ``outputs(of:into:)``.
    public mutating func outputs(of input: [Float]) throws(DeviceModelError) -> [Float] {
        var result: [Float] = []
        try outputs(of: input, into: &result)
        return result
    }

    /// What stands for a sample of a model over vectors: the value of the architecture's `sample` node, which no dynamic layer
    /// touches, or the input itself where it names none: with the prompt, and with what stands for missing inputs.
    ///
    /// - Parameter input: As for ``outputs(of:into:)``.
    /// - Returns: `ModelGraph.sampleWidth` values, finite unless the weights overflow.
    /// - Throws: As ``outputs(of:into:)``.
    public mutating func sample(of input: [Float]) throws(DeviceModelError) -> [Float] {
        let vectors = try read(input)
        guard let sample = vectors.sample else { return row(vectors) }
        execution.run(plan.userProgram[..<sample.steps])
        let row = UnsafePointer(execution.pointer(sample.operand)).elements
        return Array(UnsafeBufferPointer(start: row, count: graph.sampleWidth))
    }

    /// Checks that the model ranks items.
    ///
    /// - Throws: ``DeviceModelError/readsVectors(_:)``.
    public func requireRanking() throws(DeviceModelError) {
        if case .vector = plan.score { throw .readsVectors(graph.architecture.name) }
    }

    /// What runs instructions on this device's memory for a model over vectors.
    var execution: Execution { execution(samples: UnsafeBufferPointer(start: nil, count: 0)) }

    /// What runs instructions on this device's memory.
    ///
    /// - Parameters:
    ///   - samples: Indices of the history; one at least, of a model that ranks.
    ///   - candidates: Indices of a block of candidates.
    func execution(
        samples: UnsafeBufferPointer<Int>,
        candidates: UnsafeBufferPointer<Int> = UnsafeBufferPointer(start: nil, count: 0)
    ) -> Execution {
        Execution(
            plan: plan.memory.base,
            device: memory.base,
            samples: samples,
            candidates: candidates,
            itemCount: plan.graph.itemCount
        )
    }

    /// Checks an input and copies it, with the prompt added, to where the program reads it.
    ///
    /// - Returns: Where the program leaves its result.
    mutating func read(_ input: [Float]) throws(DeviceModelError) -> DevicePlan.Vectors {
        guard case .vector(let vectors) = plan.score else { throw .ranksItems(graph.architecture.name) }
        guard input.count == graph.inputCount else {
            throw .wrongInput(expected: graph.inputCount, found: input.count)
        }
        var isGiven = false
        for placed in vectors.inputs {
            let range = placed.input.range
            let isMissing = graph.mayMissInputs && input[range].allSatisfy(\.isNaN)
            if !isMissing, let place = input[range].firstIndex(where: { !$0.isFinite }) { throw .inputNotFinite(place) }
            isGiven = isGiven || !isMissing
        }
        guard isGiven else { throw .nothingGiven }
        for placed in vectors.inputs { copy(input, to: placed) }
        return vectors
    }

    /// Copies one input of a row, or what stands for it where it is missing, and adds the prompt.
    func copy(_ row: [Float], to placed: DevicePlan.PlacedInput) {
        let (shape, first) = (placed.input.shape, placed.input.offset)
        let target = (memory.base + placed.operand.offset).elements
        let width = shape.width
        let padded = Lanes.count(for: width) * Lanes.scalarCount
        if row[first].isNaN {
            for place in 0..<shape.rows * padded where place % padded < width {
                target[place] = placed.missing[place % padded]
            }
        } else {
            row.withUnsafeBufferPointer { source in
                Self.forEachValue(of: shape) { target[$0] = source[first + $1] }
            }
        }
        // A model with a prompt has one input.
        prompt?.withUnsafeBufferPointer { source in Self.forEachValue(of: shape) { target[$0] += source[$1] } }
    }

    /// The row as the program has read it.
    private func row(_ vectors: DevicePlan.Vectors) -> [Float] {
        var result = [Float](repeating: 0, count: graph.inputCount)
        for placed in vectors.inputs {
            let source = UnsafePointer(memory.base + placed.operand.offset).elements
            Self.forEachValue(of: placed.input.shape) { result[placed.input.offset + $1] = source[$0] }
        }
        return result
    }

    /// An input with what stands for those of its inputs that are missing; the prompt is not added.
    ///
    /// - Parameter input: As for ``outputs(of:into:)``.
    /// - Returns: As many values, finite.
    /// - Throws: As ``outputs(of:into:)``.
    public mutating func completed(_ input: [Float]) throws(DeviceModelError) -> [Float] {
        let vectors = try read(input)
        return vectors.inputs.count == 1 ? input : row(vectors)
    }

    /// Calls a function with the place of each value of an input in the program's memory, and in the input's own order.
    @inline(__always)
    private static func forEachValue(of shape: ModelGraph.Shape, _ body: (_ place: Int, _ source: Int) -> Void) {
        let (rows, width) = (shape.rows, shape.width)
        let padded = Lanes.count(for: width) * Lanes.scalarCount
        // An image comes channel by channel, a window vector by vector.
        let isImage = if case .image = shape { true } else { false }
        let (rowStep, step) = isImage ? (1, rows) : (width, 1)
        for row in 0..<rows {
            for place in 0..<width { body(row * padded + place, row * rowStep + place * step) }
        }
    }
}
