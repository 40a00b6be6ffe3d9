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

    func run() throws {
        let bundle = try ModelBundle(contentsOf: URL(fileURLWithPath: bundle))
        let settings = try RunSettings(
            flags: [
                ["k-core": bundle.manifest.training["k-core"]], data.flags, ["threads": threads.map(String.init)],
            ]
        )
        try settings.applyThreads()
        let progress = output.progress
        let dataset = try settings.dataset(progress, itemNames: bundle.itemNames)
        let measured = try ComparisonMeasurement(
            bundle.trainedModel(),
            ComparisonVariant(rawValue: bundle.manifest.generator?.form ?? "none") ?? .none,
            dataset,
            EvaluationCandidates(dataset, .test)
        )
        var run = measured.run
        run.restore(from: bundle.manifest)
        if output.json { try output.printJSON(run) } else { print(MetricsTable.text(run)) }
    }
}
