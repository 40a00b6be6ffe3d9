import MetaNetwork
import MetaNetworkData
import MetaNetworkTraining

/// What inputs come to where a device answers most of them and a larger model in the cloud a share, chosen by a policy (DMD,
/// arXiv 2410.12165).
package struct DeferredAnswers {
    /// Metrics for each share, the set `deferred-PERCENT`.
    package let scores: Scores
    /// Whether deferring can pay: `disagreement`, `cloud-right`, `device-right`, `device-alone-right`.
    package let measures: [String: Double]

    /// Shares of the inputs that the cloud answers, in percent.
    package static let percents = [10, 20, 30, 40, 50, 60]

    /// Name of the set of a share.
    package static func setName(_ percent: Int) -> String { "deferred-\(percent)" }

    /// - Parameters:
    ///   - edge: The device's model, which tells classes.
    ///   - cloud: The cloud's.
    ///   - policy: Which inputs the cloud answers. It learns from those of the validation part, which chose the epoch of both
    ///     models and taught them nothing else.
    ///   - seed: Seed of what the policy draws and learns.
    package init(
        edge: TaughtModel,
        cloud: TaughtModel,
        _ policy: DeferringPolicy,
        seed: UInt64
    ) throws {
        let test = try TwoAnswers(edge, cloud, on: .test)
        var switcher: SwitcherNetwork?
        if policy.learns {
            let unlabelled = try TwoAnswers(edge, cloud, on: .validation)
            var labels = policy == .supervised ? unlabelled.isRight.edge : unlabelled.agree
            var random = SeededGenerator(seed: seed, streams: [22])
            if policy == .shuffled { labels.shuffle(using: &random) }
            switcher = try SwitcherNetwork(unlabelled.known, labels, seed: seed)
        }
        let sureness = try Self.sureness(policy, test, switcher, seed)
        scores = Scores(
            Self.percents.map { percent in
                (
                    Self.setName(percent), "\(percent) % answered by the cloud",
                    test.deferring(Self.deferred(policy, sureness, Double(percent) / 100, seed))
                )
            }
        )
        measures = test.prospects.measures
    }

    /// How surely the device's own answers will do; those of the least are deferred.
    private static func sureness(
        _ policy: DeferringPolicy,
        _ test: TwoAnswers,
        _ switcher: SwitcherNetwork?,
        _ seed: UInt64
    ) throws -> [Float] {
        switch policy {
        case .never, .always: return test.known.map { _ in 0 }
        case .switcher, .shuffled, .supervised:
            guard let switcher else { preconditionFailure("'\(policy.rawValue)' has learned a switcher") }
            return try switcher.scores(test.known)
        case .margin: return test.margins
        case .random:
            var random = SeededGenerator(seed: seed, streams: [23])
            return test.known.map { _ in random.uniform() }
        case .oracle:
            return zip(test.isRight.edge, test.isRight.cloud).map { ($0 ? 1 : 0) - ($1 ? 1 : 0) }
        }
    }

    /// The inputs that the device is least sure of, as many as the share; of equals some by lot.
    private static func deferred(
        _ policy: DeferringPolicy,
        _ sureness: [Float],
        _ share: Double,
        _ seed: UInt64
    ) -> [Bool] {
        switch policy {
        case .never: return sureness.map { _ in false }
        case .always: return sureness.map { _ in true }
        default: return Chosen.most(sureness.map { -$0 }, share: share, seed: seed)
        }
    }
}
