import ArgumentParser
import Foundation
import MetaNetworkData
import MetaNetworkExperiments
import MetaNetworkFederated
import MetaNetworkPNG
import MetaNetworkSettings
import MetaNetworkTraining
import Torch

extension Federate {
    /// Runs the method that generates images.
    func runImages(_ settings: FederateSettings, _ merged: MergedSettings) throws {
        guard settings.out == nil else {
            throw ConfigurationError(
                "'\(settings.plan.method.rawValue)' comes to a generator of images, which is no device model; no bundle is made of it: leave "
                    + "out --out, and take --samples for images and --report for a page"
            )
        }
        let folder = samples.map { URL(fileURLWithPath: $0) }
        if let folder { try ImageSet.checkPlace(folder) }
        let files = try report.map { try ReportFiles(in: URL(fileURLWithPath: $0)) }
        let seed = merged.values(TrainingConfiguration.self).seed
        let progress = output.progress
        let source = try FederatedSource(merged) { try $0.dataset(progress) }
        let data = try source.generated(settings, seed: seed)
        // With one thread the same settings have the same bits.
        try LibTorch.setThreads(1)
        let run = try withInterrupt(progress) { flag in
            try settings.plan.run(data, settings.split, seed: seed, shouldStop: { flag.isSet }) { point in
                progress.update(
                    label: "rounds",
                    done: point.version,
                    total: settings.plan.models,
                    detail: "Fréchet distance \(point.quality.frechet.formatted(digits: 2)), "
                        + "\(point.quality.covered) classes, \(Int(point.seconds)) s simulated"
                )
            }
        }
        let summary = SplitSummary(run: run, settings: settings, data: data, record: merged.record())
        let result = try summary.result()
        if let folder {
            try ImageSet.write(run.images, width: data.width, classes: data.examples.classes, to: folder)
        }
        if let files { try files.write(result) }
        if output.json { return try output.printJSON(result) }
        print(summary.text)
        if let files { print("report: \(files.page)") }
        if let folder { print("images: \(folder.path) (train --task images --data \(folder.path) reads them)") }
    }
}
