import MetaNetworkDevice

/// A code that is learned in place of the dynamic layers that a basis makes of it.
struct LessonCode: Sendable {
    let basis: WeightBasis
    /// The code to start with; `nil` for the basis's own.
    let start: [Float]?
}

/// What a device learns from.
protocol Lesson: Sendable {
    /// Number of examples.
    var count: Int { get }

    /// A solver for some of the examples.
    ///
    /// - Parameter code: What is learned in place of the layers; `nil` learns those.
    /// - Throws: `DeviceModelError`, whose numbers of examples are places in `places`.
    func solver(
        _ device: borrowing DeviceModel,
        _ places: [Int],
        learningRate: Double,
        code: LessonCode?,
        memoryLimit: Int,
        _ shouldStop: () -> Bool
    ) throws(DeviceModelError) -> Solver

    /// Prepares a solver's next step.
    ///
    /// - Parameter step: Number of the step, from 0; that of the first one again before the last loss is found out.
    func prepare(_ solver: inout Solver, _ places: [Int], step: Int) throws(DeviceModelError)

    /// The loss of some examples with the layers that a device has in use; the same whenever it is asked of the same.
    func loss(_ device: inout DeviceModel, _ places: [Int]) throws(DeviceModelError) -> Double
}

/// Labelled inputs of a model over vectors, windows or images.
struct LabelledLesson: Lesson {
    let inputs: [[Float]]
    let targets: Solver.Targets

    var count: Int { inputs.count }

    func solver(
        _ device: borrowing DeviceModel,
        _ places: [Int],
        learningRate: Double,
        code: LessonCode?,
        memoryLimit: Int,
        _ shouldStop: () -> Bool
    ) throws(DeviceModelError) -> Solver {
        try Solver(
            device,
            inputs: places.map { inputs[$0] },
            targets: picked(places),
            optimizer: .adam(rate: learningRate),
            basis: code?.basis,
            code: code?.start,
            memoryLimit: memoryLimit,
            shouldStop: shouldStop
        )
    }

    func prepare(_ solver: inout Solver, _ places: [Int], step: Int) {}

    func loss(_ device: inout DeviceModel, _ places: [Int]) throws(DeviceModelError) -> Double {
        try device.loss(of: places.map { inputs[$0] }, picked(places))
    }

    private func picked(_ places: [Int]) -> Solver.Targets {
        switch targets {
        case .classes(let classes): .classes(places.map { classes[$0] })
        case .values(let values): .values(places.map { values[$0] })
        }
    }
}
