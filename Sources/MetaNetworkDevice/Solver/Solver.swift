import MetaNetwork

/// Learns the dynamic layers of a model from a few labelled examples or from a user's choices, on the device: what an app without a
/// MetaGenerator would do, and the baseline that one is measured against.
///
/// ```swift
/// var solver = try Solver(model, inputs: readings, targets: .classes([0, 2, 1, 1]), optimizer: .adam(rate: 0.01))
/// let result = solver.run(steps: 20) { clock.now > deadline }
/// try model.personalize(solver.weights)
/// ```
///
/// It starts from the layers that the model has in use, and changes them alone. What no dynamic layer touches is computed once for each
/// example; a step then runs forward and backward through the rest, for all examples, and takes no memory. Nodes behind a dynamic
/// layer may be dense or convolutions (static ones pass gradients through), pooling, scales, shifts and sums (`add`, `multiply`), inner
/// products, joined vectors, rows one after the other, their mean, last one or weighted sum, and places; others are refused.
///
/// With a ``WeightBasis`` it learns the code that the layers are made of, and starts from one. The code's gradient is the projection of
/// theirs, and it is the code's that is clipped.
///
/// Nothing here traps, whatever the examples: what cannot be learned is refused when the solver is made, and a step after which loss or
/// weights would not be finite is taken back.
public struct Solver: ~Copyable, Sendable {
    let program: LearningProgram
    var lessons: Lessons
    private let clipNorm: Double
    /// Its memory holds the weights, and the values of the example at hand.
    private(set) var device: DeviceModel
    /// Laid out as the device's memory.
    let gradients: Arena
    /// What is frozen of each example, one after the other.
    let frozen: Arena
    /// Scores of one example's candidates, and then their gradients.
    var scores: Arena
    var scoreLanes: Int
    /// The weights of the last pass, whose loss is known.
    private let backup: Arena
    private var optimizer: OptimizerState
    /// Where what is learned lies: the dynamic tensors in the device's memory, or the code in its own.
    private let learned: [LearnableStep.Region]
    /// What is learned where that is a code.
    private let learnedCode: LearnedCode?
    /// Loss of the weights in ``backup``.
    private var knownLoss: Double?
    /// Whether a step was taken since.
    private var isAhead = false

    /// Steps that led to the weights as they are.
    public private(set) var steps = 0
    /// Multiply-adds of the dense layers, of convolutions and of inner products with candidates in all steps so far, those that were taken back too.
    public internal(set) var multiplyAdds = 0
    /// Whether a step was taken back as loss, gradients or weights were not finite; there are no more steps then.
    public private(set) var hasOverflowed = false

    /// Checks the examples and computes what is frozen of each.
    ///
    /// - Parameters:
    ///   - model: A model over vectors; it stays as it is.
    ///   - inputs: As for ``DeviceModel/outputs(of:into:)``; the model's prompt is added.
    ///   - targets: What is right for each input.
    ///   - optimizer: How weights follow gradients.
    ///   - clipNorm: Largest norm of all gradients together; longer ones are scaled down to it.
    ///   - basis: Makes the dynamic layers of a code, which is learned in their place; `nil` learns the layers themselves.
    ///   - code: The code to start with; `nil` for the basis's own. Not read without a basis.
    ///   - memoryLimit: Maximum memory, in bytes; 256 MiB.
    ///   - shouldStop: Asked before each example.
    /// - Throws: ``DeviceModelError`` where the model, the code or an example cannot be learned; ``DeviceModelError/stopped`` where it was told to.
    /// - Complexity: The model once for each example without its personal part. Memory: twice that of a device, the frozen values of each
    ///   example, and the dynamic layers three times, with a basis once more for each of its rows.
    public init(
        _ model: borrowing DeviceModel,
        inputs: [[Float]],
        targets: Targets,
        optimizer: Optimizer,
        clipNorm: Double = 5,
        basis: WeightBasis? = nil,
        code: [Float]? = nil,
        memoryLimit: Int = 256 << 20,
        shouldStop: () -> Bool = { false }
    ) throws(DeviceModelError) {
        guard case .vector = model.plan.score else { throw .ranksItems(model.graph.architecture.name) }
        try targets.check(inputs: inputs.count, width: model.graph.outputWidth)
        let start = basis.map { Start(basis: $0, values: code ?? $0.start) }
        let examples = Examples.inputs(inputs, targets)
        try self.init(model, examples, optimizer, clipNorm, from: start, memoryLimit, shouldStop)
    }

