import ArgumentParser
import Foundation
import MetaNetworkData
import MetaNetworkExperiments
import MetaNetworkFederated
import MetaNetworkSettings
import MetaNetworkTraining

extension Federate {
    /// Runs a method whose devices share rows.
    func runRows(_ settings: FederateSettings, _ merged: MergedSettings) throws {
        guard settings.out == nil else {
            throw ConfigurationError(
                "'\(settings.plan.method.rawValue)' comes to a regression, on random features that no device model computes; no bundle is "
                    + "made of it: leave out --out, and take --report for a page"
            )
        }
        let files = try report.map { try ReportFiles(in: URL(fileURLWithPath: $0)) }
        let seed = merged.values(TrainingConfiguration.self).seed
        let progress = output.progress
        let source = try FederatedSource(merged) { try $0.dataset(progress) }
        let data = try source.regression(settings, seed: seed)
        let run = try withInterrupt(progress) { flag in
            try settings.plan.run(data, settings.coding, seed: seed, shouldStop: { flag.isSet }) { point in
                progress.update(
                    label: "models",
                    done: point.version,
                    total: settings.plan.models,
                    detail:
                        "\((100 * point.excess).formatted(digits: 1)) % above least squares, \(Int(point.seconds)) s simulated"
                )
            }
        }
        let summary = SharedRowsSummary(run: run, settings: settings, data: data, record: merged.record())
        if let files { try files.write(summary.result) }
        if output.json { return try output.printJSON(summary.result) }
        print(summary.text)
        if let files { print("report: \(files.page)") }
    }
}
