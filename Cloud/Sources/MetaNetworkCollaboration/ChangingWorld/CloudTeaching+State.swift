import MetaNetwork
import MetaNetworkModels
import Torch

extension CloudTeaching {
    /// What was learned so far, for another process to go on with; the inputs it was learned from are none of it.
    package struct State: Sendable {
        /// Tensors by name: `student/…`, and the optimizer's `first/…` and `second/…`.
        package var tensors: Weights
        /// Steps of the optimizer.
        package var steps: Int
        /// Batches learned.
        package var batches: Int
        /// Sum of their uncertainties.
        package var uncertainty: Float

        package init(tensors: Weights, steps: Int, batches: Int, uncertainty: Float) {
            (self.tensors, self.steps) = (tensors, steps)
            (self.batches, self.uncertainty) = (batches, uncertainty)
        }
    }

    /// What was learned so far.
    package func state() throws -> State {
        var tensors = Weights()
        for (name, tensor) in try tensorsByName() {
            tensors[name] = try WeightTensor(shape: tensor.shape, values: tensor.floats())
        }
        return State(
            tensors: tensors,
            steps: optimizer.step,
            batches: learned.batches,
            uncertainty: learned.uncertainty
        )
    }

    /// Goes on with what was learned before.
    ///
    /// - Throws: ``MetaNetworkModels/ModelError/unsuitable(_:)`` for the state of another model; it is then partly taken.
    package mutating func restore(_ state: State) throws {
        for (name, tensor) in try tensorsByName() {
            guard let stored = state.tensors[name], stored.shape == tensor.shape else {
                throw ModelError.unsuitable("the state has no tensor '\(name)' of the shape \(tensor.shape)")
            }
            try tensor.assign(stored.values)
        }
        optimizer.step = state.steps
        learned = (state.batches, state.uncertainty)
    }

    private func tensorsByName() throws -> [(String, Tensor)] {
        let names = student.names
        let trained = zip(names, try student.tensors).map { ("student/\($0)", $1) }
        let first = zip(names, optimizer.firstMoments).map { ("first/\($0)", $1) }
        return trained + first + zip(names, optimizer.secondMoments).map { ("second/\($0)", $1) }
    }
}