    /// What is learned from, with what is frozen before the first step.
    enum Examples {
        case inputs([[Float]], Targets)
        /// The context is for choices without one.
        case choices([Choice], ChoiceList, context: [Float])

        var lessons: Lessons {
            switch self {
            case .inputs(_, let targets): .inputs(targets)
            case .choices(_, let list, _): .choices(list)
            }
        }
    }

    /// A code to start from, in place of the layers in use.
    struct Start {
        let basis: WeightBasis
        let values: [Float]
    }

    /// - Parameters:
    ///   - code: Where to start; `nil` for the layers in use, which are then learned themselves.
    @inline(never)
    init(
        _ model: borrowing DeviceModel,
        _ examples: Examples,
        _ optimizer: Optimizer,
        _ clipNorm: Double,
        from code: Start?,
        _ memoryLimit: Int,
        _ shouldStop: () -> Bool
    ) throws(DeviceModelError) {
        let program = try LearningProgram(model.plan)
        let lessons = examples.lessons
        try Self.check(program, model, lessons, optimizer, clipNorm, code, memoryLimit)
        var device = model.copyInUse()
        if let code { try device.personalize(code.basis.weights(code.values)) }
        let keptLanes = program.keptLanes
        let frozen = Arena(count: keptLanes * lessons.count)
        for number in 0..<lessons.count {
            if shouldStop() { throw .stopped }
            try device.freeze(number, of: examples, program)
            program.kept.copy(from: device.memory.base, to: frozen.base + number * keptLanes)
        }
        self.init(program, lessons, optimizer, clipNorm, code, device, frozen)
    }

    /// Nothing throws here: a value that cannot be copied is made whole or not at all.
    @inline(never)
    private init(
        _ program: LearningProgram,
        _ lessons: Lessons,
        _ optimizer: Optimizer,
        _ clipNorm: Double,
        _ code: Start?,
        _ device: consuming DeviceModel,
        _ frozen: Arena
    ) {
        gradients = Arena(count: device.plan.deviceLanes)
        scoreLanes = lessons.scoreLanes
        scores = Arena(count: scoreLanes)
        learnedCode = code.map { LearnedCode($0.basis, $0.values, device.plan, program.tensors) }
        learned = learnedCode?.region ?? program.tensors
        let learnedLanes = learned.reduce(0) { $0 + $1.lanes }
        backup = Arena(count: learnedLanes)
        self.optimizer = OptimizerState(optimizer, learned, learnedCode?.values.base ?? device.memory.base)
        self.program = program
        self.lessons = lessons
        self.clipNorm = clipNorm
        self.frozen = frozen
        self.device = device
    }

    @inline(never)
    private static func check(
        _ program: LearningProgram,
        _ model: borrowing DeviceModel,
        _ lessons: Lessons,
        _ optimizer: Optimizer,
        _ clipNorm: Double,
        _ code: Start?,
        _ memoryLimit: Int
    ) throws(DeviceModelError) {
        guard optimizer.rate > 0, optimizer.rate.isFinite else { throw .wrongLearning("learning rate", optimizer.rate) }
        guard clipNorm > 0 else { throw .wrongLearning("largest norm of gradients", clipNorm) }
        let tensorLanes = program.tensorLanes
        try check(
            lanes: 2 * model.plan.deviceLanes + 3 * tensorLanes + lessons.scoreLanes,
            LearnedCode.lanes(code?.basis.rank ?? 0, tensorLanes: tensorLanes),
            and: program.keptLanes,
            times: lessons.count,
            memoryLimit
        )
    }

    private static func check(
        lanes: Int,
        _ codeLanes: Int,
        and keptLanes: Int,
        times examples: Int,
        _ limit: Int
    ) throws(DeviceModelError) {
        let (kept, overflow) = keptLanes.multipliedReportingOverflow(by: examples)
        let (fixed, isOver) = lanes.addingReportingOverflow(codeLanes)
        let (all, overflowed) = kept.addingReportingOverflow(fixed)
        let (bytes, tooMany) = all.multipliedReportingOverflow(by: MemoryLayout<Lanes>.size)
        let isLost = overflow || isOver || overflowed || tooMany
        guard !isLost, bytes <= limit else { throw .tooLarge(bytes: isLost ? .max : bytes, limit: limit) }
    }

