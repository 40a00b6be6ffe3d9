import MetaNetwork
import MetaNetworkData
import Torch

/// Runs a method over a fleet: asks devices, lets them learn, counts seconds and bytes on a simulated clock, and measures.
///
/// What is drawn by lot depends on the seed, the device and its turn alone. So the same run has the same bits on any number of threads
/// and processes, and two methods meet the same devices.
public struct Coordinator<Method: FederatedMethod> {
    let data: any DealtExamples
    let fleet: Fleet
    let configuration: FederatedConfiguration
    let sources: Sources
    let cohort: Cohort
    private let ranks: any RankGroup
    var method: Method
    var model: [Float]
    var version = 0
    var exchange: Exchange
    var counts: [DeviceCounts]
    var seconds = 0.0
    var updates = 0
    var lost = 0
    var refused = 0
    var points: [FederatedPoint] = []
    var timeline: [DeviceTurn] = []
    /// Time that measurements took.
    private var measuring = Duration.zero
    /// Devices that apply by themselves, as the run stopped; `nil` before they do.
    var atWork: AtWork?

    /// Prepares a run.
    ///
    /// - Parameters:
    ///   - method: The method.
    ///   - learner: What devices learn.
    ///   - data: Their examples.
    ///   - fleet: What they are like.
    ///   - configuration: How long, and how.
    ///   - ranks: The processes that simulate it together, each with the same settings and data; devices are dealt to them.
    /// - Throws: ``FederatedError`` where fewer devices have examples than the method asks for at once, or a number cannot be.
    public init(
        _ method: Method,
        _ learner: any LocalLearner,
        _ data: any DealtExamples,
        _ fleet: Fleet,
        _ configuration: FederatedConfiguration,
        on ranks: any RankGroup = OneRank()
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
        self.ranks = ranks
        cohort = Cohort(WorkerPool(learner: learner, data: data, workers: configuration.workers), on: ranks)
        model = try learner.start(seed: configuration.seed)
        exchange = Exchange(
            sources,
            usesErrorFeedback: configuration.usesErrorFeedback,
            isFree: !method.sendsModels
        )
        counts = Array(repeating: DeviceCounts(), count: data.shards.count)
    }

    /// Runs to the end.
    ///
    /// - Parameters:
    ///   - checkpoint: Where the first rank keeps the state, with each measurement and at the end; `nil` keeps none.
    ///   - settings: What else must be the same where the run goes on, by name.
    ///   - shouldStop: Asked before each model; on `true`, of any rank, the run ends with what there is.
    ///   - report: Receives each measurement.
    /// - Throws: ``FederatedError`` where the checkpoint is of another run, `FileError` where it cannot be read or written, `RankError` where a rank is lost
    ///   or its devices cannot learn.
    public mutating func run(
        checkpoint: FederatedCheckpoint? = nil,
        settings: [String: String] = [:],
        shouldStop: () -> Bool = { false },
        report: (FederatedPoint) throws -> Void = { _ in }
    ) throws -> FederatedResult {
        let clock = ContinuousClock()
        let began = clock.now
        let settings = settings.merging(["data": data.digest]) { own, _ in own }
        if let checkpoint, checkpoint.resumes {
            let (state, arrays) = try checkpoint.read(settings: settings, on: ranks)
            try restore(state, arrays)
        }
        try checkpoint?.claim(on: ranks)
        if checkpoint?.resumes != true { try measure(report) }
        func keep(_ run: Self, _ line: AtWork?) throws {
            guard let checkpoint else { return }
            // The others wait for it, however long that takes.
            try run.ranks.onFirst {
                var arrays = SharedArrays()
                let state = run.state(line, &arrays)
                try checkpoint.write(state, arrays, settings: settings)
            }
        }
        var kept = version
        func goesOnWith(_ run: Self, _ line: AtWork?) throws -> Bool {
            if run.version != kept, run.version % run.configuration.measuredEvery == 0 {
                kept = run.version
                try keep(run, line)
            }
            return !run.cohort.stops(shouldStop())
        }
        switch method.order {
        case .rounds(let devices): try runRounds(devices, goesOnWith, report)
        case .applications(let atOnce, _): try runApplications(atOnce, goesOnWith, report)
        }
        try keep(self, atWork)
        if points.last?.version != version { try measure(report) }
        return result(after: clock.now - began - measuring)
    }

    private func result(after duration: Duration) -> FederatedResult {
        FederatedResult(
            parameters: model,
            points: points,
            devices: counts,
            refused: refused,
            lost: lost,
            privacy: privacyLoss,
            measures: method.measures,
            timeline: timeline,
            isComplete: !goesOn,
            duration: duration
        )
    }

    /// Whether another model may be made.
    var goesOn: Bool {
        version < configuration.models && updates < configuration.updates && seconds < configuration.seconds
    }

    /// Probability that a round asks a device, where each is asked by itself.
    var samplingRate: Double {
        guard case .rounds(let devices) = method.order else { return 1 }
        return Double(devices) / Double(data.devices.count)
    }

    private var privacyLoss: PrivacyLoss? {
        guard let privacy = method.privacy else { return nil }
        let accountant = PrivacyAccountant(samplingRate: samplingRate, noise: privacy.noise)
        let epsilon = accountant.epsilon(rounds: version, delta: privacy.delta)
        return PrivacyLoss(
            epsilon: epsilon.isFinite ? epsilon : nil,
            delta: privacy.delta,
            samplingRate: samplingRate,
            rounds: version
        )
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
        if !arrived.isEmpty || method.privacy != nil { method.aggregate(arrived, into: &model, version: version) }
        version += 1
        if version % configuration.measuredEvery == 0 { try measure(report) }
    }

    private mutating func measure(_ report: (FederatedPoint) throws -> Void) throws {
        let clock = ContinuousClock()
        let began = clock.now
        defer { measuring += clock.now - began }
        let test = try cohort.learner.measure(model, on: .test)
        let point = FederatedPoint(
            version: version,
            updates: updates,
            seconds: seconds,
            bytesUp: counts.reduce(0) { $0 + $1.bytesUp },
            bytesDown: counts.reduce(0) { $0 + $1.bytesDown },
            steps: counts.reduce(0) { $0 + $1.steps },
            loss: test.loss,
            trainingLoss: try cohort.learner.measure(model, on: .training).loss,
            metrics: test.metrics
        )
        points.append(point)
        try report(point)
    }
}
