import Foundation
import MetaNetworkData
import MetaNetworkTraining

/// What a simulation found: numbers over all devices, nothing of one of them.
struct SimulationReport: Encodable, Sendable {
    let data: String
    let model: String
    let version: String
    /// What the policies are compared with.
    let base: String
    let devices: Int
    let rankings: Int
    /// Wall-clock seconds.
    let seconds: Double
    let command: String
    let configuration: [String: String]
    let policies: [Policy]

    /// One policy.
    struct Policy: Encodable, Sendable {
        let name: String
        /// Share of the rankings that had personal weights.
        let personalShare: Double
        let personal: [String: Double]
        let base: [String: Double]
        let gain: [String: Gain]
        let byAge: [Age]
        let traffic: TrafficSummary
    }

    /// The difference from the base, with its 95 % interval over users.
    struct Gain: Encodable, Sendable {
        let difference: Double
        let lower: Double
        let upper: Double
    }

    /// Rankings with weights of about one age.
    struct Age: Encodable, Sendable {
        /// Samples since the weights were generated; `nil` for the base.
        let samples: String?
        let rankings: Int
        let personal: [String: Double]
        let base: [String: Double]
    }

    /// What went over the network.
    struct TrafficSummary: Encodable, Sendable {
        let requests: Int
        let refreshes: Int
        let failures: [String: Int]
        let bytesUpPerDevice: Double
        let bytesDownPerDevice: Double
        let fileBytesPerDevice: Double
        /// Milliseconds, by percentile.
        let latency: [String: Double]

        init(_ traffic: Traffic, devices: Int) {
            requests = traffic.requests
            refreshes = traffic.refreshes
            failures = traffic.failures
            let share = { (bytes: Int) in Double(bytes) / Double(max(devices, 1)) }
            bytesUpPerDevice = share(traffic.bytesUp)
            bytesDownPerDevice = share(traffic.bytesDown)
            fileBytesPerDevice = share(traffic.fileBytes)
            let sorted = traffic.latencies.sorted()
            var latency: [String: Double] = [:]
            for percent in [50, 90, 99] where !sorted.isEmpty {
                latency["p\(percent)"] = 1000 * sorted[min(sorted.count - 1, sorted.count * percent / 100)]
            }
            self.latency = latency
        }
    }
}

extension SimulationReport.Policy {
    private static let ages: [(name: String?, range: ClosedRange<Int>?)] = [
        (nil, nil), ("0", 0...0), ("1\u{2013}4", 1...4), ("5\u{2013}9", 5...9), ("10\u{2013}19", 10...19),
        ("20 or more", 20...Int.max),
    ]

    /// Compares a policy with the base on the same rankings.
    init(_ result: Simulator.Result, base other: Simulator.Result, _ candidates: EvaluationCandidates, devices: Int)
        throws
    {
        let (own, base) = (try Self.scores(result, candidates), try Self.scores(other, candidates))
        let (metrics, baseMetrics) = (try Metrics(own), try Metrics(base))
        let users = Array(Set(own.users.map(Int.init))).sorted()
        let intervals = PairedBootstrap().intervals([metrics], against: [baseMetrics], users: users)
        name = result.policy
        (personal, self.base) = (metrics.values, baseMetrics.values)
        gain = metrics.values.reduce(into: [:]) { gain, entry in
            let difference = entry.value - (baseMetrics.values[entry.key] ?? .nan)
            guard let interval = intervals[entry.key] else { return }
            gain[entry.key] = .init(difference: difference, lower: interval.lower, upper: interval.upper)
        }
        personalShare =
            Double(result.rankings.count { $0.age != nil }) / Double(max(result.rankings.count, 1))
        byAge = try Self.ages.compactMap { age in
            let isIn = result.rankings.map { ranking in
                ranking.age.map { samples in age.range?.contains(samples) ?? false } ?? (age.range == nil)
            }
            let count = isIn.count { $0 }
            guard count > 0 else { return nil }
            return SimulationReport.Age(
                samples: age.name,
                rankings: count,
                personal: try Metrics(Self.scores(result, candidates, isIn)).values,
                base: try Metrics(Self.scores(other, candidates, isIn)).values
            )
        }
        traffic = .init(result.traffic, devices: devices)
    }

    /// The scores of the rankings that pass.
    private static func scores(
        _ result: Simulator.Result,
        _ candidates: EvaluationCandidates,
        _ isIn: [Bool]? = nil
    ) throws -> RankedScores {
        let chosen = result.rankings.enumerated().filter { isIn?[$0.offset] ?? true }.map(\.element)
        return RankedScores(
            users: chosen.map { candidates.users[$0.row] },
            historyLengths: chosen.map { _ in 0 },
            scores: chosen.flatMap(\.scores),
            candidatesPerRow: 1 + candidates.negatives
        )
    }
}
