import ArgumentParser
import Foundation
import MetaNetwork
import MetaNetworkData
import MetaNetworkTraining

/// `metanetwork evaluate`: a bundle on held-out interactions.
struct Evaluate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure a bundle on the test part of a data set.",
        discussion: """
            Items are matched with the bundle's vocabulary by their raw ids; items that it does not know are left out.

            Examples:
              metanetwork evaluate runs/movies --data ml-100k
              metanetwork evaluate runs/movies --data ml-100k --json
            """
    )

    @Argument(help: "Folder of the bundle.")
    var bundle: String

    @OptionGroup var output: OutputOptions
    @OptionGroup var data: DataOptions

    @Option(help: "Threads of LibTorch (default: all cores).")
    var threads: Int?

    @Flag(help: "Also measure the device's own runtime with parameters that travelled in f32, f16 and int8.")
    var payloads = false

    /// What `--payloads --json` prints.
    private struct Measured: Encodable {
        let run: Comparison.Run
        let payloads: [PayloadEvaluation]
    }

    func run() throws {
        let bundle = try ModelBundle(contentsOf: URL(fileURLWithPath: bundle))
        let settings = try RunSettings(
            flags: [
                RunSettings.dataSettings(of: bundle.manifest), data.flags, ["threads": threads.map(String.init)],
            ]
        )
        try settings.applyThreads()
        let progress = output.progress
        let workload = try settings.workload(
            progress,
            reading: bundle.manifest.architecture,
            itemNames: bundle.itemNames,
            classes: bundle.manifest.outputs?.names
        )
        let variant = ComparisonVariant(rawValue: bundle.manifest.generator?.form ?? "none") ?? .none
        var run = try workload.measure(bundle.trainedModel(), variant).run
        run.restore(from: bundle.manifest)
        guard payloads else {
            return output.json ? try output.printJSON(run) : print(MetricsTable.text(run))
        }
        guard let ranking = workload as? RankingWorkload else {
            throw ConfigurationError("--payloads measures rankings; a model over vectors has none")
        }
        let dataset = ranking.dataset
        let candidates = try EvaluationCandidates(dataset, .test)
        let travelled = try PayloadFormat.allCases.map { try PayloadEvaluation(bundle, dataset, candidates, $0) }
        if output.json { return try output.printJSON(Measured(run: run, payloads: travelled)) }
        print(MetricsTable.text(run))
        print("on the device, by format of the parameters (99 sampled negatives)")
        for payload in travelled {
            let values = ["auc", "ndcg@10"].map { "\($0) \((payload.sampled[$0] ?? .nan).formatted(digits: 6))" }
            print(
                "  \(payload.format)  \(values.joined(separator: "  "))  \(payload.bytes) bytes, largest error of a weight "
                    + "\(payload.largestError)"
            )
        }
    }
}
