import MetaNetwork

/// A dense layer of a gate, inputs × outputs.
struct GateLayer: Sendable {
    let weight: [Float]
    let bias: [Float]

    func outputs(of input: [Float]) -> [Float] {
        var outputs = bias
        for (row, x) in input.enumerated() {
            for column in outputs.indices { outputs[column] += x * weight[row * bias.count + column] }
        }
        return outputs
    }

    /// Its tensors.
    static func shapes(_ name: String, _ inputs: Int, _ outputs: Int) -> [(name: String, shape: [Int])] {
        [("\(name).weight", [inputs, outputs]), ("\(name).bias", [outputs])]
    }

    static func exp(_ x: Float) -> Float { Lanes.exp(Lanes(repeating: x))[0] }
    static func tanh(_ x: Float) -> Float { Lanes.tanh(Lanes(repeating: x))[0] }
}

/// The tensors of a gate, compared with what they must be.
struct GateTensors {
    private let weights: Weights

    /// - Throws: ``RequestGateError`` where one is missing, has another shape or a value that is not finite, or there is another.
    init(_ weights: Weights, _ shapes: [(name: String, shape: [Int])]) throws(RequestGateError) {
        for (name, shape) in shapes {
            guard let tensor = weights[name] else { throw .missingTensor(name) }
            guard tensor.shape == shape else { throw .wrongShape(name, expected: shape, found: tensor.shape) }
            guard tensor.values.allSatisfy(\.isFinite) else { throw .notFinite(name) }
        }
        for name in weights.names where !shapes.contains(where: { $0.name == name }) { throw .unexpectedTensor(name) }
        self.weights = weights
    }

    func values(_ name: String) -> [Float] { if let tensor = weights[name] { tensor.values } else { [] } }

    func layer(_ name: String) -> GateLayer {
        GateLayer(weight: values("\(name).weight"), bias: values("\(name).bias"))
    }
}
