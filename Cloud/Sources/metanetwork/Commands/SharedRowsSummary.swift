import Foundation
import MetaNetworkData
import MetaNetworkExperiments
import MetaNetworkFederated

/// What a run of `federate` whose devices share rows came to, as a result and in a few lines.
struct SharedRowsSummary {
    let run: CodedResult
    let settings: FederateSettings
    let data: SharedRegression
    let record: [String: String]

    /// In the form that reports and scripts read.
    var result: ExperimentResult {
        let name = settings.plan.method.rawValue
        var result = ExperimentResult(
            experiment: "federate",
            data: DataSummary(
                name: settings.data ?? "",
                sha256: data.digest,
                facts: data.facts.map(DataSummary.Fact.init)
            ),
            split: data.split,
            seeds: 1,
            sets: [MeasuredSet(name: "test", label: "rows that no device learns from"), .training],
            methods: [
                MeasuredMethod(
                    Method(name: name, label: name, role: .method),
                    model: FederatedSource.model(of: settings),
                    metrics: run.metrics.mapValues { $0.mapValues { Statistic([$0]) } },
                    cost: run.cost
                )
            ],
            curves: RecordedRounds.curves(name, [RecordedRounds(run.points)]),
            settings: record,
            command: "metanetwork federate"
        )
        result.map = DeviceMap(run, data)
        return result
    }

    /// For the terminal.
    var text: String {
        let last = run.last
        let megabytes = { (bytes: Int) in (Double(bytes) / 1e6).formatted(digits: 2) }
        var lines = [
            "\(settings.plan.method.rawValue), \(last.version) models, \(data.description)",
            "  test error       \(last.error.formatted(digits: 4)), \((100 * last.excess).formatted(digits: 1)) % above least squares",
        ]
        if let accuracy = last.accuracy {
            lines.append("  accuracy         \(accuracy.formatted(digits: 4)) of rows that no device learns from")
        }
        lines += [
            "  simulated time   \(last.seconds.formatted(digits: 1)) s, \(run.exchangeSeconds.formatted(digits: 1)) s of it for sending rows",
            "  an iteration     \(run.loads.seconds.formatted(digits: 4)) s of rows",
            "  sent by devices  \(megabytes(last.bytesUp)) MB, to them \(megabytes(last.bytesDown)) MB, between them "
                + "\(megabytes(last.bytesBetween)) MB",
        ]
        if let rate = run.rate {
            let excess = run.loads.excess.reduce(0, +)
            lines.append(
                "  code rate        \(rate.formatted(digits: 3)): \(run.loads.coded) rows for \(excess) that devices have no time for"
            )
        }
        if let recovery = run.recovery {
            lines.append("  recovery         \(recovery.formatted(digits: 1)) s from new rows to the target")
        }
        if !data.graph.isolated.isEmpty {
            lines.append("  without a link   \(data.graph.isolated.count) devices, which compute all of their rows")
        }
        if run.hasFewCodedRows {
            lines.append(
                "  few coded rows   \(run.loads.coded), no more than \(run.width + 1), one for each input and one more: the error keeps a "
                    + "floor; raise --code-rate"
            )
        }
        return lines.joined(separator: "\n")
    }
}
