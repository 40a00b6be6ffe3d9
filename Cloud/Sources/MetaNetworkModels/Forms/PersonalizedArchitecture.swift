import MetaNetwork
import MetaNetworkData

/// An architecture that was rewritten for a ``PersonalForm``. With personal vectors of zeros, or
/// patches whose upper layers are zeros, it gives exactly what its base gives.
package struct PersonalizedArchitecture: Sendable, Equatable {
    /// The rewritten graph: what is trained on, and what a bundle carries.
    package let architecture: Architecture
    /// Names of the static tensors that the form adds and training has to learn beside the generator: nobody's before, so that the
    /// frozen base has none of them.
    package let addedParameters: [String]
    /// Names of the tensors that the form adds and that have to be zeros for the base's values: the static bias behind
    /// ``PersonalForm/lowrank`` for good, the upper layers of ``PersonalForm/patch`` until somebody makes others.
    package let zeroParameters: [String]

    /// What the second stage of training starts from.
    ///
    /// - Parameters:
    ///   - base: The trained weights of the base.
    ///   - drawn: The starting weights of a model of ``architecture``.
    /// - Returns: The base's tensors, those of ``addedParameters`` as they were drawn, and zeros.
    package func weights(from base: Weights, drawn: Weights) throws -> Weights {
        var weights = drawn
        for name in drawn.names {
            if let tensor = base[name] {
                weights[name] = tensor
            } else if zeroParameters.contains(name), let tensor = drawn[name] {
                let zeros = [Float](repeating: 0, count: tensor.values.count)
                weights[name] = try WeightTensor(shape: tensor.shape, values: zeros)
            }
        }
        return weights
    }

    /// The same from weights that are drawn here.
    ///
    /// - Parameters:
    ///   - base: The trained weights of the base, a model over vectors.
    ///   - seed: Seed of what is drawn.
    /// - Throws: `ArchitectureError` where the architecture is wrong.
    package func startingWeights(from base: Weights, seed: UInt64) throws -> Weights {
        var random = SeededGenerator(seed: seed, stream: 7)
        let drawn = try ParameterSet(ModelGraph(architecture).parameters, random: &random)
        return try weights(from: base, drawn: drawn.weights())
    }
}

extension Architecture {
    /// Rewrites the architecture for a form: dynamic dense and convolution layers become static, and personal vectors or patches join in.
    /// Personal vectors that are there already stay.
    ///
    /// New nodes are named after the node that they follow, for example `hidden offset`, and a number behind where that is taken.
    ///
    /// - Parameters:
    ///   - form: The form.
    ///   - rank: Elements of a personal vector of ``PersonalForm/lowrank`` and ``PersonalForm/vector``, and the width of a
    ///     ``PersonalForm/patch``; the other forms have as many as the layer that they change.
    ///   - layers: Names of the dense and convolution nodes that a ``PersonalForm/patch`` follows; empty for the dynamic ones. The other
    ///     forms follow those always.
    /// - Throws: ``ModelError/unsuitable(_:)`` where the form does not fit, with what does; `ArchitectureError` where the architecture
    ///   is wrong before.
    package func personalized(
        as form: PersonalForm,
        rank: Int = 16,
        after layers: [String] = []
    ) throws -> PersonalizedArchitecture {
        guard rank > 0 else { throw ModelError.unsuitable("the rank is \(rank); it must be 1 or more") }
        let graph = try ModelGraph(self, itemCount: itemCount(of: 1))
        var rewriting = PersonalRewriting(graph)
        switch form {
        case .offset: try rewriting.shiftLayers()
        case .film: try rewriting.scaleLayers()
        case .lowrank: try rewriting.correctLayers(rank: rank)
        case .vector: try rewriting.joinVectors(width: rank)
        case .patch: try rewriting.patchLayers(layers, width: rank)
        }
        let result = rewriting.result
        do { _ = try ModelGraph(result.architecture, itemCount: itemCount(of: 1)) } catch {
            throw ModelError.unsuitable("the form '\(form.rawValue)' does not fit the architecture '\(name)': \(error)")
        }
        return result
    }
}
