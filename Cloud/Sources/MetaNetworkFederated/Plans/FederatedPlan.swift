import Crypto
import Foundation
import MetaNetwork
import MetaNetworkData
import MetaNetworkWire
import Torch

/// A run as a person describes it: the method with its numbers, who has which examples, what devices are like, and how long it goes on.
public struct FederatedPlan: Codable, Sendable, Equatable {
    /// The method.
    public var method = MethodName.fedavg
    /// Devices that examples are dealt to.
    public var devices = 100
    /// Devices of a round, or at work at once.
    public var atOnce = 10
    /// Updates of a model, for methods whose devices apply.
    public var cache = 10
    /// Passes over a device's examples in a turn.
    public var epochs = 5
    /// Examples of a step.
    public var batch = 10
    /// Step size.
    public var rate = 0.01
    /// FedProx's μ; `nil` for what is usual of the method.
    public var pull: Double?
    /// Whether each device counts alike.
    public var weighsEqually = false
    /// Whether devices of FedAvg and FedProx are drawn by their gradients.
    public var drawsByGradient = false
    /// FedAvgM's β.
    public var momentum = 0.9
    /// α of FedAsync, TEA-Fed and TEASQ-Fed; `nil` for what is usual.
    public var mixing: Double?
    /// How weights fall with age, a.
    public var exponent = 0.5
    /// How FOLB weighs.
    public var weighing = FOLB.Weighing.absolute
    /// Whether FOLB compares a device with the others alone.
    public var leavesOneOut = false
    /// Whether one half of FOLB's devices say where all point.
    public var usesTwoSets = false
    /// Share of values that a message of TEASQ-Fed keeps, at first.
    public var density = 0.1
    /// The same at last.
    public var lastDensity = 0.3
    /// Bits of a value, at first.
    public var bits = 4
    /// The same at last.
    public var lastBits = 8
    /// Which values are kept.
    public var selection = UpdateCodec.Selection.largest
    /// Whether devices add to an update what was left out of those before.
    public var usesErrorFeedback = true
    /// Whether TEASQ-Fed adds updates, rather than mixing models.
    public var addsUpdates = false
    /// The control of ages.
    public var permutesAges = false
    /// Fed-TREND's windows.
    public var trend = TrendPlan()
    /// Models at most: rounds.
    public var models = 100
    /// Updates at most; 0 for as many as it takes.
    public var updates = 0
    /// Simulated seconds at most; 0 for as many as it takes.
    public var seconds = 0.0
    /// Models from one measurement to the next.
    public var measuredEvery = 1
    /// How speeds differ: see ``Fleet/Speeds/init(_:)``.
    public var speeds = "equal"
    /// Milliseconds that the fastest device takes for one example.
    public var millisecondsPerExample = 10.0
    /// Megabits per second from a device; 0 for no time at all.
    public var uplink = 0.0
    /// Megabits per second to a device; 0 for no time at all.
    public var downlink = 0.0
    /// Seconds that each message takes beside its bits.
    public var latency = 0.0
    /// Probability that a device may be asked in a round.
    public var availability = 1.0
    /// Probability that a device that was asked never answers.
    public var dropOut = 0.0
    /// Share of devices that have time for a part of their work alone.
    public var stragglers = 0.0
    /// Largest norm of an update; 0 for any.
    public var normBound = 0.0
    /// The norm that updates are clipped to, so that no device counts for more; 0 for none.
    public var clip = 0.0
    /// Standard deviation of the noise that is added to the sum of the clipped updates, as a multiple of the norm.
    public var noise = 0.0
    /// δ of differential privacy; `nil` for the number of devices to the power of -1.1.
    public var delta: Double?

    /// Creates a plan of defaults.
    public init() {}

    /// The methods that there are.
    public enum MethodName: String, Codable, Sendable, CaseIterable {
        case fedavg, fedprox, fedavgm, folb, fedasync, fedbuff, port
        case teaFed = "tea-fed"
        case teasqFed = "teasq-fed"
        case fedTrend = "fed-trend"
        case gathered, alone
        case lastValue = "last-value"
        case lastSeason = "last-season"
        case trainingMean = "training-mean"
        case uncoded, coded
        case dropSlowest = "drop-slowest"
        case rawOffload = "raw-offload"
        case rowSampling = "row-sampling"
        case serverParity = "server-parity"
        case splitGAN = "split-gan"

