import Crypto
import Foundation
import Logging
import MetaNetwork
import MetaNetworkWire
import Metrics

/// The rounds in which devices learn one model together, without sending their examples.
///
/// A round begins with the first device that asks for a turn. It ends when as many updates have arrived as it has devices, or, once its time
/// is over, with those that have arrived, if they suffice: a device that was killed costs its update and no more. What is made of them,
/// says a ``RoundMethod``. State and model survive a restart; the updates of the open round do not, and its devices join again.
public actor Federation {
    /// What is learned, and when a round is over.
    public nonisolated let configuration: FederationConfiguration
    private let graph: ModelGraph
    private let folder: FederationFolder
    private let publish: Publisher
    private let uptime: @Sendable () -> Double
    private let logger: Logger
    private let digest: String
    private let metrics: FederationMetrics
    private var method: any RoundMethod
    private var model: [Float]
    private var file: RoundModel
    private var round: OpenRound
    private var published: Int?
    private var devices: [String]
    private var numbers: [String: Int]
    private var isSaved: Bool

    /// Makes a version of a model and publishes it.
    ///
    /// - Parameters:
    ///   - model: Its parameters.
    ///   - round: How many models were made before it.
    public typealias Publisher = @Sendable (_ model: [Float], _ round: Int) async throws -> Void

    /// A round's model as devices fetch it.
    struct RoundModel: Sendable {
        let bytes: [UInt8]
        let sha256: String
    }

    /// Opens a federation: where its folder has a state it goes on from there, else it begins.
    ///
    /// - Parameters:
    ///   - configuration: What is learned, and when a round is over.
    ///   - method: How a model is made of what devices sent.
    ///   - start: The parameters that learning begins with, in the order of ``MetaNetwork/ModelGraph/parameters``.
    ///   - uptime: Seconds on a clock that never goes back.
    ///   - logger: Receives what happens.
    ///   - publish: Makes a version of a model and publishes it.
    /// - Throws: ``ConfigurationProblem``, also where the state is damaged or of another model.
    public init(
        _ configuration: FederationConfiguration,
        _ method: any RoundMethod,
        start: [Float],
        uptime: @escaping @Sendable () -> Double = Federation.systemUptime,
        logger: Logger,
        publish: @escaping Publisher
    ) throws {
        try configuration.validate()
        graph = try ModelGraph(configuration.architecture)
        guard start.count == graph.parameterCount, start.allSatisfy(\.isFinite) else {
            throw ConfigurationProblem(
                "the model to start from has \(start.count) parameters, the federation's \(graph.parameterCount) finite ones"
            )
        }
        folder = FederationFolder(folder: configuration.folder)
        digest = try configuration.digest()
        let stored = try folder.load(graph, digest: digest)
        (self.configuration, self.method, self.publish) = (configuration, method, publish)
        (self.uptime, self.logger) = (uptime, logger)
        metrics = FederationMetrics(configuration.model)
        model = stored?.model ?? start
        file = try Self.file(graph, model)
        round = OpenRound(stored?.state.round ?? 0)
        published = stored?.state.published
        devices = stored?.state.devices ?? []
        numbers = Dictionary(devices.enumerated().map { ($1, $0) }) { first, _ in first }
        isSaved = stored != nil
        metrics.show(round, configuration)
    }

    /// Seconds since some fixed moment.
    public static let systemUptime: @Sendable () -> Double = { [start = ContinuousClock.now] in
        (ContinuousClock.now - start) / .seconds(1)
    }

    private static func file(_ graph: ModelGraph, _ model: [Float]) throws -> RoundModel {
        guard let weights = graph.weights(of: model) else { preconditionFailure("the model has its parameters") }
        let bytes = try SafeTensors.encode(weights)
        return RoundModel(
            bytes: bytes,
            sha256: SHA256.hash(data: bytes).hexadecimalDigits
        )
    }

    /// Where the federation is.
    public var status: FederationStatus {
        let isOver = isOver
        return FederationStatus(
            model: configuration.model,
            round: round.number,
            rounds: configuration.rounds,
            devices: configuration.devices,
            joined: round.joined,
            arrived: round.arrivedCount,
            missing: isOver ? 0 : max(0, configuration.quorum - round.arrivedCount)
        )
    }

    private var isOver: Bool { round.number >= configuration.rounds }

    /// Gives a device a turn in the open round.
    ///
    /// - Parameter device: The device's id.
    /// - Throws: ``FederationRefusal``.
    func join(_ device: String, _ request: FederatedTurnRequest) throws(FederationRefusal) -> FederatedTurn {
        endIfDue()
        guard !isOver else { throw .over }
        let number = numbers[device] ?? devices.count
        let now = uptime()
        let examples = min(request.examples, configuration.mostExamples)
        guard round.join(number, examples: examples, configuration, now: now) else {
            throw .roundFull(seconds: min(configuration.retrySeconds, max(1, round.secondsLeft(now: now))))
        }
        if number == devices.count {
            devices.append(device)
            numbers[device] = number
        }
        metrics.show(round, configuration)
        return FederatedTurn(
            model: configuration.model,
            nonce: request.nonce,
            round: round.number,
            rounds: configuration.rounds,
            device: number,
            seed: configuration.seed,
            architecture: configuration.architecture,
            outputs: configuration.outputs,
            weights: BundleManifest.File(bytes: file.bytes.count, sha256: file.sha256),
            work: configuration.work,
            codec: configuration.codec,
            usesErrorFeedback: configuration.usesErrorFeedback,
            clipNorm: configuration.clipNorm,
            seconds: Int(round.secondsLeft(now: now).rounded(.up))
        )
    }

    /// The model of the open round.
    ///
    /// - Throws: ``FederationRefusal`` for another round.
    func model(ofRound number: Int) throws(FederationRefusal) -> RoundModel {
        guard number == round.number, !isOver else { throw isOver ? .over : .roundOver(open: round.number) }
        return file
    }

    /// Reads an update's message, off the actor, as it may be large.
    ///
    /// - Throws: ``FederationRefusal`` where it is damaged, not finite or too long.
    nonisolated func read(_ message: [UInt8]) throws(FederationRefusal) -> ReceivedUpdate {
        let (count, hasGradient) = (graph.parameterCount, configuration.work.wantsGradient)
        let (update, values): (FederatedUpdate, [Float])
        do {
            update = try FederatedUpdate(parsing: message, count: count, hasGradient: hasGradient)
            values = try UpdateCodec.decoded(update.encoded, count: count)
        } catch {
            throw error.isNotFinite ? .notFinite : .damaged(error.description)
        }
        guard update.loss.isFinite, update.gradient?.allSatisfy(\.isFinite) != false else { throw .notFinite }
        let norm = values.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
        guard norm <= configuration.normBound else { throw .tooLong(norm: norm, bound: configuration.normBound) }
        return ReceivedUpdate(
            device: 0,
            examples: 0,
            update: clipped(values, norm),
            gradient: update.gradient,
            loss: Double(update.loss)
        )
    }

    /// An update at the norm that devices clip to: nobody need trust them to, and few bits may round one beyond it.
    private nonisolated func clipped(_ update: [Float], _ norm: Double) -> [Float] {
        guard let bound = configuration.clipNorm, norm > bound else { return update }
        return update.map { $0 * Float(bound / norm) }
    }

    /// Takes a device's update.
    ///
    /// - Throws: ``FederationRefusal``; the round goes on.
    func take(_ update: ReceivedUpdate, of device: String, round number: Int) throws(FederationRefusal)
        -> FederatedReceipt
    {
        guard number == round.number, !isOver else { throw isOver ? .over : .roundOver(open: round.number) }
        guard let known = numbers[device] else { throw .notJoined }
        var update = update
        update.device = known
        try round.take(update)
        metrics.taken.increment()
        let receipt = FederatedReceipt(round: number, arrived: round.arrivedCount)
        endIfDue()
        metrics.show(round, configuration)
        return receipt
    }

    /// Longest message with an update, in bytes.
    nonisolated var mostUpdateBytes: Int {
        FederatedUpdate.mostBytes(count: graph.parameterCount, hasGradient: configuration.work.wantsGradient)
    }

    /// Counts a refusal.
    nonisolated func count(_ refusal: FederationRefusal) { metrics.count(refusal) }

    /// Ends the open round where its time is over, writes what is not written and publishes what is due. What fails is tried again the next
    /// time.
    func tend() async {
        endIfDue()
        save()
        let (model, number) = (self.model, round.number)
        guard isDue(number) else { return }
        do {
            try await publish(model, number)
            published = number
            isSaved = false
            logger.info("a version was published", metadata: ["model": "\(configuration.model)", "round": "\(number)"])
        } catch {
            logger.error("a version cannot be published", metadata: ["error": "\(error)"])
        }
        save()
    }

    /// Whether the model of so many rounds is to be published: the first one, so that devices have a model to begin with, each of some rounds,
    /// and the last.
    private func isDue(_ number: Int) -> Bool {
        guard let published else { return true }
        guard number > published else { return false }
        return number >= configuration.rounds
            || number / configuration.publishedEvery > published / configuration.publishedEvery
    }

    private func endIfDue() {
        let now = uptime()
        guard !isOver else { return }
        let deadline = round.deadline
        guard round.mayEnd(configuration, now: now) else {
            if round.deadline != deadline {
                logger.warning(
                    "a round waits for devices: its time is over, and too few updates have arrived",
                    metadata: [
                        "model": "\(configuration.model)", "round": "\(round.number)",
                        "arrived": "\(round.arrivedCount)", "needed": "\(configuration.quorum)",
                    ]
                )
                metrics.show(round, configuration)
            }
            return
        }
        end()
    }

    private func end() {
        let arrived = round.arrived
        var next = model
        method.aggregate(arrived, into: &next, round: round.number)
        metrics.lost.increment(by: round.lost)
        let loss = arrived.reduce(0) { $0 + $1.loss } / Double(max(1, arrived.count))
        logger.info(
            "a round is over",
            metadata: [
                "model": "\(configuration.model)", "round": "\(round.number)", "updates": "\(arrived.count)",
                "lost": "\(round.lost)", "loss": "\(loss)",
            ]
        )
        // Sums of finite updates may overflow all the same: such a round changes nothing.
        if next.allSatisfy(\.isFinite), let file = try? Self.file(graph, next) {
            (model, self.file) = (next, file)
        } else {
            logger.error("the updates of a round add up to no finite numbers; the model stays as it was")
        }
        round = OpenRound(round.number + 1)
        isSaved = false
        metrics.show(round, configuration)
        save()
    }

    /// Writes what is not written, at the end.
    func close() { save() }

    private func save() {
        guard !isSaved else { return }
        let state = FederationFolder.State(
            round: round.number,
            published: published,
            devices: devices,
            digest: digest
        )
        do {
            try folder.save(state, model: file.bytes)
            isSaved = true
        } catch {
            logger.error("the federation's state cannot be written", metadata: ["error": "\(error)"])
        }
    }
}
