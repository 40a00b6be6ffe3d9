import MetaNetwork
import MetaNetworkDevice

/// Learns on a device of its own, so that the one that answers is not waited for.
struct LearningRun: Sendable {
    let lesson: any Lesson
    let budget: LearningBudget
    let learningRate: Double
    /// What is learned in place of the layers; `nil` learns those.
    let code: LessonCode?
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
        let places = (0..<lesson.count).filter { !isHeldOut($0) }
        var device = device
        let before = try heldOutLoss(&device)
        var solver: Solver
        do {
            solver = try lesson.solver(
                device,
                places,
                learningRate: learningRate,
                code: code,
                memoryLimit: memoryLimit,
                shouldStop
            )
        } catch .stopped {
            try Task.checkCancellation()
            return Learned(weights: device.dynamicWeights, isBetter: false)
        } catch {
            throw Self.invalid(error, places)
        }
        let (first, last) = try await learn(&solver, places, shouldStop)
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

    /// Takes the steps.
    ///
    /// - Returns: The loss before the first and after the last of them, where they are known.
    private func learn(
        _ solver: inout Solver,
        _ places: [Int],
        _ shouldStop: () -> Bool
    ) async throws -> (first: Double?, last: Double?) {
        var first: Double?
        do {
            while solver.steps < budget.steps {
                try lesson.prepare(&solver, places, step: solver.steps)
                guard let loss = solver.step(shouldStop: shouldStop) else { break }
                first = first ?? loss
                await Task.yield()
            }
            try lesson.prepare(&solver, places, step: 0)
        } catch {
            throw Self.invalid(error, places)
        }
        return (first, solver.loss(shouldStop: shouldStop))
    }

    private func isHeldOut(_ place: Int) -> Bool {
        lesson.count >= Self.fewestToHoldOut && place % Self.heldOutShare == Self.heldOutShare - 1
    }

    /// The loss on the examples that are kept back; `nil` where there are none.
    private func heldOutLoss(_ device: inout DeviceModel) throws(ClientError) -> Double? {
        let places = (0..<lesson.count).filter(isHeldOut)
        guard !places.isEmpty else { return nil }
        do throws(DeviceModelError) {
            return try lesson.loss(&device, places)
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
