import MetaNetwork
import MetaNetworkData

/// Runs a method over a fleet: asks devices, lets them learn, counts seconds and bytes on a simulated clock, and measures.
///
/// What is drawn by lot depends on the seed, the device and its turn alone. So the same run has the same bits on any number of threads,
/// and two methods meet the same devices.
public struct Coordinator<Method: FederatedMethod> {
    let data: FederatedData
    let fleet: Fleet
    let configuration: FederatedConfiguration
    let sources: Sources
    let pool: WorkerPool
    private(set) var method: Method
    private(set) var model: [Float]
    private(set) var version = 0
    var exchange: Exchange
    var counts: [DeviceCounts]
    var seconds = 0.0
    var updates = 0
    var lost = 0
    private var refused = 0
    private var points: [FederatedPoint] = []

    /// Prepares a run.
    ///
    /// - Parameters:
    ///   - method: The method.
    ///   - learner: What devices learn.
    ///   - data: Their examples.
    ///   - fleet: What they are like.
    ///   - configuration: How long, and how.
    /// - Throws: ``FederatedError`` where fewer devices have examples than the method asks for at once, or a number cannot be.
    public init(
        _ method: Method,
        _ learner: any LocalLearner,
        _ data: FederatedData,
        _ fleet: Fleet,
        _ configuration: FederatedConfiguration
    ) throws {
        let (needed, cache) =
            switch method.order {
            case .rounds(let devices): (devices, 1)
            case .applications(let atOnce, let cache): (atOnce, cache)
            }
        guard needed > 0, needed <= data.devices.count else {
            throw FederatedError(
                "\(method.name) asks \(needed) devices at once, and \(data.devices.count) have examples; ask fewer, at least one"
            )
        }
        guard cache > 0, cache <= needed || needed == data.devices.count else {
            throw FederatedError(
                "\(method.name) waits for \(cache) updates with \(needed) devices at work; wait for fewer"
            )
        }
        guard configuration.work.batch > 0, configuration.work.epochs > 0, configuration.work.rate > 0 else {
            throw FederatedError("local epochs, batch and learning rate are numbers above 0")
        }
        (self.method, self.data, self.fleet, self.configuration) = (method, data, fleet, configuration)
        sources = Sources(seed: configuration.seed)
        pool = WorkerPool(learner: learner, data: data, workers: configuration.workers)
        model = try learner.start(seed: configuration.seed)
        exchange = Exchange(sources, usesErrorFeedback: configuration.usesErrorFeedback)
        counts = Array(repeating: DeviceCounts(), count: data.shards.count)
    }

    /// Runs to the end.
    ///
    /// - Parameters:
    ///   - shouldStop: Asked before each model; on `true` the run ends with what there is.
    ///   - report: Receives each measurement.
    public mutating func run(
        shouldStop: () -> Bool = { false },
        report: (FederatedPoint) throws -> Void = { _ in }
    ) throws -> FederatedResult {
        try measure(report)
        switch method.order {
        case .rounds(let devices): try runRounds(devices, shouldStop, report)
        case .applications(let atOnce, _): try runApplications(atOnce, shouldStop, report)
        }
        if points.last?.version != version { try measure(report) }
        return FederatedResult(parameters: model, points: points, devices: counts, refused: refused, lost: lost)
    }

    /// Whether another model may be made.
    var goesOn: Bool {
        version < configuration.models && updates < configuration.updates && seconds < configuration.seconds
    }

    /// The work of a device with so many epochs.
    func work(epochs: Int) -> LocalWork {
        var work = configuration.work
        (work.epochs, work.pull, work.wantsGradient) = (epochs, method.pull, method.needsGradients)
        return work
    }

    /// An update, if it can be used.
    mutating func accepted(_ update: [Float]) -> Bool {
        let norm = Parameters.dot(update, update).squareRoot()
        guard norm.isFinite, norm <= configuration.normBound else {
            refused += 1
            return false
        }
        return true
    }

    /// Makes the next model, and measures it where its turn is.
    mutating func aggregate(_ arrived: [Arrival], _ report: (FederatedPoint) throws -> Void) throws {
        if !arrived.isEmpty { method.aggregate(arrived, into: &model, version: version) }
        version += 1
        if version % configuration.measuredEvery == 0 { try measure(report) }
    }

    private mutating func measure(_ report: (FederatedPoint) throws -> Void) throws {
        let test = try pool.learner.measure(model, on: .test)
        let point = FederatedPoint(
            version: version,
            updates: updates,
            seconds: seconds,
            bytesUp: counts.reduce(0) { $0 + $1.bytesUp },
            bytesDown: counts.reduce(0) { $0 + $1.bytesDown },
            steps: counts.reduce(0) { $0 + $1.steps },
            accuracy: test.accuracy,
            loss: test.loss,
            trainingLoss: try pool.learner.measure(model, on: .training).loss
        )
        points.append(point)
        try report(point)
    }
}
