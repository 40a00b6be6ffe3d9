import MetaNetwork
import MetaNetworkDevice

/// One subject's device after the other, each of which learns for itself from the trained base.
package final class TaughtDevice {
    /// Gradient steps of each subject.
    let steps: Int
    /// Adam's step size.
    let rate: Double
    private(set) var model: DeviceModel
    /// What learning took each subject: from its examples to weights in use.
    private(set) var seconds: [Double] = []
    /// Multiply-adds of all subjects.
    private(set) var multiplyAdds = 0

    init(_ model: borrowing DeviceModel, steps: Int, rate: Double) {
        (self.steps, self.rate) = (steps, rate)
        self.model = model.copySharingWeights()
    }

    /// Back to the base.
    func reset() { model.depersonalize() }

    /// Takes the steps of a subject, and has the model use what was learned.
    ///
    /// - Parameters:
    ///   - make: Makes a solver of the subject's examples.
    ///   - prepare: Called before each step, with its number.
    func learn(
        _ make: (borrowing DeviceModel, Solver.Optimizer) throws -> Solver,
        prepare: (inout Solver, Int) throws -> Void = { _, _ in }
    ) throws {
        let clock = ContinuousClock()
        let began = clock.now
        var solver = try make(model, .adam(rate: rate))
        for step in 0..<steps {
            try prepare(&solver, step)
            guard solver.step() != nil else { break }
        }
        try model.personalize(solver.weights)
        seconds.append((clock.now - began) / .seconds(1))
        multiplyAdds += solver.multiplyAdds
    }

    /// What a model over vectors makes of some inputs, one after the other.
    func outputs(of inputs: [[Float]]) throws -> [Float] {
        var outputs: [Float] = []
        for input in inputs { outputs += try model.outputs(of: input) }
        return outputs
    }

    /// Scores candidates.
    ///
    /// - Parameters:
    ///   - history: Indices of recent samples, oldest first.
    ///   - candidates: Indices to be scored.
    ///   - context: What the model reads beside them; `nil` for nothing known.
    ///   - scores: Receives a logit for each.
    func score(history: [Int], candidates: [Int], context: [Float]?, into scores: inout [Float]) throws {
        try model.useContext(context)
        model.score(history: history, candidates: candidates, into: &scores)
    }
}
