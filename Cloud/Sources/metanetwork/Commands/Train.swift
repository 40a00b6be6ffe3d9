import ArgumentParser
import Foundation
import MetaNetwork
import MetaNetworkData
import MetaNetworkTraining

/// `metanetwork train`: one model and its generator, from a log of interactions to a bundle.
struct Train: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Train a device model and its generator, and write a bundle.",
        discussion: """
            Examples:
              metanetwork train --data ml-100k --out runs/movies
              metanetwork train --data clicks.csv --user-column visitor --item-column page --model gru4rec --out runs/pages
              metanetwork train --config movies.yaml --epochs 50
              metanetwork train --data ml-100k --out runs/movies --resume
              metanetwork train --task images --data mnist-5k --shifts rotation --out runs/digits
              metanetwork train --task classification --data readings.csv --model gestures.json --out runs/gestures

            The state is saved after every epoch and on Ctrl-C beside the bundle (OUT.checkpoint); --resume goes on.
            """
    )

    @OptionGroup var output: OutputOptions
    @OptionGroup var data: DataOptions
    @OptionGroup var training: TrainingOptions

    @Option(
        help:
            "Device model: sasrec, gru4rec, din, cnn, or the path of an architecture in JSON (default: sasrec or cnn)."
    )
    var model: String?

    @Option(help: "Generator: none, plain, residual or stabilized (default: stabilized).")
    var generator: String?

    @Option(help: "Folder of the bundle to write.")
    var out: String?

    @Option(help: "Seed of every random source (default: 1).")
    var seed: UInt64?

    @Flag(help: "Go on from the checkpoint of an interrupted run with the same settings.")
    var resume = false

    @Option(help: ArgumentHelp("Write TensorBoard event files there.", valueName: "directory"))
    var tensorboard: String?

    private struct Result: Encodable {
        let bundle: String
        let version: String
        let run: Comparison.Run
    }

    func run() throws {
        let flags = [
            "model": model, "generator": generator, "out": out, "seed": seed.map(String.init),
            "tensorboard": tensorboard,
        ]
        let settings = try RunSettings(
            keys: Array(flags.keys),
            flags: [data.flags, training.flags, flags],
            config: training.config
        )
        let out = URL(fileURLWithPath: try settings.required("out", "give --out FOLDER for the bundle"))
        try ModelBundle.checkPlace(out)
        let names = ComparisonVariant.allCases.filter { $0 != .wide }.map(\.rawValue)
        let form = try settings.layers.choice("generator", default: "stabilized", of: names)
        let variant = ComparisonVariant(rawValue: form) ?? .stabilized
        let seed = UInt64(try settings.layers.int("seed", default: 1, in: 0...Int.max))
        let model = try settings.model(settings.layers.string("model", default: ""))
        try settings.applyThreads()
        let progress = output.progress
        let (workload, templates) = try settings.learning([model], progress)
        var configuration = variant.configuration(templates[0])
        configuration.seed = seed
        let trained = try train(configuration, workload, out, settings, progress)
        let measured = try workload.measure(trained, variant)
        let manifest = try ModelBundle.write(
            trained,
            name: out.lastPathComponent,
            workload: workload,
            metrics: measured.run.metrics,
            settings: settings.description,
            to: out
        )
        guard !output.json else {
            return try output.printJSON(Result(bundle: out.path, version: manifest.version, run: measured.run))
        }
        print(MetricsTable.text(measured.run))
        print("bundle: \(out.path) (version \(manifest.version.prefix(12)))")
    }

    private func train(
        _ configuration: TrainingConfiguration,
        _ workload: any Workload,
        _ out: URL,
        _ settings: RunSettings,
        _ progress: ProgressReporter
    ) throws -> TrainedModel {
        let trainer = try workload.trainer(
            configuration,
            checkpoint: out.appendingPathExtension("checkpoint"),
            resume: resume
        )
        var observer = TrainingObserver(progress: progress, label: "")
        observer.log = try JSONLinesLog(url: out.appendingPathExtension("log.jsonl"))
        let board = try settings.layers.string("tensorboard", default: "")
        if !board.isEmpty { observer.events = try EventFileWriter(directory: URL(fileURLWithPath: board)) }
        let flag = InterruptFlag()
        let sources = flag.listen()
        defer {
            sources.forEach { $0.cancel() }
            progress.finish()
        }
        return try trainer.run(shouldStop: { flag.isSet }, report: observer.report)
    }
}

/// The metrics of one run as text.
enum MetricsTable {
    static func text(_ run: Comparison.Run) -> String {
        func line(_ title: String, _ names: [String], _ values: [String: Double]) -> String {
            title + "\n"
                + names.map {
                    "  \($0.padding(toLength: 15, withPad: " ", startingAt: 0)) "
                        + (values[$0] ?? .nan).formatted(digits: 4)
                }.joined(separator: "\n")
        }
        if let devices = run.devices { return line("held-out devices", devices.keys.sorted(), devices) }
        return line("99 sampled negatives", Metrics.sampledNames, run.sampled) + "\n"
            + line("full catalogue", Metrics.rankingNames, run.full)
    }
}
