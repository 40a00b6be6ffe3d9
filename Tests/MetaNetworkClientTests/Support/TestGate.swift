import MetaNetwork
import MetaNetworkDevice

/// A gate that thinks a mistake the likelier the larger the first value of the recent samples' mean is, and has seen distances from 0
/// to 1.
enum TestGate {
    /// - Parameter width: Values of what stands for a sample.
    static func weights(width: Int = 4) throws -> Weights {
        var weights = Weights()
        for (name, shape) in RequestGate.shapes(sampleWidth: width) {
            let count = shape.reduce(1, *)
            let values: [Float] =
                switch name {
                case "errors": (0..<count).map { Float($0) / 50 - 1 }
                case "distances": (0..<count).map { Float($0) / 100 }
                case "user1.weight", "user2.weight": (0..<count).map { $0 % (width + 1) == 0 ? 1 : 0 }
                case "reading.weight": (0..<count).map { $0 == width ? 1 : 0 }
                case "decision.weight": [1, 0]
                default: [Float](repeating: 0, count: count)
                }
            weights[name] = try WeightTensor(shape: shape, values: values)
        }
        return weights
    }
}