    /// The dynamic layers as they are, for ``DeviceModel/personalize(_:)``.
    public var weights: Weights { device.dynamicWeights }

    /// The code as it is; `nil` where the layers themselves are learned.
    public var code: [Float]? { learnedCode?.code }

    /// Takes one step along the gradients of all examples, or of some.
    ///
    /// - Parameters:
    ///   - batch: Numbers of examples, one at least; `nil` for all. The losses that the solver knows are then those of the batches: what
    ///     is taken back is a step whose successor's batch has no finite loss.
    ///   - shouldStop: Asked before each example; on `true` no step is taken, and the one before is taken back, as nobody knows
    ///     the loss that it led to.
    /// - Returns: The loss before the step; `nil` where none was taken.
    public mutating func step(of batch: [Int32]? = nil, shouldStop: () -> Bool = { false }) -> Double? {
        guard !hasOverflowed, isBatch(batch) else { return nil }
        program.tensors.clear(gradients.base)
        guard let loss = pass(batch, withGradients: true, shouldStop) else {
            goBack()
            return nil
        }
        learnedCode?.project(from: gradients.base)
        let count = Double(batch?.count ?? lessons.count)
        let (values, slopes) = (self.values, learnedCode?.gradients.base ?? gradients.base)
        let norm = learned.norm(in: slopes) / count
        guard loss.isFinite, norm.isFinite else {
            hasOverflowed = true
            goBack()
            return nil
        }
        settle(loss)
        let scale = max(1, norm / clipNorm) * count
        optimizer.step(learned, values, slopes, scale: Float(scale))
        learnedCode?.expand(into: device.memory.base)
        (isAhead, steps) = (true, steps + 1)
        guard learned.areFinite(in: values), program.tensors.areFinite(in: device.memory.base) else {
            hasOverflowed = true
            goBack()
            return nil
        }
        return loss
    }

    /// Finds out the loss of the weights as they are. Where it is not finite, or there is no time for that, the last step is taken back.
    ///
    /// - Parameter shouldStop: As for ``step(of:shouldStop:)``.
    /// - Returns: The loss of the weights, a step less where one was taken back; `nil` where it is not known, as there was no time for
    ///   one pass, or the weights at the start gave none that is finite.
    public mutating func loss(shouldStop: () -> Bool = { false }) -> Double? {
        if !isAhead, let knownLoss { return knownLoss }
        guard let loss = pass(nil, withGradients: false, shouldStop) else {
            goBack()
            return knownLoss
        }
        if loss.isFinite {
            settle(loss)
        } else {
            hasOverflowed = true
            goBack()
        }
        return knownLoss
    }

    /// Takes steps, as many as there is time for.
    ///
    /// - Parameters:
    ///   - count: Maximum number of steps.
    ///   - shouldStop: As for ``step(of:shouldStop:)``.
    public mutating func run(steps count: Int, shouldStop: () -> Bool = { false }) -> Outcome {
        let (known, done) = (knownLoss, steps)
        var before = isAhead ? nil : known
        var taken = 0
        while taken < count, let loss = step(shouldStop: shouldStop) {
            before = before ?? loss
            taken += 1
        }
        let after = loss(shouldStop: shouldStop)
        return Outcome(lossBefore: before ?? after, lossAfter: after, steps: steps - done)
    }

    /// What some steps came to.
    public struct Outcome: Sendable, Equatable {
        /// Loss at the start; `nil` where it is not known.
        public let lossBefore: Double?
        /// Loss at the end; `nil` where it is not known.
        public let lossAfter: Double?
        /// Steps that count.
        public let steps: Int
    }

    /// The memory of what is learned.
    private var values: UnsafeMutablePointer<Lanes> { learnedCode?.values.base ?? device.memory.base }

    /// Remembers the weights with their loss.
    private mutating func settle(_ loss: Double) {
        learned.copy(from: values, to: backup.base)
        (knownLoss, isAhead) = (loss, false)
    }

    /// Goes back to the weights whose loss is known.
    private mutating func goBack() {
        guard isAhead else { return }
        learned.copy(backup.base, to: values)
        learnedCode?.expand(into: device.memory.base)
        (isAhead, steps) = (false, steps - 1)
    }
}
