import MetaNetwork

extension DeviceModel {
    /// Whether ``uncertainty(of:)`` has something to measure: the model reads vectors, and its result comes from a dense layer of two
    /// units or more.
    public var measuresUncertainty: Bool {
        if case .vector(let vectors) = plan.score { vectors.head != nil } else { false }
    }

    /// How much the model's answer depends on single elements of what it has computed: Monte Carlo dropout on the input of its last
    /// layer, by which U-VPA (arXiv 2212.00972) chooses what is worth sending to the cloud.
    ///
    /// In each of K = 10 passes an element is left out with probability 0.3, and those that stay are scaled by 1 / 0.7. With p_k the
    /// softmax of the outputs in pass k, the result is `sqrt(mean over k of ‖p_k − mean‖²)`. The elements that each pass
    /// leaves out are the same at every call and on every platform.
    ///
    /// - Parameter input: As for ``outputs(of:into:)``; the prompt is added.
    /// - Returns: 0 where all passes agree; below 1. Finite unless the weights overflow. It means something for classes alone: the outputs
    ///   are read as logits.
    /// - Throws: As ``outputs(of:into:)``, and ``DeviceModelError/endsInNoDense(_:)`` where the result does not come from a dense layer of
    ///   two units or more.
    /// - Complexity: Everything before the last layer once, and the last layer ten times, with a random number for each of its inputs.
    ///   It allocates one array of ten rows of outputs, and frees it.
    public mutating func uncertainty(of input: [Float]) throws(DeviceModelError) -> Float {
        let vectors = try read(input)
        guard let head = vectors.head else { throw .endsInNoDense(graph.architecture.name) }
        execution.run(plan.userProgram[..<head.index])
        let shares = shares(head, outputs: vectors.output)
        return Self.spread(of: shares, rows: DropoutMasks.passes)
    }

    /// The probabilities of all passes, one pass after the other.
    private func shares(_ head: DevicePlan.Head, outputs: Operand) -> [Float] {
        let execution = execution
        let (x, kept) = (execution.pointer(head.x).elements, execution.pointer(head.kept).elements)
        let (row, width) = (execution.pointer(outputs), graph.outputWidth)
        let softmax = Softmax(heads: 1, samples: width)
        var masks = DropoutMasks()
        var shares: [Float] = []
        shares.reserveCapacity(DropoutMasks.passes * width)
        for _ in 0..<DropoutMasks.passes {
            for place in 0..<head.inputs { kept[place] = masks.keepsNext() ? x[place] * DropoutMasks.scale : 0 }
            execution.run(head.layer)
            // No share for what fills the last lane.
            for place in width..<Lanes.count(for: width) * Lanes.scalarCount { row.elements[place] = -.infinity }
            softmax.apply(to: row)
            shares.append(contentsOf: UnsafeBufferPointer(start: row.elements, count: width))
        }
        return shares
    }

    /// The root of the mean squared distance of some rows from their mean.
    private static func spread(of values: [Float], rows: Int) -> Float {
        let width = values.count / rows
        var sum: Float = 0
        for column in 0..<width {
            var mean: Float = 0
            for row in 0..<rows { mean += values[row * width + column] }
            mean /= Float(rows)
            for row in 0..<rows {
                let difference = values[row * width + column] - mean
                sum += difference * difference
            }
        }
        return (sum / Float(rows)).squareRoot()
    }
}

/// Which elements the passes of ``DeviceModel/uncertainty(of:)`` keep, element by element and pass by pass: the same sequence each time.
struct DropoutMasks {
    /// Passes of one answer.
    static let passes = 10
    /// What an element that stays is multiplied by: one over the probability that it does.
    static let scale: Float = 1 / 0.7
    /// The state of SplitMix64.
    private var state: UInt64 = 0x5EED_0F50_0000_0D0A

    /// Whether the next element stays, with probability 0.7. Whole numbers alone decide, so it is the same on every platform.
    mutating func keepsNext() -> Bool {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        // 0.7 of 2^32.
        return (mixed ^ (mixed >> 31)) >> 32 < 3_006_477_107
    }
}
