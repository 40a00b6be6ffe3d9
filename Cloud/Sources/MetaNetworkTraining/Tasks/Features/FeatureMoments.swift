import MetaNetwork
import MetaNetworkModels
import Torch

/// Mean and inverse standard deviation of each feature.
struct FeatureMoments {
    private(set) var means: [Float]
    private(set) var scales: [Float]
    /// Whether a feature never changes; its scale is 1.
    private(set) var isConstant: [Bool]

    /// - Parameters:
    ///   - rows: As a model over vectors reads them. What is missing, NaN, does not count.
    ///   - places: Their features.
    init(_ rows: [[Float]], _ places: FeaturePlaces) {
        var (sums, squares) = ([Double](repeating: 0, count: places.count), [Double](repeating: 0, count: places.count))
        var counts = [Double](repeating: 0, count: places.count)
        for row in rows {
            for (value, feature) in zip(row, places.features) {
                guard let feature, !value.isNaN else { continue }
                sums[feature] += Double(value)
                squares[feature] += Double(value) * Double(value)
                counts[feature] += 1
            }
        }
        counts = counts.map { max(1, $0) }
        means = zip(sums, counts).map { Float($0 / $1) }
        let variances = sums.indices.map { feature in
            let mean = sums[feature] / counts[feature]
            return squares[feature] / counts[feature] - mean * mean
        }
        isConstant = variances.map { $0 <= 1e-12 }
        // A feature that never changes tells nothing; it must not become huge on a device where it does.
        scales = variances.map { $0 > 1e-12 ? Float(1 / $0.squareRoot()) : 1 }
    }
}

extension JointModel {
    /// Gives `standardize` nodes the moments of what they read.
    ///
    /// - Parameter rows: Inputs of training, as the model reads them; asked for where there is such a node.
    func standardize(by rows: () -> [[Float]]) throws {
        let graph = network.graph
        for node in graph.nodes where node.operation == .standardize {
            guard case .input(let place) = node.sources[0] else { preconditionFailure("'\(node.name)' reads an input") }
            let moments = FeatureMoments(rows(), FeaturePlaces([graph.inputs[place]]))
            try network.parameters[node.parameter(.mean)].assign(moments.means)
            try network.parameters[node.parameter(.scale)].assign(moments.scales)
        }
    }
}
