import MetaNetwork

/// An architecture that was rewritten for a ``PersonalForm``. With personal vectors of zeros it gives exactly what its base gives.
package struct PersonalizedArchitecture: Sendable, Equatable {
    /// The rewritten graph: what is trained on, and what a bundle carries.
    package let architecture: Architecture
    /// Names of the static tensors that the form adds and training has to learn beside the generator: nobody's before, so that the
    /// frozen base has none of them.
    package let addedParameters: [String]
    /// Names of the static tensors that the form adds and that are zeros for good: the bias behind ``PersonalForm/lowrank``, which
    /// would change the base.
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
}

extension Architecture {
    /// Rewrites the architecture for a form: dynamic dense and convolution layers become static, and personal vectors join in.
    /// Personal vectors that are there already stay.
    ///
    /// New nodes are named after the node that they follow, for example `hidden offset`, and a number behind where that is taken.
    ///
    /// - Parameters:
    ///   - form: The form.
    ///   - rank: Elements of a personal vector of ``PersonalForm/lowrank`` and ``PersonalForm/vector``; the other forms have as many as
    ///     the layer that they change.
    /// - Throws: ``ModelError/unsuitable(_:)`` where the form does not fit, with what does; `ArchitectureError` where the architecture
    ///   is wrong before.
    package func personalized(as form: PersonalForm, rank: Int = 16) throws -> PersonalizedArchitecture {
        guard rank > 0 else { throw ModelError.unsuitable("the rank is \(rank); it must be 1 or more") }
        let graph = try ModelGraph(self, itemCount: itemCount(of: 1))
        var rewriting = PersonalRewriting(graph)
        switch form {
        case .offset: try rewriting.shiftLayers()
        case .film: try rewriting.scaleLayers()
        case .lowrank: try rewriting.correctLayers(rank: rank)
        case .vector: try rewriting.joinVectors(width: rank)
        }
        let result = rewriting.result
        do { _ = try ModelGraph(result.architecture, itemCount: itemCount(of: 1)) } catch {
            throw ModelError.unsuitable("the form '\(form.rawValue)' does not fit the architecture '\(name)': \(error)")
        }
        return result
    }
}
