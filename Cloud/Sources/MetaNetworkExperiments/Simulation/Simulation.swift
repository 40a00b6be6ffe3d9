import Foundation
import MetaNetwork
import MetaNetworkBundles
import MetaNetworkClient
import MetaNetworkData
import MetaNetworkTraining
import MetaNetworkWire

/// Held-out subjects as devices with the SDK that apps use, over real HTTP.
public struct Simulation {
    /// The model that the service serves.
    public var published: PublishedModel
    /// The model within whose basis devices learn codes, of the same service; `nil` for the model itself.
    public var patched: PublishedModel?
    /// Whether devices that learn a code share it with the service.
    public var sharesCodes = false
    /// What all devices have in common.
    public var settings: SimulationSettings
    /// When devices refresh; without meaning for episodes, whose devices refresh before each block of inputs.
    public var policies: [SimulatedPolicy] = []
    /// Maximum number of devices; `nil` for all.
    public var deviceLimit: Int?
    /// Devices that live at the same time.
    public var concurrency = 8
    /// Chooses devices, losses and offline phases.
    public var seed: UInt64 = 1
    /// Where devices keep their files; each device's are removed when it ends.
    public var folder: URL
    /// How often ``restart`` is called, spread over the devices.
    public var restarts = 0
    /// Kills the service and starts it again.
    public var restart: () async throws -> Void = {}
    /// Receives progress: what is under way, devices done and in all; throws to end the simulation.
    public var progress: (_ label: String, _ done: Int, _ total: Int) throws -> Void = { _, _, _ in }
    /// What the user calls the data.
    public var data: String
    /// The settings as the user gave them, by key.
    public var described: [String: String] = [:]
    /// The command line that repeats it.
    public var command = ""

    /// Creates a simulation.
    public init(_ published: PublishedModel, settings: SimulationSettings, folder: URL, data: String) {
        (self.published, self.settings, self.folder, self.data) = (published, settings, folder, data)
    }

    /// How devices live under a policy, `nil` for those that refresh: under one by which they learn a code they run the model that has
    /// a basis.
    func settings(under policy: SimulatedPolicy?) -> SimulationSettings {
        guard policy?.needsBasis == true else { return settings }
        var own = settings
        own.model = (patched ?? published).manifest.name
        own.sharesCode = sharesCodes
        return own
    }

    /// Bytes of the basis that devices fetch under a policy, by its name among costs; nothing where they need none.
    func basisCost(under policy: SimulatedPolicy) -> [String: Double] {
        guard policy.needsBasis, let file = (patched ?? published).manifest.files[BundleLayout.basis] else {
            return [:]
        }
        return ["basisBytes": Double(file.bytes)]
    }

    /// Checks that the models have what the policies need.
    ///
    /// - Throws: ``ExperimentError``.
    func checkBases() throws {
        let model = patched ?? published
        for policy in policies where policy.learning != nil {
            if policy.needsBasis, model.manifest.files[BundleLayout.basis] == nil {
                throw ExperimentError(
                    "the policy '\(policy.name)' learns within a basis, and '\(model.manifest.name)' has none; publish a model that was trained "
                        + "with --generator meta-patch, and name it with --basis-model"
                )
            }
            if !policy.needsBasis, published.manifest.files[BundleLayout.basis] != nil {
                throw ExperimentError(
                    "the policy '\(policy.name)' learns whole layers, and devices of '\(published.manifest.name)' learn a code within its "
                        + "basis; use meta-patch"
                )
            }
        }
        guard let patched else { return }
        guard patched.itemNames == published.itemNames, patched.manifest.outputs == published.manifest.outputs else {
            throw ExperimentError(
                "'\(patched.manifest.name)' has other items or outputs than '\(published.manifest.name)', so that their devices cannot be "
                    + "compared; train both on the same data"
            )
        }
    }

    /// Some of all subjects, chosen by the seed.
    func chosen<Subject: Comparable>(_ all: [Subject]) -> [Subject] {
        guard let deviceLimit, deviceLimit < all.count else { return all }
        var random = SeededGenerator(seed: seed)
        return Array(all.shuffled(using: &random).prefix(deviceLimit)).sorted()
    }
}

/// A learning task whose held-out subjects can live as devices.
public protocol SimulatedTask: LearningTask {
    /// Lets the held-out subjects live as devices.
    ///
    /// - Parameters:
    ///   - simulation: The service, and how devices live.
    ///   - base: What personal weights are compared with; `nil` for devices that never refresh.
    /// - Returns: Each policy as a method, with what it costs a device.
    func simulate(_ simulation: Simulation, base: ModelBundle?) async throws -> ExperimentResult

    /// Measures the device runtime with parameters that travelled in a format.
    ///
    /// - Parameters:
    ///   - bundle: A bundle with a generator.
    ///   - format: How the weights travel.
    func evaluatePayload(_ bundle: ModelBundle, _ format: PayloadFormat) throws -> PayloadEvaluation
}

/// One device, lived through from its installation.
protocol Replay: Sendable {
    associatedtype Outcome: Sendable
    /// Where the device keeps its files.
    var folder: URL { get }
    func run() async throws -> Outcome
}

extension Simulation {
    /// Lets devices live, ``concurrency`` at a time.
    ///
    /// - Parameters:
    ///   - replays: The devices.
    ///   - label: What is under way, for progress.
    ///   - share: The part of the whole simulation that this is, over which ``restarts`` are spread; empty where there is nothing to
    ///     lose by a restart.
    /// - Returns: What each device saw, in the order of the replays.
    func outcomes<Device: Replay>(
        of replays: [Device],
        label: String,
        share: Range<Double> = 0..<1
    ) async throws -> [Device.Outcome] {
        var outcomes = [Device.Outcome?](repeating: nil, count: replays.count)
        try await withThrowingTaskGroup(of: (Int, Device.Outcome).self) { group in
            var waiting = replays.enumerated().makeIterator()
            func start() {
                guard let (place, replay) = waiting.next() else { return }
                group.addTask {
                    defer { try? FileManager.default.removeItem(at: replay.folder) }
                    return (place, try await replay.run())
                }
            }
            for _ in 0..<concurrency { start() }
            var done = 0
            func passed(_ done: Int) -> Int {
                let part =
                    share.lowerBound + (share.upperBound - share.lowerBound) * Double(done) / Double(replays.count)
                return Int((part * Double(restarts + 1)).rounded(.down))
            }
            while let (place, outcome) = try await group.next() {
                start()
                outcomes[place] = outcome
                done += 1
                try progress(label, done, replays.count)
                if !share.isEmpty, done < replays.count, passed(done) > passed(done - 1) { try await restart() }
            }
        }
        return outcomes.map { outcome in
            guard let outcome else { preconditionFailure("every device ends with an outcome") }
            return outcome
        }
    }
}
