import MetaNetwork
import MetaNetworkData
import MetaNetworkModels
import Torch

/// The parameters of a device model as one array, in the order of its graph.
struct FlatParameters {
    let set: ParameterSet

    /// Parameters as training draws them.
    init(_ graph: ModelGraph, seed: UInt64) throws {
        var random = SeededGenerator(seed: seed, stream: 1)
        set = try ParameterSet(graph.parameters, random: &random)
    }

    func values() throws -> [Float] { try set.all.flatMap { try $0.floats() } }

    func assign(_ values: [Float]) throws {
        var first = 0
        for tensor in set.all {
            let count = tensor.shape.reduce(1, *)
            try tensor.assign(Array(values[first..<first + count]))
            first += count
        }
    }
}
