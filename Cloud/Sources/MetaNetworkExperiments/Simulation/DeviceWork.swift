import MetaNetworkClient

/// What personal weights cost a device itself, however it comes to them.
struct DeviceWork: Sendable {
    /// Gradient steps that it took.
    private(set) var steps = 0
    /// Multiply-adds of these steps.
    private(set) var multiplyAdds = 0
    /// Seconds that it learned.
    private(set) var learning = 0.0
    /// Seconds from weights wanted to weights in use, or found to be no better, each time.
    private(set) var ready: [Double] = []

    /// Learns, and takes note of what it took.
    ///
    /// A ranking whose user has too short a past is left as it is.
    mutating func learn(
        _ learning: any DeviceLearning,
        _ model: PersonalModel,
        _ examples: [LabelledInput]? = nil
    ) async throws {
        if let examples, examples.isEmpty { return }
        let clock = ContinuousClock()
        let began = clock.now
        let report: LearningReport
        do {
            report = try await learning.learn(model, examples)
        } catch ClientError.invalidInput(let reason) {
            throw ExperimentError("a device cannot learn: \(reason)")
        }
        let seconds = (clock.now - began) / .seconds(1)
        steps += report.steps
        multiplyAdds += report.multiplyAdds
        self.learning += seconds
        ready.append(seconds)
    }

    /// Takes note of an answer of the service that came meanwhile.
    mutating func waited(seconds: Double) { ready.append(seconds) }

    mutating func add(_ other: DeviceWork) {
        steps += other.steps
        multiplyAdds += other.multiplyAdds
        learning += other.learning
        ready += other.ready
    }

    /// What a device costs, by the names of ``MeasuredMethod/cost``.
    ///
    /// - Parameter devices: Number of devices whose work this is; 1 or more.
    func cost(devices: Int) -> [String: Double] {
        let count = Double(devices)
        var cost = [
            "deviceSteps": Double(steps) / count, "deviceMultiplyAdds": Double(multiplyAdds) / count,
            "learningSeconds": learning / count,
        ]
        if !ready.isEmpty { cost["readyMilliseconds"] = 1000 * ready.sorted()[ready.count / 2] }
        return cost
    }
}
