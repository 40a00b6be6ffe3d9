import MetaNetworkClient
import Synchronization

/// A refresh policy by its name.
public struct SimulatedPolicy: Sendable {
    /// As the user wrote it.
    public let name: String
    let policy: any RefreshPolicy

    /// The device that never refreshes: what the others are compared with.
    public static let never = SimulatedPolicy(name: "never", policy: AnyOf([]))

    /// - Parameter name: `every-N` (samples), `drift-X` (cosine distance), `interval-SECONDS` (between two refreshes), `never`.
    public init(named name: String) throws {
        let parts = name.split(separator: "-", maxSplits: 1)
        let number = parts.count == 2 ? Double(parts[1]) : nil
        switch (parts.first, number) {
        case ("never", nil) where parts.count == 1: self = .never
        case ("every", let count?) where (1...1e6).contains(count) && count == count.rounded():
            self.init(name: name, policy: EverySamples(Int(count)))
        case ("drift", let distance?) where (0...2).contains(distance):
            self.init(name: name, policy: OnDrift(distance))
        case ("interval", let seconds?) where (0...1e9).contains(seconds):
            self.init(name: name, policy: AtMostEvery(.seconds(seconds), EverySamples(1)))
        default:
            throw ExperimentError(
                "policy '\(name)' is not known; use every-N (samples), drift-X (0 to 2), interval-SECONDS or never"
            )
        }
    }

    private init(name: String, policy: any RefreshPolicy) {
        self.name = name
        self.policy = policy
    }
}

/// A policy that is not asked while a device's past is put in.
final class GatedPolicy: RefreshPolicy {
    private let policy: any RefreshPolicy
    private let isOpen = Atomic<Bool>(false)

    init(_ policy: any RefreshPolicy) { self.policy = policy }

    func open() { isOpen.store(true, ordering: .relaxed) }

    func isDue(_ situation: RefreshSituation) -> Bool { isOpen.load(ordering: .relaxed) && policy.isDue(situation) }
}
