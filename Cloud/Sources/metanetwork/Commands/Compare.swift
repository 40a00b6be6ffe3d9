import ArgumentParser
import Foundation
import MetaNetwork
import MetaNetworkBundles
import MetaNetworkData
import MetaNetworkExperiments
import MetaNetworkPublishing
import MetaNetworkServing
import MetaNetworkSettings
import MetaNetworkTraining

/// `metanetwork compare`: models and generators side by side, with intervals and a report.
struct Compare: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Train and measure models with and without generators; write a report.",
        discussion: """
            Every model is trained with every generator and seed on the same data and ranked on the same lists. \
            Differences from the base (generator none) come with 95 % intervals of a paired bootstrap over users and \
            seeds, and so need --seeds 2 or more. \
            'wide' is a control: no generator, but a device window as long as the generator's. 'concat' is another: z is one more input of \
            a head whose weights are everybody's; and 'matched', a base with as many parameters. 'standardize' is one for vectors: \
            each device brings its features to mean 0 and deviation 1. Baselines are 'popularity', 'knn' and 'markov', which count, \
            'user-embedding', which learns a vector of each user, and 'fine-tune', which takes gradient steps on each user's own labelled \
            examples; 'own-patch' takes them on patches of the base, all of whose values are the user's.

            OUT receives report.html, report.json and the bundle of each model and generator for the first seed. Until the report is \
            written, the state of each training is saved in OUT/.runs after every epoch and on Ctrl-C; --resume goes on.

            Examples:
              metanetwork compare --data ml-100k --out runs/comparison
              metanetwork compare --data ml-100k --models bag,sasrec --generators none,vector --seeds 5 --out runs/five
              metanetwork compare --task images --data mnist-5k --shifts rotation --seeds 3 --out runs/rotation
              metanetwork compare --data ml-100k --out runs/comparison --resume
            """
    )

    @OptionGroup var output: OutputOptions
    @OptionGroup var options: CompareOptions

    @Flag(help: "Go on with an interrupted comparison of the same settings.")
    var resume = false

    func run() async throws {
        let settings = LearningSettings(try options.merged())
        let own: CompareSettings = settings.merged.values()
        let out = URL(
            fileURLWithPath: try settings.merged.required(
                CompareSettings.Settings.out,
                "give --out FOLDER for the report"
            )
        )
        let task = settings.data.task
        let models = try own.models ?? [task.model(nil)]
        try settings.merged.values(DeviceSettings.self).apply(environment: [:])
        try settings.merged.values(ThreadSettings.self).apply()
        // Missing charts or an unwritable folder should not come to light after an hour's work.
        let files = try ReportFiles(in: out)
        let (learned, templates) = try settings.learning(models, output.progress)
        for variant in own.generators { try variant.check(learned) }
        let states = out.appendingPathComponent(".runs")
        try prepare(states)
        var experiment = Experiment(
            name: out.lastPathComponent,
            data: try settings.data.source("give --data"),
            methods: ExperimentMethod.comparison(templates, own.generators),
            seeds: Array(1...own.seeds),
            bootstrap: PairedBootstrap(draws: own.bootstrap),
            settings: settings.record,
            command: Invocation.text
        )
        experiment.checkpoints = RunCheckpoints(in: states, resumes: resume)
        do {
            try output.show(try await compare(experiment, learned, out), files)
        } catch TrainingError.interrupted {
            // Also where nothing was being trained just then, what was trained before is kept.
            throw TrainingError.interrupted(checkpoint: states.path)
        }
        try? FileManager.default.removeItem(at: states)
    }

    /// Makes sure that there are states to go on from, or none of an earlier comparison.
    private func prepare(_ states: URL) throws {
        let isThere = FileManager.default.fileExists(atPath: states.path)
        if resume, !isThere {
            throw ConfigurationError(
                "no interrupted comparison left its state in \(states.path); leave --resume out, or give the --out of that comparison"
            )
        }
        guard isThere, !resume else { return }
        do {
            try FileManager.default.removeItem(at: states)
        } catch {
            throw FileError(path: states.path, action: "write", underlying: error)
        }
    }

    private func compare(
        _ experiment: Experiment,
        _ task: some LearningTask,
        _ out: URL
    ) async throws -> ExperimentResult {
        let progress = output.progress
        var observer = TrainingObserver(progress: progress, label: "")
        return try await withInterrupt(progress) { flag in
            try await experiment.run(task, shouldStop: { flag.isSet }) { event in
                switch event {
                case .began(let run):
                    let (model, variant) = (run.method.group, run.method.variant.rawValue)
                    observer = TrainingObserver(
                        progress: progress,
                        label: "[\(run.number)/\(run.count)] \(model) \(variant) seed \(run.seed): "
                    )
                case .kept, .stale, .rounds: preconditionFailure("a comparison keeps no records, and gathers data")
                case .training(let event): try observer.report(event)
                case .finished(let experimentRun, let run, let trained):
                    guard let trained, run.seed == experiment.seeds[0] else { return }
                    let variant = experimentRun.method.variant
                    var settings = experiment.settings
                    settings["seed"] = "\(run.seed)"
                    settings["model"] = run.model
                    settings["generator"] = variant.rawValue
                    settings[ModelBundle.tool] = Release.text
                    try ModelBundle.write(
                        trained,
                        name: run.model,
                        task: task,
                        metrics: run.metrics,
                        settings: settings,
                        to: out.appendingPathComponent("\(run.model)-\(variant.rawValue)")
                    )
                }
            }
        }
    }
}
