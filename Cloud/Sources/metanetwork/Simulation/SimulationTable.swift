import MetaNetworkTraining

/// The simulation as plain text for the terminal.
struct SimulationTable: Sendable {
    let report: SimulationReport
    private let numbers = NumberText.plain

    init(_ report: SimulationReport) { self.report = report }

    func text() -> String {
        var lines = [
            "\(numbers.grouped(report.devices)) devices, \(numbers.grouped(report.rankings)) rankings of 1 held-out item and 99 others",
            "",
        ]
        lines += TextTable.aligned([qualityHead] + report.policies.map(quality), right: [1, 2, 3, 5, 6])
        lines += [""]
        lines += TextTable.aligned([trafficHead] + report.policies.map(traffic), right: [1, 2, 3, 4, 5, 6, 7])
        lines += ["", "AUC by age of the weights, in samples; in brackets the base on the same rankings"]
        lines += TextTable.aligned(
            report.policies.flatMap { policy in
                policy.byAge.enumerated().map { place, age in
                    [
                        place == 0 ? policy.name : "", age.samples ?? "base", numbers.grouped(age.rankings),
                        "\(numbers.fixed(age.personal["auc"])) (\(numbers.fixed(age.base["auc"])))",
                    ]
                }
            },
            right: [2]
        )
        lines += ["", "gain: over \(report.base); brackets: 95 % interval, paired bootstrap over users."]
        return lines.joined(separator: "\n") + "\n"
    }

    private let qualityHead = [
        "policy", "personal", "AUC", "gain", "95 % interval", "NDCG@10", "gain", "95 % interval",
    ]

    private func quality(_ policy: SimulationReport.Policy) -> [String] {
        [policy.name, "\(numbers.fixed(100 * policy.personalShare, decimals: 0)) %"]
            + ["auc", "ndcg@10"].flatMap { metric in
                let gain = policy.gain[metric]
                return [
                    numbers.fixed(policy.personal[metric]), numbers.signed(gain?.difference),
                    gain.map { numbers.interval(.init(lower: $0.lower, upper: $0.upper)) } ?? "",
                ]
            }
    }

    private let trafficHead = [
        "policy", "requests", "refreshes", "failures", "bytes up", "bytes down", "p50 ms", "p99 ms", "why they failed",
    ]

    private func traffic(_ policy: SimulationReport.Policy) -> [String] {
        let traffic = policy.traffic
        let failures = traffic.failures.sorted { $0.key < $1.key }
        return [
            policy.name, numbers.grouped(traffic.requests), numbers.grouped(traffic.refreshes),
            numbers.grouped(failures.map(\.value).reduce(0, +)), numbers.grouped(Int(traffic.bytesUpPerDevice)),
            numbers.grouped(Int(traffic.bytesDownPerDevice)), numbers.fixed(traffic.latency["p50"], decimals: 1),
            numbers.fixed(traffic.latency["p99"], decimals: 1),
            failures.map { "\($0.key) \($0.value)" }.joined(separator: ", "),
        ]
    }
}
