import CTorch

/// A chain of dense layers that tells classes or values, trained by plain SGD without a graph: for many small models, whose steps are shorter
/// than what LibTorch spends on one operation.
///
/// Its parameters are one array: the weights of each layer, [in, out], followed by its bias. It holds no memory of its own between calls,
/// and several threads may call it at once.
public struct DenseChain: Sendable, Equatable {
    /// What is read, and then what each layer gives.
    public let sizes: [Int]
    /// What each layer ends with.
    public let activations: [Activation]

    /// - Parameters:
    ///   - sizes: What is read, and what each layer gives; the last are classes or values.
    ///   - activations: One for each layer, at least one.
    public init(sizes: [Int], activations: [Activation]) {
        precondition(!activations.isEmpty && sizes.count == activations.count + 1, "a chain has layers between sizes")
        precondition(sizes.allSatisfy { $0 > 0 }, "a chain's layers have a size")
        (self.sizes, self.activations) = (sizes, activations)
    }

    /// Number of parameters.
    public var parameterCount: Int { activations.indices.reduce(0) { $0 + (sizes[$1] + 1) * sizes[$1 + 1] } }
    /// Multiply-adds of one example, forward.
    public var multiplyAdds: Int { activations.indices.reduce(0) { $0 + sizes[$1] * sizes[$1 + 1] } }

    /// Examples, of which rows are picked.
    public struct Examples: Sendable {
        /// [examples, width].
        public let values: [Float]
        /// The class of each, from 0; empty where values are right.
        public let classes: [Int32]
        /// The values that are right, [examples, outputs]; empty where classes are.
        public let targets: [Float]

        /// Creates examples of classes.
        public init(values: [Float], classes: [Int32]) {
            (self.values, self.classes, targets) = (values, classes, [])
        }

        /// Creates examples of values, as many for each as the chain gives.
        public init(values: [Float], targets: [Float]) {
            (self.values, self.targets, classes) = (values, targets, [])
        }
    }

    /// Takes a step of SGD for each batch.
    ///
    /// - Parameters:
    ///   - parameters: The parameters, which are changed.
    ///   - examples: The examples.
    ///   - batches: Rows of each batch, none of them empty.
    ///   - rate: Step size.
    ///   - anchor: Where the parameters are drawn back to, in each step by `pull` times the distance; `nil` for nowhere.
    ///   - pull: The strength.
    /// - Returns: Mean cross-entropy or squared error over the batches, each before its step.
    public func train(
        _ parameters: inout [Float],
        on examples: Examples,
        batches: [[Int32]],
        rate: Double,
        anchor: [Float]? = nil,
        pull: Double = 0
    ) throws(TorchError) -> Double {
        check(parameters.count, examples, batches)
        precondition(anchor.map { $0.count == parameters.count } ?? true, "an anchor has as many values")
        let rows = batches.flatMap { $0 }
        var starts: [Int64] = [0]
        for batch in batches { starts.append(starts[starts.count - 1] + Int64(batch.count)) }
        var loss = 0.0
        let status = withDescription(examples) { chain, examples in
            parameters.withUnsafeMutableBufferPointer { values in
                func call(_ anchor: UnsafePointer<Float>?) -> Int32 {
                    ct_chain_train(
                        chain,
                        values.baseAddress,
                        anchor,
                        pull,
                        rate,
                        examples,
                        rows,
                        starts,
                        Int64(batches.count),
                        &loss
                    )
                }
                return anchor.map { $0.withUnsafeBufferPointer { call($0.baseAddress) } } ?? call(nil)
            }
        }
        try TorchError.check(status)
        return loss
    }

    /// Mean cross-entropy or squared error of some rows, and its gradient.
    public func gradient(
        at parameters: [Float],
        of examples: Examples,
        rows: [Int32]
    ) throws(TorchError) -> (loss: Double, gradient: [Float]) {
        check(parameters.count, examples, [rows])
        var (gradient, loss) = ([Float](repeating: 0, count: parameterCount), 0.0)
        let status = withDescription(examples) { chain, examples in
            gradient.withUnsafeMutableBufferPointer {
                ct_chain_loss(chain, parameters, examples, rows, Int64(rows.count), $0.baseAddress, nil, &loss)
            }
        }
        try TorchError.check(status)
        return (loss, gradient)
    }

    /// The logits or values of some rows, one row after the other, and their mean cross-entropy or squared error.
    public func logits(
        with parameters: [Float],
        of examples: Examples,
        rows: [Int32]
    ) throws(TorchError) -> (loss: Double, logits: [Float]) {
        check(parameters.count, examples, [rows])
        var (logits, loss) = ([Float](repeating: 0, count: rows.count * sizes[sizes.count - 1]), 0.0)
        let status = withDescription(examples) { chain, examples in
            logits.withUnsafeMutableBufferPointer {
                ct_chain_loss(chain, parameters, examples, rows, Int64(rows.count), nil, $0.baseAddress, &loss)
            }
        }
        try TorchError.check(status)
        return (loss, logits)
    }

    /// What C reads without looking is checked here.
    private func check(_ count: Int, _ examples: Examples, _ batches: [[Int32]]) {
        precondition(count == parameterCount, "the chain has \(parameterCount) parameters, not \(count)")
        let number = examples.values.count / sizes[0]
        let outputs = sizes[sizes.count - 1]
        precondition(examples.values.count == number * sizes[0], "each example has \(sizes[0]) values")
        let isOfValues = examples.classes.isEmpty
        precondition(
            isOfValues ? examples.targets.count == number * outputs : examples.classes.count == number,
            "each example has a class, or \(outputs) values that are right"
        )
        let classes = Int32(outputs)
        for batch in batches {
            precondition(!batch.isEmpty, "a batch has a row")
            for row in batch {
                precondition(row >= 0 && Int(row) < number, "row \(row) of \(number) examples")
                precondition(
                    isOfValues || (0..<classes).contains(examples.classes[Int(row)]),
                    "a class of \(classes)"
                )
            }
        }
    }

    private func withDescription(_ examples: Examples, _ body: (ct_chain, ct_examples) -> Int32) -> Int32 {
        let (sizes, functions) = (self.sizes.map(Int64.init), activations.map { Int32($0.value.rawValue) })
        return sizes.withUnsafeBufferPointer { sizes in
            functions.withUnsafeBufferPointer { functions in
                examples.values.withUnsafeBufferPointer { values in
                    examples.classes.withUnsafeBufferPointer { classes in
                        examples.targets.withUnsafeBufferPointer { targets in
                            body(
                                ct_chain(
                                    sizes: sizes.baseAddress,
                                    activations: functions.baseAddress,
                                    layers: Int32(functions.count)
                                ),
                                ct_examples(
                                    x: values.baseAddress,
                                    classes: examples.classes.isEmpty ? nil : classes.baseAddress,
                                    targets: targets.baseAddress
                                )
                            )
                        }
                    }
                }
            }
        }
    }
}
