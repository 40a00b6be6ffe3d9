import MetaNetwork

extension DeviceModel {
    /// What a model over vectors makes of an input: logits of classes or numbers of a regression. It takes no memory where
    /// `result` has room.
    ///
    /// ```swift
    /// var model = try DeviceModel(.cnn(), weights: weights)
    /// var logits: [Float] = []
    /// try model.outputs(of: pixels, into: &logits)  // 784 numbers in, 10 out
    /// ```
    ///
    /// - Parameters:
    ///   - input: One vector; a window of vectors, oldest first; or an image channel by channel, each row by row.
    ///   - result: Receives ``MetaNetwork/ModelGraph/outputWidth`` numbers, finite unless the weights overflow.
    /// - Throws: ``DeviceModelError`` where the input has another size, is not finite, or the model ranks items; the
    ///   result is then as it was.
    public mutating func outputs(of input: [Float], into result: inout [Float]) throws(DeviceModelError) {
        try read(input)
        guard case .vector(let operand) = plan.score else { throw .ranksItems(graph.architecture.name) }
        execution.run(plan.userProgram)
        let width = graph.outputWidth
        if result.count != width {
            result.removeAll(keepingCapacity: true)
            result.append(contentsOf: repeatElement(0, count: width))
        }
        let row = UnsafePointer(execution.pointer(operand)).numbers
        for place in 0..<width { result[place] = row[place] }
    }

    /// What a model over vectors makes of an input, as a new array; see ``outputs(of:into:)``.
    public mutating func outputs(of input: [Float]) throws(DeviceModelError) -> [Float] {
        var result: [Float] = []
        try outputs(of: input, into: &result)
        return result
    }

    /// What stands for a sample of a model over vectors: the value of the architecture's `sample` node, which no dynamic layer
    /// touches, or the input itself where it names none.
    ///
    /// - Parameter input: As for ``outputs(of:into:)``.
    /// - Returns: ``MetaNetwork/ModelGraph/sampleWidth`` numbers, finite unless the weights overflow.
    /// - Throws: As ``outputs(of:into:)``.
    public mutating func sample(of input: [Float]) throws(DeviceModelError) -> [Float] {
        try read(input)
        guard let sample = plan.sample else { return input }
        execution.run(plan.userProgram[..<sample.steps])
        let row = UnsafePointer(execution.pointer(sample.operand)).numbers
        return Array(UnsafeBufferPointer(start: row, count: graph.sampleWidth))
    }

    /// Checks that the model ranks items.
    ///
    /// - Throws: ``DeviceModelError/readsVectors(_:)``.
    public func requireRanking() throws(DeviceModelError) {
        guard graph.ranksItems else { throw .readsVectors(graph.architecture.name) }
    }

    private var execution: Execution {
        Execution(
            plan: plan.memory.base,
            device: memory.base,
            samples: UnsafeBufferPointer(start: nil, count: 0),
            candidates: UnsafeBufferPointer(start: nil, count: 0),
            itemCount: 0
        )
    }

    /// Checks an input and copies it to where the program reads it.
    private mutating func read(_ input: [Float]) throws(DeviceModelError) {
        guard let shape = graph.inputShape, let operand = plan.input else { throw .ranksItems(graph.architecture.name) }
        guard input.count == shape.count else { throw .wrongInput(expected: shape.count, found: input.count) }
        if let place = input.firstIndex(where: { !$0.isFinite }) { throw .inputNotFinite(place) }
        let (rows, width) = (shape.rows, shape.width)
        let padded = Lanes.count(for: width) * Lanes.scalarCount
        // An image comes channel by channel, a window vector by vector.
        let isImage = if case .image = shape { true } else { false }
        let (rowStep, step) = isImage ? (1, rows) : (width, 1)
        let target = (memory.base + operand.offset).numbers
        input.withUnsafeBufferPointer { source in
            for row in 0..<rows {
                for place in 0..<width { target[row * padded + place] = source[row * rowStep + place * step] }
            }
        }
    }
}