        /// Whether it comes to a device model that devices learned on their own examples, as ``FederatedPlan/run`` has it.
        public var makesModel: Bool { !sharesRows && !generates }
    }

    /// Runs the plan.
    ///
    /// - Parameters:
    ///   - learner: What devices learn.
    ///   - data: Their examples.
    ///   - seed: Seed of all that is drawn.
    ///   - workers: Threads.
    ///   - ranks: The processes that simulate it together, each with the same plan, data and seed; all come to the same bits.
    ///   - checkpoint: Where the first rank keeps the state, and whether to go on from it; only the number of models and updates may differ then, and the
    ///     ranks.
    ///   - shouldStop: Asked before each model.
    ///   - report: Receives each measurement.
    /// - Throws: ``FederatedError`` where a number cannot be, before anything runs; `RankError` where a rank is lost, or its devices cannot learn.
    /// - Precondition: The method makes a device model.
    public func run(
        _ learner: any LocalLearner,
        _ data: any DealtExamples,
        seed: UInt64,
        workers: Int,
        on ranks: any RankGroup = OneRank(),
        checkpoint: FederatedCheckpoint? = nil,
        shouldStop: () -> Bool = { false },
        report: (FederatedPoint) throws -> Void = { _ in }
    ) throws -> FederatedResult {
        let (method, data) = try makeMethod(for: learner, data, seed: seed)
        func run(_ method: some FederatedMethod) throws -> FederatedResult {
            var coordinator = try Coordinator(
                method,
                learner,
                data,
                fleet(),
                configuration(seed: seed, workers: workers),
                on: ranks
            )
            return try coordinator.run(
                checkpoint: checkpoint,
                settings: settings(seed: seed, learner),
                shouldStop: shouldStop,
                report: report
            )
        }
        return try run(method)
    }

    /// The method with its numbers.
    ///
    /// - Parameter privacy: What protects devices, where the method is a mean.
    /// - Throws: ``FederatedError``, or `UpdateCodecError`, where a number cannot be.
    public func makeMethod(privacy: DevicePrivacy? = nil) throws -> any FederatedMethod {
        switch method {
        case .fedavg, .fedprox, .fedavgm: average(privacy)
        case .folb:
            FOLB(
                devices: atOnce,
                pull: pull ?? 0.01,
                weighing: weighing,
                leavesOneOut: leavesOneOut,
                usesTwoSets: usesTwoSets
            )
        case .fedasync:
            FedAsync(atOnce: atOnce, pull: pull ?? 0.005, mixing: mixing ?? 0.6, exponent: exponent)
        case .fedbuff: FedBuff(atOnce: atOnce, cache: cache)
        case .port: PORT(atOnce: atOnce, cache: cache)
        case .teaFed, .teasqFed: try teasq()
        case .uncoded, .dropSlowest, .rawOffload, .rowSampling, .coded, .serverParity:
            preconditionFailure("'\(method.rawValue)' shares rows of a regression, and devices learn none here")
        case .fedTrend, .gathered, .alone, .lastValue, .lastSeason, .trainingMean:
            preconditionFailure("'\(method.rawValue)' depends on what devices learn; see makeMethod(for:_:seed:)")
        case .splitGAN: preconditionFailure("'\(method.rawValue)' generates images, and makes no device model")
        }
    }

