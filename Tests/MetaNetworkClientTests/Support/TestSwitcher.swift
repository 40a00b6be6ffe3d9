import MetaNetwork
import MetaNetworkDevice

/// A switcher whose doubt is the negative margin of two outputs, and that has seen doubts and margins from -10 to 0.
enum TestSwitcher {
    /// - Parameter sampleWidth: Values of what stands for an input.
    static func weights(sampleWidth: Int) throws -> Weights {
        let inputs = sampleWidth + 3
        var weights = Weights()
        for (name, shape) in Switcher.shapes(inputWidth: inputs) {
            let count = shape.reduce(1, *)
            let values: [Float] =
                switch name {
                case "doubts", "margins": (0..<count).map { Float($0) / 10 - 10 }
                // The margin, the last value that is read, through the first unit.
                case "hidden.weight": (0..<count).map { $0 == (inputs - 1) * Switcher.width ? 1 : 0 }
                case "output.weight": (0..<count).map { $0 == 0 ? 1 : 0 }
                default: [Float](repeating: 0, count: count)
                }
            weights[name] = try WeightTensor(shape: shape, values: values)
        }
        return weights
    }
}
