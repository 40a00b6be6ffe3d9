import ArgumentParser
import Foundation
import MetaNetwork
import MetaNetworkData
import MetaNetworkTraining

/// `metanetwork compare`: models and generators side by side, with intervals and a report.
struct Compare: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Train and measure models with and without generators; write a report.",
        discussion: """
            Every model is trained with every generator and seed on the same data and ranked on the same lists. \
            Differences from the base (generator none) come with 95 % intervals of a paired bootstrap over users. \
            'wide' is the fair control: no generator, but a device window as long as the generator's.

            OUT receives report.html, report.json and the bundle of each model and generator for the first seed.

            Examples:
              metanetwork compare --data ml-100k --out runs/comparison
              metanetwork compare --data ml-100k --models sasrec,din --generators none,stabilized --seeds 5 --out runs/five
              metanetwork compare --task images --data mnist-5k --shifts rotation --seeds 3 --out runs/rotation
            """
    )

    @OptionGroup var output: OutputOptions
    @OptionGroup var data: DataOptions
    @OptionGroup var training: TrainingOptions

    @Option(help: "Models, separated by commas (default: sasrec, or cnn for images).")
    var models: String?

    @Option(help: "Generators: none, wide, plain, residual, stabilized (default: all five).")
    var generators: String?

    @Option(help: "Number of seeds, 1 to N (default: 1).")
    var seeds: Int?

    @Option(help: "Draws of the bootstrap (default: 400).")
    var bootstrap: Int?

    @Option(help: "Folder of the report and the bundles.")
    var out: String?

    func run() throws {
        let flags = [
            "models": models, "generators": generators, "seeds": seeds.map(String.init),
            "bootstrap": bootstrap.map(String.init), "out": out,
        ]
        let settings = try RunSettings(
            keys: Array(flags.keys),
            flags: [data.flags, training.flags, flags],
            config: training.config
        )
        let out = URL(fileURLWithPath: try settings.required("out", "give --out FOLDER for the report"))
        let named = try Self.list(settings.layers.string("models", default: ""))
        let models = try named.isEmpty ? [settings.model("")] : named
        // A longer window of items is the fair control; for vectors there is none.
        let all = try ComparisonVariant.allCases.filter { try $0 != .wide || settings.task == .ranking }
        let variants = try Self.list(
            settings.layers.string("generators", default: all.map(\.rawValue).joined(separator: ","))
        ).map(Self.variant)
        guard try !variants.contains(.wide) || settings.task == .ranking else {
            throw ConfigurationError("generator 'wide' is a longer history of items; leave it out of this task")
        }
        let count = try settings.layers.int("seeds", default: 1, in: 1...1000)
        let draws = try settings.layers.int("bootstrap", default: 400, in: 10...100_000)
        try settings.applyThreads()
        // Missing charts or an unwritable folder should not come to light after an hour's work.
        let charts = try ReportAssets.plotly()
        try ReportFiles.prepare(out)
        let (workload, templates) = try settings.learning(models, output.progress)
        let runner = ComparisonRunner(
            workload: workload,
            templates: templates,
            variants: variants,
            seeds: (1...UInt64(count)).map { $0 },
            bootstrap: PairedBootstrap(draws: draws)
        )
        let (runs, summary) = try compare(runner, out, settings)
        let comparison = Comparison(
            data: workload.describe(try settings.required("data", "")),
            configuration: settings.description,
            command: Invocation.text,
            runs: runs,
            summary: summary
        )
        let page =
            workload.outputs == nil
            ? ReportPage(comparison: comparison).html(plotly: charts)
            : EpisodePage(comparison: comparison).html(plotly: charts)
        try ReportFiles.write(comparison, page: page, to: out)
        if output.json { return try output.printJSON(comparison) }
        print(ComparisonTable(comparison).text())
        print("report: \(out.appendingPathComponent("report.html").path)")
    }

    private func compare(
        _ runner: ComparisonRunner,
        _ out: URL,
        _ settings: RunSettings
    ) throws -> (runs: [Comparison.Run], summary: [Comparison.Summary]) {
        let progress = output.progress
        var observer = TrainingObserver(progress: progress, label: "")
        let flag = InterruptFlag()
        let sources = flag.listen()
        defer {
            sources.forEach { $0.cancel() }
            progress.finish()
        }
        return try runner.run(shouldStop: { flag.isSet }) { event in
            switch event {
            case .began(let run, let total, let model, let variant, let seed):
                observer = TrainingObserver(
                    progress: progress,
                    label: "[\(run)/\(total)] \(model) \(variant.rawValue) seed \(seed): "
                )
            case .training(let event): try observer.report(event)
            case .finished(let run, let trained):
                guard run.seed == runner.seeds.first else { return }
                var settings = settings.description
                settings["seed"] = "\(run.seed)"
                settings["model"] = run.model
                settings["generator"] = run.generator
                try ModelBundle.write(
                    trained,
                    name: run.model,
                    workload: runner.workload,
                    metrics: run.metrics,
                    settings: settings,
                    to: out.appendingPathComponent("\(run.model)-\(run.generator)")
                )
            }
        }
    }

    private static func list(_ text: String) -> [String] {
        text.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
    }

    private static func variant(_ name: String) throws -> ComparisonVariant {
        guard let variant = ComparisonVariant(rawValue: name) else {
            let known = ComparisonVariant.allCases.map(\.rawValue).joined(separator: ", ")
            throw ConfigurationError("generator '\(name)' is not known; use \(known)")
        }
        return variant
    }
}
