import MetaNetwork
import MetaNetworkData
import Torch

/// Named tensors of a model, in a fixed order. Training changes all but the measured ones.
///
/// A reference type, as ``Torch/Tensor`` is: the network, the generator and the optimizer share the tensors.
package final class ParameterSet {
    package let names: [String]
    private let tensors: [String: Tensor]

    /// Makes the tensors with their starting values, drawn in order from one random source.
    package init(_ parameters: [ModelGraph.Parameter], random: inout SeededGenerator) throws {
        names = parameters.map(\.name)
        var tensors: [String: Tensor] = [:]
        for parameter in parameters {
            let count = parameter.shape.reduce(1, *)
            var values: [Float] =
                switch parameter.start {
                case .constant(let value): [Float](repeating: value, count: count)
                case .normal(let deviation): (0..<count).map { _ in random.normal() * deviation }
                case .uniform(let bound): (0..<count).map { _ in (random.uniform() * 2 - 1) * bound }
                }
            // Row 0 of an item table is the padding, which reads as zeros and receives no gradient.
            if parameter.isTable { for index in 0..<parameter.shape[1] { values[index] = 0 } }
            let tensor = try Tensor(values, shape: parameter.shape)
            if !parameter.isMeasured { try tensor.requireGradient() }
            tensors[parameter.name] = tensor
        }
        self.tensors = tensors
    }

    /// Makes tensors with another set's values, for a training that changes some of them and leaves that set as it is.
    ///
    /// - Parameters:
    ///   - other: The set, whose other tensors are shared, without gradients.
    ///   - trained: Names of the tensors that are trained.
    package init(of other: ParameterSet, training trained: Set<String>) throws {
        names = other.names
        var tensors: [String: Tensor] = [:]
        for name in names {
            let source = try other[name]
            guard trained.contains(name) else {
                tensors[name] = try source.detached()
                continue
            }
            let own = try Tensor(source.floats(), shape: source.shape)
            try own.requireGradient()
            tensors[name] = own
        }
        self.tensors = tensors
    }

    /// The same tensors and another one, which all sets share.
    package func adding(_ tensor: Tensor, as name: ParameterName) -> ParameterSet {
        ParameterSet(names: names + [name.text], tensors: tensors.merging([name.text: tensor]) { $1 })
    }

    /// The same tensors, but another one in the place of one of them.
    func replacing(_ name: ParameterName, by tensor: Tensor) -> ParameterSet {
        ParameterSet(names: names, tensors: tensors.merging([name.text: tensor]) { $1 })
    }

    private init(names: [String], tensors: [String: Tensor]) { (self.names, self.tensors) = (names, tensors) }

    /// The tensors in the order of ``names``.
    package var all: [Tensor] { names.compactMap { tensors[$0] } }

    /// Number of values of all tensors.
    package var valueCount: Int { all.reduce(0) { $0 + $1.shape.reduce(1, *) } }

    package subscript(name: String) -> Tensor {
        get throws {
            guard let tensor = tensors[name] else { throw ModelError.missingParameter(name) }
            return tensor
        }
    }

    package subscript(name: ParameterName) -> Tensor {
        get throws { try self[name.text] }
    }

    /// A copy of the values.
    package func weights() throws -> Weights {
        var weights = Weights()
        for name in names {
            let tensor = try self[name]
            weights[name] = try WeightTensor(shape: tensor.shape, values: tensor.floats())
        }
        return weights
    }

    /// All values as one array, one tensor after the other in the order of ``names``.
    package func values() throws -> [Float] { try all.flatMap { try $0.floats() } }

    /// Takes over such an array.
    package func assign(_ values: [Float]) throws {
        precondition(values.count == valueCount, "as many values as the tensors have")
        var first = 0
        for tensor in all {
            let count = tensor.shape.reduce(1, *)
            try tensor.assign(Array(values[first..<first + count]))
            first += count
        }
    }

    /// Takes over values of the same names and shapes.
    package func assign(_ weights: Weights) throws {
        for name in names {
            let tensor = try self[name]
            guard let source = weights[name] else { throw ModelError.missingParameter(name) }
            guard source.shape == tensor.shape else {
                throw ModelError.wrongShape(name, expected: tensor.shape, found: source.shape)
            }
            try tensor.assign(source.values)
        }
    }
}
