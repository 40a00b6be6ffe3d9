import MetaNetwork
import MetaNetworkData
import MetaNetworkTraining
import Synchronization

/// Devices with a candidate, beside others with the current version and a hold-out: what the service makes of the choices that they share,
/// and when it stops the candidate.
package struct CandidateTrial: Sendable {
    /// What devices have.
    package enum Group: String, Sendable, CaseIterable {
        /// The current version.
        case current
        /// The candidate.
        case candidate
        /// The current version's base weights.
        case holdout

        fileprivate var label: String {
            switch self {
            case .current: "the current version"
            case .candidate: "the candidate"
            case .holdout: "base weights"
            }
        }

        fileprivate var role: Method.Role {
            switch self {
            case .current: .baseline
            case .candidate: .method
            case .holdout: .control
            }
        }
    }

    /// What the service knows at one moment.
    package struct Reading: Sendable {
        /// Mean NDCG@10 of each group's devices, with how many they are.
        package var groups: [(group: Group, devices: Int, mean: Double)]
        /// Why the candidate was stopped; `nil` while it is not.
        package var stop: String?

        /// Creates a reading.
        package init(groups: [(group: Group, devices: Int, mean: Double)], stop: String?) {
            (self.groups, self.stop) = (groups, stop)
        }
    }

    /// What the service knows now.
    let read: @Sendable () async throws -> Reading

    /// - Parameter read: Reads what the service knows.
    package init(read: @escaping @Sendable () async throws -> Reading) { self.read = read }

    /// How long it waits from one reading to the next.
    private static let pause = Duration.milliseconds(250)

    /// Lets the devices of a simulation live, and reads meanwhile.
    ///
    /// - Parameters:
    ///   - task: What the devices rank.
    ///   - simulation: The service, which knows the candidate, and how devices live: under one policy.
    /// - Returns: What they ranked and cost; the curves of each group by the number of devices that have lived; and how many devices had the
    ///   candidate when it was stopped and at the end.
    /// - Throws: What a device or a reading throws.
    package func result(of task: RankingTask, _ simulation: Simulation) async throws -> ExperimentResult {
        var simulation = simulation
        simulation.settings.livesFromNow = true
        simulation.settings.sharesSamples = true
        let (progress, done) = (simulation.progress, Lived())
        simulation.progress = { label, count, total in
            done.count.store(count, ordering: .relaxed)
            try progress(label, count, total)
        }
        let reading = Task { try await readings(done) }
        let lived: LivedDevices
        do {
            lived = try await task.lived(simulation)
        } catch {
            reading.cancel()
            throw error
        }
        // What was shared last is counted by then.
        try await Task.sleep(for: Self.pause * 12)
        done.hasEnded.store(true, ordering: .relaxed)
        return result(simulation, lived, try await reading.value)
    }

    /// Devices that have lived.
    private final class Lived: Sendable {
        let count = Atomic(0)
        let hasEnded = Atomic(false)
    }

    private func readings(_ lived: Lived) async throws -> [(devices: Int, reading: Reading)] {
        var all: [(devices: Int, reading: Reading)] = []
        while true {
            let (count, isLast) = (lived.count.load(ordering: .relaxed), lived.hasEnded.load(ordering: .relaxed))
            let reading = try await read()
            if all.last?.devices == count, all.last?.reading.stop == reading.stop { all.removeLast() }
            all.append((count, reading))
            if isLast { return all }
            try await Task.sleep(for: Self.pause)
        }
    }

    private func result(
        _ simulation: Simulation,
        _ lived: LivedDevices,
        _ readings: [(devices: Int, reading: Reading)]
    ) -> ExperimentResult {
        guard let last = readings.last?.reading else { preconditionFailure("there is a reading at the end") }
        let stopped = readings.first { $0.reading.stop != nil }
        func devices(_ reading: Reading) -> Int { reading.groups.first { $0.group == .candidate }?.devices ?? 0 }
        var facts = last.groups.map { (label: "Devices with \($0.group.label)", count: $0.devices) }
        if let stopped {
            facts.append(("Devices that had lived when the candidate was stopped", stopped.devices))
            facts.append(("Of them with the candidate", devices(stopped.reading)))
        }
        let set = MeasuredSet(name: "choices", label: "choices that devices shared", subjects: "devices")
        var result = SimulationResult(simulation, facts: facts, sets: lived.scores.measuredSets + [set])
        result.add(Method(name: "devices", label: "all devices", role: .base), lived.scores, cost: lived.cost)
        for group in last.groups {
            let (name, role) = (group.group.rawValue, group.group.role)
            let method = Method(name: name, label: group.group.label, role: role)
            result.result.methods.append(
                MeasuredMethod(
                    method,
                    model: simulation.published.manifest.name,
                    metrics: [set.name: ["ndcg@10": Statistic([group.mean])]]
                )
            )
            result.result.curves.append(
                Curve(
                    method: name,
                    axis: "devices",
                    set: set.name,
                    metric: "ndcg@10",
                    points: readings.compactMap { devices, reading in
                        reading.groups.first { $0.group == group.group }
                            .map { Curve.Point(x: Double(devices), mean: $0.mean, sd: 0) }
                    }
                )
            )
        }
        result.result.settings[Self.stopped] = last.stop ?? Self.no
        return result.result
    }

    private static let stopped = "stopped"
    private static let no = "no"

    /// Whether the candidate of a result was stopped, and why.
    package static func outcome(_ result: ExperimentResult) -> String {
        guard let reason = result.settings[stopped] else { preconditionFailure("the result is of no trial") }
        return reason == no ? "the candidate was not stopped" : "the candidate was stopped: \(reason)"
    }
}