    /// SHA-256 of all that makes a run another one, what files of the plan say and the model included, in hexadecimal.
    ///
    /// - Throws: ``FederatedError`` where a number cannot be.
    package func digest(seed: UInt64, _ learner: any LocalLearner) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return SHA256.hash(data: try encoder.encode(settings(seed: seed, learner))).hexadecimal
    }

    private static let trendKey = "trend"

    /// What makes a run another one: all but how long it goes on.
    private func settings(seed: UInt64, _ learner: any LocalLearner) throws -> [String: String] {
        var plan = self
        // How far compression has come depends on the models that there will be.
        if method != .teasqFed { plan.models = 0 }
        (plan.updates, plan.seconds) = (0, 0)
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let values = try JSONSerialization.jsonObject(with: encoder.encode(plan)) as? [String: Any] ?? [:]
        var settings = values.filter { $0.key != Self.trendKey }.mapValues { "\($0)" }
        for (key, value) in values[Self.trendKey] as? [String: Any] ?? [:] { settings["trend \(key)"] = "\(value)" }
        settings["seed"] = String(seed)
        // What a file says, too.
        settings["speeds"] = try "\(Fleet.Speeds(speeds))"
        settings["model"] = String(decoding: try encoder.encode(learner.architecture), as: UTF8.self)
        return settings
    }

    func average(_ privacy: DevicePrivacy?) -> FedAvg {
        FedAvg(
            devices: atOnce,
            pull: pull ?? (method == .fedprox ? 0.01 : 0),
            weighsEqually: weighsEqually,
            momentum: method == .fedavgm ? momentum : 0,
            drawsByGradient: drawsByGradient,
            privacy: privacy
        )
    }

    func privacy(devices: Int, seed: UInt64) throws(FederatedError) -> DevicePrivacy? {
        guard clip > 0 || noise > 0 else { return nil }
        guard !drawsByGradient else {
            throw FederatedError("what clip and noise promise is of devices drawn by lot; leave out draw-by-gradient")
        }
        guard [.fedavg, .fedprox, .fedavgm].contains(method) else {
            throw FederatedError(
                "'\(method.rawValue)' does not fit clip and noise: what they promise is of a mean in which each device counts alike, over "
                    + "rounds that are drawn by lot; use fedavg, fedprox or fedavgm"
            )
        }
        guard clip > 0 else {
            throw FederatedError(
                "noise is a multiple of clip, which is 0; give the norm that updates are clipped to, too"
            )
        }
        let delta = delta ?? pow(Double(max(2, devices)), -1.1)
        return try DevicePrivacy(clip: clip, noise: noise, delta: delta, seed: seed)
    }

    /// What a device does in its turn.
    ///
    /// - Parameter method: The plan's.
    public func work(of method: any FederatedMethod) -> LocalWork {
        LocalWork(
            epochs: epochs,
            batch: batch,
            rate: rate,
            pull: method.pull,
            wantsGradient: method.needsGradients
        )
    }

    private func teasq() throws -> TEASQFed {
        TEASQFed(
            atOnce: atOnce,
            cache: cache,
            pull: pull ?? 0.005,
            mixing: mixing ?? 0.9,
            exponent: exponent,
            compression: method == .teaFed
                ? nil
                : TEASQFed.Compression(
                    from: try UpdateCodec(density: density, bits: bits, selection: selection),
                    to: try UpdateCodec(density: lastDensity, bits: lastBits, selection: selection),
                    models: models
                ),
            addsUpdates: addsUpdates,
            permutesAges: permutesAges
        )
    }

    func fleet() throws(FederatedError) -> Fleet {
        Fleet(
            speeds: try Fleet.Speeds(speeds),
            secondsPerExample: millisecondsPerExample / 1000,
            uplink: uplink > 0 ? uplink * 1e6 : .infinity,
            downlink: downlink > 0 ? downlink * 1e6 : .infinity,
            latency: latency,
            availability: availability,
            dropOut: dropOut,
            stragglers: stragglers
        )
    }

    private func configuration(seed: UInt64, workers: Int) -> FederatedConfiguration {
        FederatedConfiguration(
            work: LocalWork(epochs: epochs, batch: batch, rate: rate),
            models: method.learnsNothing ? 1 : models,
            updates: updates > 0 ? updates : .max,
            seconds: seconds > 0 ? seconds : .infinity,
            measuredEvery: measuredEvery,
            normBound: normBound > 0 ? normBound : .infinity,
            usesErrorFeedback: usesErrorFeedback,
            workers: workers,
            seed: seed
        )
    }
}
