import MetaNetwork

/// Makes dynamic layers of a code of a few values: their weights are Σ code[k] · row k, with one code for all layers together (the
/// metapatch of DCCL, arXiv 2104.06624, where the layers are patches of a model).
///
/// The rows come with a version and are the same for everybody. A code is what a device learns, stores and may share: 4 bytes a value.
///
/// ```swift
/// let basis = try WeightBasis(weights, of: model.graph)
/// var solver = try Solver(model, inputs: readings, targets: .classes([0, 2]), optimizer: .adam(rate: 0.03), basis: basis)
/// _ = solver.run(steps: 20)
/// try model.personalize(basis.weights(solver.code))
/// ```
public struct WeightBasis: Sendable {
    /// Values of a code.
    public let rank: Int
    /// The code that devices start with: the mean of what the devices of training learned.
    public let start: [Float]
    /// For each dynamic tensor its rows, one after the other.
    private let tensors: [(name: String, shape: [Int], rows: [Float])]

    /// Reads a basis from the tensors of a bundle's file of role `basis`.
    ///
    /// - Parameters:
    ///   - weights: For each dynamic tensor one of its name and of the shape rank × its shape, and `BundleLayout.basisStart`
    ///     of the shape rank.
    ///   - graph: The model.
    /// - Throws: ``DeviceModelError`` where a tensor is missing, of another shape, not finite or too many, or the model has no dynamic
    ///   layer.
    public init(_ weights: Weights, of graph: ModelGraph) throws(DeviceModelError) {
        let dynamic = graph.parameters.filter(\.isDynamic)
        guard !dynamic.isEmpty else { throw .nothingToLearn(graph.architecture.name) }
        guard let start = weights[BundleLayout.basisStart] else { throw .missingTensor(BundleLayout.basisStart) }
        guard start.shape.count == 1, BundleLimits.basisRank.contains(start.values.count) else {
            throw .wrongBasis(start.shape)
        }
        let rank = start.values.count
        var tensors: [(name: String, shape: [Int], rows: [Float])] = []
        for parameter in dynamic {
            guard let tensor = weights[parameter.name] else { throw .missingTensor(parameter.name) }
            guard tensor.shape == [rank] + parameter.shape else {
                throw .wrongShape(parameter.name, expected: [rank] + parameter.shape, found: tensor.shape)
            }
            guard tensor.values.allSatisfy(\.isFinite) else { throw .notFinite(parameter.name) }
            tensors.append((parameter.name, parameter.shape, tensor.values))
        }
        guard start.values.allSatisfy(\.isFinite) else { throw .notFinite(BundleLayout.basisStart) }
        let known = Set(tensors.map(\.name) + [BundleLayout.basisStart])
        if let other = weights.names.first(where: { !known.contains($0) }) { throw .unexpectedTensor(other) }
        (self.rank, self.start, self.tensors) = (rank, start.values, tensors)
    }

    /// The dynamic layers that a code makes, for ``DeviceModel/personalize(_:)``.
    ///
    /// - Throws: ``DeviceModelError`` where the code has another number of values, or is not finite.
    /// - Complexity: A multiply-add for each value of the basis.
    public func weights(_ code: [Float]) throws(DeviceModelError) -> Weights {
        try check(code)
        var weights = Weights()
        for tensor in tensors {
            let count = tensor.rows.count / rank
            var values = [Float](repeating: 0, count: count)
            for (row, factor) in code.enumerated() {
                for place in 0..<count { values[place] += factor * tensor.rows[row * count + place] }
            }
            weights[tensor.name] = try? WeightTensor(shape: tensor.shape, values: values)
        }
        return weights
    }

    /// Checks a code.
    func check(_ code: [Float]) throws(DeviceModelError) {
        guard code.count == rank else { throw .wrongCode(expected: rank, found: code.count) }
        if let place = code.firstIndex(where: { !$0.isFinite }) { throw .codeNotFinite(place) }
    }

    /// A row of a dynamic tensor; empty where there is no such tensor.
    func row(_ row: Int, of name: String) -> [Float] {
        guard let tensor = tensors.first(where: { $0.name == name }) else { return [] }
        let count = tensor.rows.count / rank
        return Array(tensor.rows[row * count..<(row + 1) * count])
    }
}
