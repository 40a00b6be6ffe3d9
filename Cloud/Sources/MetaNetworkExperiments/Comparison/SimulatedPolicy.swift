import MetaNetwork
import MetaNetworkClient
import MetaNetworkData
import Synchronization

/// A refresh policy by its name.
public struct SimulatedPolicy: Sendable {
    /// As the user wrote it.
    public let name: String
    let policy: any RefreshPolicy
    /// How the device makes its weights itself whenever the policy is due; `nil` where it asks the service for them.
    let learning: (any DeviceLearning)?

    /// The device that never refreshes: what the others are compared with.
    public static let never = SimulatedPolicy(name: "never", policy: AnyOf([]))

    /// Whether devices under it learn a code, and so need a basis in the bundle.
    package var needsBasis: Bool { learning?.needsBasis == true }

    /// Whether devices need a gate in the bundle for it.
    package var needsGate: Bool { policy is WhenLikelyWrong || policy is WhenMoved }

    /// Whether it goes by the time since the last weights came.
    var readsClock: Bool { policy is AtMostEvery }

    /// - Parameter name: `every-N` (samples), `drift-X` (cosine distance), `interval-SECONDS` (between two refreshes), `never`; within a
    ///   budget `intellectreq-10%`, `distance-10%` and `random-10%`; for a device that learns by itself `fine-tune` and
    ///   `meta-patch`, or `fine-tune-N` and `meta-patch-N` for another number of steps than 20.
    /// - Throws: ``ExperimentError`` for another name.
    public init(named name: String) throws {
        if let learning = try Self.learning(name) {
            self.init(name: name, policy: EverySamples(FineTuningOnDevice.interval), learning: learning)
            return
        }
        let parts = name.split(separator: "-", maxSplits: 1)
        let number = parts.count == 2 ? Double(parts[1]) : nil
        let budget = parts.count == 2 && parts[1].hasSuffix("%") ? Share.read(String(parts[1])) : nil
        switch (parts.first, number, budget?.value) {
        case ("intellectreq", nil, let budget?): self.init(name: name, policy: WhenLikelyWrong(budget: budget))
        case ("distance", nil, let budget?): self.init(name: name, policy: WhenMoved(budget: budget))
        case ("random", nil, let share?): self.init(name: name, policy: ByLot(share: share))
        case ("never", nil, nil) where parts.count == 1: self = .never
        case ("every", let count?, nil) where (1...1e6).contains(count) && count == count.rounded():
            self.init(name: name, policy: EverySamples(Int(count)))
        case ("drift", let distance?, nil) where (0...2).contains(distance):
            self.init(name: name, policy: OnDrift(distance))
        case ("interval", let seconds?, nil) where (0...1e9).contains(seconds):
            self.init(name: name, policy: AtMostEvery(.seconds(seconds), EverySamples(1)))
        default:
            throw ExperimentError(
                "policy '\(name)' is not known; use every-N (samples), drift-X (0 to 2), interval-SECONDS, intellectreq-N%, distance-N%, "
                    + "random-N%, never, or fine-tune, meta-patch, fine-tune-STEPS and meta-patch-STEPS for devices that learn by themselves"
            )
        }
    }

    /// How devices learn under a policy of this name; `nil` where they ask.
    private static func learning(_ name: String) throws -> (any DeviceLearning)? {
        let parts = name.split(separator: "-", omittingEmptySubsequences: false)
        let isCode = parts.prefix(2) == ["meta", "patch"]
        guard isCode || parts.prefix(2) == ["fine", "tune"], parts.count <= 3 else { return nil }
        var steps = FineTuningOnDevice.defaultSteps
        if parts.count == 3 {
            guard let given = Int(parts[2]), (1...LearningBudget.mostSteps).contains(given) else {
                let kind = parts.prefix(2).joined(separator: "-")
                throw ExperimentError(
                    "policy '\(name)' is not known; use \(kind)-STEPS with 1 to \(LearningBudget.mostSteps) steps, or \(kind) for "
                        + "\(FineTuningOnDevice.defaultSteps)"
                )
            }
            steps = given
        }
        return isCode ? MetaPatchOnDevice(steps: steps) : FineTuningOnDevice(steps: steps)
    }

    private init(name: String, policy: any RefreshPolicy, learning: (any DeviceLearning)? = nil) {
        self.name = name
        self.policy = policy
        self.learning = learning
    }
}

/// After samples that are drawn by lot: the same ones whenever the same samples are recorded.
private struct ByLot: RefreshPolicy {
    let share: Double

    func isDue(_ situation: RefreshSituation) -> Bool {
        guard situation.samples > 0 else { return false }
        guard situation.behind != nil, let recent = situation.recent else { return true }
        var random = SeededGenerator(seed: 17, streams: recent.map { UInt64($0.bitPattern) })
        return Double(random.uniform()) < share
    }
}

/// A policy that is not asked while a device's past is put in.
final class PausedPolicy: RefreshPolicy {
    private let policy: any RefreshPolicy
    private let isOpen = Atomic<Bool>(false)

    init(_ policy: any RefreshPolicy) { self.policy = policy }

    func open() { isOpen.store(true, ordering: .relaxed) }

    func isDue(_ situation: RefreshSituation) -> Bool { isOpen.load(ordering: .relaxed) && policy.isDue(situation) }
}
