import MetaNetworkClient
import MetaNetworkCollaboration
import MetaNetworkData
import MetaNetworkDevice
import MetaNetworkTraining

/// What a device that changes its wearer answers where each request serves until the next one.
///
/// It decides as the SDK does: by a policy of the client, after every sample. Weights come at once; what networks do to them, simulations
/// measure. The first weights are the first wearer's, made when the device changes hands for the first time, and count as no request.
struct KeptWeights {
    /// Metrics of all answers, the set ``setName``.
    let scores: Scores
    /// Share of the answers that a request came before.
    let askedShare: Double

    /// Name of the set.
    static let setName = "running"

    /// - Parameters:
    ///   - trained: A model with a generator.
    ///   - task: What was learned: classes.
    ///   - policy: When the device asks.
    ///   - seed: Seed of the stream and of the gate.
    init(_ trained: TrainedModel, _ task: EpisodicTask, _ policy: SimulatedPolicy, seed: UInt64) throws {
        let device = try WornDevice(trained, task, on: .test, seed: seed)
        let gate =
            try policy.needsGate
            ? RequestGate(IntellectReq(seed: seed).weights(of: trained, on: task), sampleWidth: device.sampleWidth)
            : nil
        var weights: [(moment: Int, made: Int)] = []
        var (made, requests) = (device.moments.lowerBound, 0)
        for (decisions, moment) in device.moments.enumerated() {
            let (recent, behind) = (device.mean(at: moment), device.mean(at: made))
            let situation = RefreshSituation(
                samples: moment - made,
                recent: recent,
                behind: behind,
                foresight: gate.flatMap {
                    .init($0, recent: recent, behind: behind, decisions: decisions, requests: requests)
                }
            )
            if policy.policy.isDue(situation) { (made, requests) = (moment, requests + 1) }
            weights.append((moment, made))
        }
        let answers = try device.answers(weights)
        scores = Scores([(Self.setName, "a device that keeps its weights", answers)], subjects: "wearers")
        askedShare = Double(requests) / Double(weights.count)
    }
}
