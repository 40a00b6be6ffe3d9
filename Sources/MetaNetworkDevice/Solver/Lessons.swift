/// What a solver learns from.
enum Lessons: Sendable {
    /// Inputs of a model over vectors, with what is right for them; the inputs are the solver's frozen values.
    case inputs(Solver.Targets)
    case choices(ChoiceList)

    /// Number of examples.
    var count: Int {
        switch self {
        case .inputs(let targets): targets.count
        case .choices(let choices): choices.count
        }
    }

    /// Lanes for the scores of one example's candidates.
    var scoreLanes: Int {
        switch self {
        case .inputs: 0
        case .choices(let choices): Lanes.count(for: choices.mostCandidates)
        }
    }

    mutating func compare(with others: [[Int]]) throws(DeviceModelError) {
        guard case .choices(var choices) = self else { throw .wrongExamples(inputs: 0, targets: others.count) }
        // The only owner, so that nothing is copied.
        self = .inputs(.classes([]))
        defer { self = .choices(choices) }
        try choices.replace(others)
    }
}
