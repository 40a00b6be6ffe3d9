import MetaNetwork
import MetaNetworkDevice

/// Learns from labelled inputs on a device of its own, so that the one that answers is not waited for.
struct LearningRun: Sendable {
    let inputs: [[Float]]
    let targets: Solver.Targets
    let budget: LearningBudget
    let learningRate: Double
    /// Makes the dynamic layers of a code, which is learned in their place; `nil` learns the layers.
    let basis: WeightBasis?
    /// The code to start with; `nil` for the basis's own.
    let code: [Float]?
    let memoryLimit: Int
    let time: any TimeSource

    /// Fewer examples are all learned from.
    static let fewestToHoldOut = 8
    /// Each of so many is kept back.
    static let heldOutShare = 4

    /// What came of it.
    struct Learned: Sendable {
        let weights: Weights
        /// What the weights were made of; `nil` where there is no basis.
        fileprivate(set) var code: [Float]?
        let isBetter: Bool
        fileprivate(set) var steps = 0
        fileprivate(set) var loss: LearningReport.Change?
        fileprivate(set) var heldOutLoss: LearningReport.Change?
        fileprivate(set) var multiplyAdds = 0

        func report(_ verdict: LearningReport.Verdict) -> LearningReport {
            LearningReport(
                verdict: verdict,
                steps: steps,
                loss: loss,
                heldOutLoss: heldOutLoss,
                multiplyAdds: multiplyAdds
            )
        }
    }

    /// Learns, and compares what was learned with the weights that the device has.
    ///
    /// Off all actors; between two steps others have their turn.
    ///
    /// - Throws: ``ClientError/invalidInput(reason:)`` where model or examples cannot be learned; `CancellationError`.
    func run(_ device: consuming DeviceModel) async throws -> Learned {
        let deadline = time.uptime() + .seconds(budget.seconds)
        let shouldStop: () -> Bool = { Task.isCancelled || time.uptime() >= deadline }
        let places = inputs.indices.filter { !isHeldOut($0) }
        var device = device
        let before = try heldOutLoss(&device)
        var solver: Solver
        do {
            solver = try self.solver(device, places, shouldStop)
        } catch .stopped {
            try Task.checkCancellation()
            return Learned(weights: device.dynamicWeights, isBetter: false)
        } catch {
            throw Self.invalid(error, places)
        }
        var first: Double?
        while solver.steps < budget.steps, let loss = solver.step(shouldStop: shouldStop) {
            first = first ?? loss
            await Task.yield()
        }
        let last = solver.loss(shouldStop: shouldStop)
        try Task.checkCancellation()
        let weights = solver.weights
        var change: LearningReport.Change?
        if let first, let last { change = LearningReport.Change(before: first, after: last) }
        var heldOut: LearningReport.Change?
        if let before, solver.steps > 0 {
            do { try device.personalize(weights) } catch { throw ClientError.invalidInput(reason: error.description) }
            heldOut = LearningReport.Change(before: before, after: try heldOutLoss(&device) ?? .nan)
        }
        return Learned(
            weights: weights,
            code: solver.code,
            isBetter: solver.steps > 0 && (heldOut ?? change)?.isBetter == true,
            steps: solver.steps,
            loss: change,
            heldOutLoss: heldOut,
            multiplyAdds: solver.multiplyAdds
        )
    }

    private func solver(
        _ device: borrowing DeviceModel,
        _ places: [Int],
        _ shouldStop: () -> Bool
    ) throws(DeviceModelError) -> Solver {
        try Solver(
            device,
            inputs: places.map { inputs[$0] },
            targets: targets.picked(places),
            optimizer: .adam(rate: learningRate),
            basis: basis,
            code: code,
            memoryLimit: memoryLimit,
            shouldStop: shouldStop
        )
    }

    private func isHeldOut(_ place: Int) -> Bool {
        inputs.count >= Self.fewestToHoldOut && place % Self.heldOutShare == Self.heldOutShare - 1
    }

    /// The loss on the examples that are kept back; `nil` where there are none.
    private func heldOutLoss(_ device: inout DeviceModel) throws(ClientError) -> Double? {
        let places = inputs.indices.filter(isHeldOut)
        guard !places.isEmpty else { return nil }
        do {
            return try device.loss(of: places.map { inputs[$0] }, targets.picked(places))
        } catch {
            throw Self.invalid(error, places)
        }
    }

    /// An error with the number that the app knows the example by.
    private static func invalid(_ error: DeviceModelError, _ places: [Int]) -> ClientError {
        guard case .wrongExample(let number, let reason) = error, places.indices.contains(number) else {
            return .invalidInput(reason: error.description)
        }
        return .invalidInput(reason: DeviceModelError.wrongExample(places[number], reason: reason).description)
    }
}

extension Solver.Targets {
    /// Those of some examples.
    fileprivate func picked(_ places: [Int]) -> Solver.Targets {
        switch self {
        case .classes(let classes): .classes(places.map { classes[$0] })
        case .values(let values): .values(places.map { values[$0] })
        }
    }
}
