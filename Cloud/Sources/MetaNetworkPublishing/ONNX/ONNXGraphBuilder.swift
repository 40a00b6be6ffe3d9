import MetaNetwork
import MetaNetworkModels

/// An ONNX graph under construction; every method adds to it and returns the name of a value.
///
/// Values and nodes bear the names of the architecture's nodes. What such a node needs on the way is named after it with a
/// stroke: `user/Gemm`.
struct ONNXGraphBuilder {
    private(set) var nodes: [ONNXModel.Node] = []
    private(set) var initializers: [ONNXModel.Tensor] = []
    /// The node of the architecture that is being written.
    var scope = ""
    /// Reserved names; each value has one of its own.
    private var taken: Set<String>
    private let reserved: Set<String>
    /// The value of each tensor of the weights that is in the graph.
    private var loaded: [String: String] = [:]

    /// - Parameters:
    ///   - weights: Tensors whose names must stay as they are.
    ///   - others: Other names that must.
    init(reserving weights: [String], _ others: [String]) {
        reserved = Set(weights)
        taken = reserved.union(others)
    }

    /// The name, or one like it where it is taken.
    mutating func unique(_ name: String) -> String {
        var (candidate, number) = (name, 2)
        while !taken.insert(candidate).inserted {
            candidate = "\(name)#\(number)"
            number += 1
        }
        return candidate
    }

    /// Adds an operator of ONNX with one result.
    mutating func add(
        _ operation: String,
        _ inputs: [String],
        _ attributes: KeyValuePairs<String, ONNXModel.Attribute> = [:]
    ) -> String {
        let value = unique("\(scope)/\(operation)")
        nodes.append(
            ONNXModel.Node(
                name: value,
                operation: operation,
                inputs: inputs,
                outputs: [value],
                attributes: attributes.map { ($0.key, $0.value) }
            )
        )
        return value
    }

    /// Gives the operator that was added last a name of its own, its value too.
    mutating func rename(_ name: String, exactly: Bool = false, documentation: String = "") -> String {
        guard var node = nodes.popLast() else { return name }
        let value = exactly ? name : unique(name)
        node.name = value
        node.outputs[node.outputs.count - 1] = value
        node.documentation = documentation
        nodes.append(node)
        return value
    }

    /// A tensor of the weights under its own name, in its own shape or in another with the same elements.
    mutating func weight(_ id: ParameterName, of weights: Weights, shape: [Int]? = nil) throws -> String {
        let name = id.text
        if let value = loaded[name] { return value }
        let tensor = try weights.tensor(id)
        let value = reserved.contains(name) ? name : unique(name)
        loaded[name] = value
        initializers.append(
            ONNXModel.Tensor(name: value, shape: shape ?? tensor.shape, content: .floats(tensor.values))
        )
        return value
    }

    /// Constant values that belong to the current scope.
    mutating func constant(_ role: String, _ shape: [Int], _ values: [Float]) -> String {
        let name = unique("\(scope).\(role)")
        initializers.append(ONNXModel.Tensor(name: name, shape: shape, content: .floats(values)))
        return name
    }

    /// A constant list of integers, such as sizes or axes; one integer without dimensions where `isScalar`.
    mutating func integers(_ values: [Int], _ role: String, isScalar: Bool = false) -> String {
        let name = unique("\(scope)/\(role)")
        let shape = isScalar ? [] : [values.count]
        initializers.append(ONNXModel.Tensor(name: name, shape: shape, content: .integers(values.map(Int64.init))))
        return name
    }
}

extension Weights {
    /// The tensor of a name.
    ///
    /// - Throws: ``ModelError/missingParameter(_:)``.
    func tensor(_ name: ParameterName) throws -> WeightTensor {
        guard let tensor = self[name] else { throw ModelError.missingParameter(name.text) }
        return tensor
    }
}
