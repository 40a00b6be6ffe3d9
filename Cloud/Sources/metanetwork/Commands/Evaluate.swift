import ArgumentParser
import Foundation
import MetaNetworkBundles
import MetaNetworkData
import MetaNetworkExperiments
import MetaNetworkPublishing
import MetaNetworkSettings
import MetaNetworkTraining
import MetaNetworkWire

/// `metanetwork evaluate`: a bundle on held-out data.
struct Evaluate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure a bundle on the test part of a data set.",
        discussion: """
            Items are matched with the bundle's vocabulary by their raw ids; items that it does not know are left out.

            Examples:
              metanetwork evaluate runs/movies --data ml-100k
              metanetwork evaluate runs/movies --data ml-100k --json
              metanetwork evaluate runs/movies --data ml-100k --per-user users.csv
            """
    )

    @Argument(help: "Folder of the bundle.")
    var bundle: String

    @OptionGroup var output: OutputOptions
    @OptionGroup var options: EvaluateOptions

    @Flag(help: "Also measure the device's own runtime with parameters that travelled in f32, f16 and int8.")
    var payloads = false

    @Option(
        help: ArgumentHelp(
            "Also write the metrics of each user with their ids: .csv, .tsv or .jsonl.",
            valueName: "file"
        )
    )
    var perUser: String?

    /// What `--payloads --json` prints.
    private struct Measured: Encodable {
        let run: Run
        let payloads: [PayloadEvaluation]
    }

    func run() throws {
        let bundle = try ModelBundle(contentsOf: URL(fileURLWithPath: bundle))
        let settings = try options.merged(bundle: DataSettings.trained(bundle.provenance))
        try settings.values(ThreadSettings.self).apply()
        let task = try settings.values(DataSettings.self)
            .learningTask(of: bundle.manifest, bundle.provenance, itemNames: bundle.itemNames, output.progress)
        try evaluate(bundle, task)
    }

    private func evaluate(_ bundle: ModelBundle, _ task: some SimulatedTask) throws {
        let trained = try bundle.trainedModel()
        let users = try perUser.map { try UserScoresFile(URL(fileURLWithPath: $0)) }
        let scores = try trained.scores(task)
        try users?.write(scores, of: task)
        let run = try Run(trained, scores, of: bundle.manifest, bundle.provenance)
        let travelled = try payloads ? PayloadFormat.allCases.map { try task.evaluatePayload(bundle, $0) } : []
        guard !output.json else {
            return try payloads ? output.printJSON(Measured(run: run, payloads: travelled)) : output.printJSON(run)
        }
        print(scores.text)
        if payloads { print("on the device, by format of the parameters (\(scores.sets[0].label))") }
        for payload in travelled {
            let shown = Metric.ordered(payload.metrics.keys).filter { !$0.isCutOff }
            let values = shown.map { "\($0.name) \(payload.metrics[$0.name, default: .nan].formatted(digits: 6))" }
            print(
                "  \(payload.format)  \(values.joined(separator: "  "))  \(payload.bytes) bytes, largest error of a weight "
                    + "\(payload.largestError)"
            )
        }
    }
}

/// Everything that sets `evaluate`; what the bundle says of its data goes before the environment.
struct EvaluateOptions: SettingOptions {
    @OptionGroup var data: DataOptions
    @OptionGroup var file: FileOptions
    @OptionGroup var threads: ThreadOptions

    static let declarations = DataSettings.declarations + ThreadSettings.declarations

    static func adjust(_ settings: inout MergedSettings) { settings.adjustToTask() }
}
