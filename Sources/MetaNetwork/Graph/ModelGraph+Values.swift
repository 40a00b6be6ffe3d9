/// All parameters as one array, tensor after tensor in the order of ``ModelGraph/parameters``.
extension ModelGraph {
    /// Number of values of all parameters together.
    public var parameterCount: Int { parameters.reduce(0) { $0 + $1.shape.reduce(1, *) } }

    /// The tensors of an array.
    ///
    /// - Returns: `nil` where the array has another number of values than ``parameterCount``.
    public func weights(of values: [Float]) -> Weights? {
        guard values.count == parameterCount else { return nil }
        var (weights, first) = (Weights(), 0)
        for parameter in parameters {
            let end = first + parameter.shape.reduce(1, *)
            guard let tensor = try? WeightTensor(shape: parameter.shape, values: Array(values[first..<end])) else {
                return nil
            }
            weights[parameter.name] = tensor
            first = end
        }
        return weights
    }

    /// The array of some tensors.
    ///
    /// - Returns: `nil` where a tensor is missing or has another shape, or there is one too many.
    public func values(of weights: Weights) -> [Float]? {
        guard weights.names.count == parameters.count else { return nil }
        var values: [Float] = []
        values.reserveCapacity(parameterCount)
        for parameter in parameters {
            guard let tensor = weights[parameter.name], tensor.shape == parameter.shape else { return nil }
            values += tensor.values
        }
        return values
    }
}
