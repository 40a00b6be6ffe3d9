import ArgumentParser
import Foundation
import MetaNetwork
import MetaNetworkBundles
import MetaNetworkCollaboration
import MetaNetworkData
import MetaNetworkExperiments
import MetaNetworkModels
import MetaNetworkPublishing
import MetaNetworkServing
import MetaNetworkSettings
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
              metanetwork train --data ml-100k --generator residual --out runs/layers
              metanetwork train --data ml-100k --out runs/movies --resume
              metanetwork train --data ml-100k --item-vectors films.csv --out runs/movies
              metanetwork train --task images --data mnist-5k --shifts rotation --out runs/digits
              metanetwork train --task classification --data readings.csv --model gestures.json --out runs/gestures
              metanetwork train --task classification --data readings.csv --model gestures.json --out runs/gestures \
                --gate dmd --cloud-model runs/large/gestures

            The state is saved after every epoch and on Ctrl-C beside the bundle (OUT.checkpoint); --resume goes on.
            """
    )

    @OptionGroup var output: OutputOptions
    @OptionGroup var options: TrainOptions

    @Flag(help: "Go on from the checkpoint of an interrupted run with the same settings.")
    var resume = false

    private struct Result: Encodable {
        let bundle: String
        let version: String
        let run: Run
    }

    func run() throws {
        let settings = LearningSettings(try options.merged())
        guard !settings.generator.isBlind else {
            throw ConfigurationError(
                "a blind generator is a control that no device can use; leave --blind to compare and experiment"
            )
        }
        let own: TrainSettings = settings.merged.values()
        let out = URL(
            fileURLWithPath: try settings.merged.required(
                TrainSettings.Settings.out,
                "give --out FOLDER for the bundle"
            )
        )
        try ModelBundle.checkPlace(out)
        let model = try settings.data.task.model(own.model)
        try settings.merged.values(ThreadSettings.self).apply()
        let progress = output.progress
        let (read, templates) = try settings.learning([model], progress)
        let configuration = try own.generator.configuration(templates[0], itemCount: read.itemNames.count)
        let task = try profiled(read, settings.data, configuration, progress)
        let gate = try TrainedGate(own, task, configuration.architecture)
        let content = try TrainedContent(own, task)
        let trained = try train(configuration, task, out, own.tensorboard, progress)
        if own.gate != .none { progress.message("training the gate") }
        try report(trained, own.generator, task, settings, gate.trained(for: trained), content, out)
    }

    /// The task with the profiles that were given, where what is distilled reads them.
    private func profiled<Task: LearningTask>(
        _ task: Task,
        _ data: DataSettings,
        _ configuration: TrainingConfiguration,
        _ progress: ProgressReporter
    ) throws -> Task {
        let isRead = configuration.generator.map { $0.form.hasCodes && $0.patches.distillation > 0 } ?? false
        if isRead { return try data.profiled(task, progress) }
        guard data.profiles == nil || (task as? RankingTask)?.dataset.contexts != nil else {
            throw ConfigurationError(
                "'\(DataSettings.Settings.profiles.key)' are read by the auxiliary encoder of MoMoDistill, and by a ranker with inputs beside "
                    + "history and candidate; give --generator meta-patch --distill-weight 0.3 too, or leave them out"
            )
        }
        return task
    }

    private func train(
        _ configuration: TrainingConfiguration,
        _ task: some LearningTask,
        _ out: URL,
        _ board: String?,
        _ progress: ProgressReporter
    ) throws -> TrainedModel {
        let training = Training(
            configuration,
            task,
            checkpoint: out.appendingPathExtension("checkpoint"),
            resume: resume
        )
        var observer = TrainingObserver(progress: progress, label: "")
        observer.log = try JSONLinesLog(url: out.appendingPathExtension("log.jsonl"))
        if let board { observer.events = try EventFileWriter(directory: URL(fileURLWithPath: board)) }
        return try withInterrupt(progress) { flag in
            let trained = try training.run(shouldStop: { flag.isSet }, report: observer.report)
            guard let generator = configuration.generator, generator.form.hasCodes, generator.patches.distillation > 0,
                let task = task as? any DistillingTask
            else { return trained }
            progress.message("learning what the models of devices say")
            return try distilled(trained, task, generator.patches.distillation) { flag.isSet }
        }
    }

    /// Has base and basis learn what the models of training's devices say, in two steps.
    private func distilled(
        _ trained: TrainedModel,
        _ task: some DistillingTask,
        _ weight: Double,
        _ shouldStop: () -> Bool
    ) throws -> TrainedModel {
        let distill = MoMoDistill(trained, task, trained.configuration, weight: weight)
        return try distill.proxies(over: distill.base(shouldStop: shouldStop), shouldStop: shouldStop).model
    }

    /// Measures the model, writes its bundle and says what it does.
    private func report(
        _ trained: TrainedModel,
        _ variant: ComparisonVariant,
        _ task: some LearningTask,
        _ settings: LearningSettings,
        _ gate: (gate: Weights?, switcher: Weights?, text: String?),
        _ content: TrainedContent?,
        _ out: URL
    ) throws {
        let others = try content?.learned(by: trained, output.progress) ?? [:]
        let scores = try trained.scores(task)
        let run = try Run(trained, variant.method, scores)
        var manifest = try ModelBundle.write(
            trained,
            name: out.lastPathComponent,
            task: task,
            metrics: run.metrics,
            settings: settings.record.merging([ModelBundle.tool: Release.text]) { $1 },
            gate: gate.gate,
            switcher: gate.switcher,
            others: others,
            to: out
        )
        if let content { manifest = try content.addItems(to: out, manifest, output.progress) }
        guard !output.json else {
            return try output.printJSON(Result(bundle: out.path, version: manifest.version, run: run))
        }
        print(scores.text)
        if let help = manifest.generator?.helps { print("generated weights help \(help.text)") }
        if let text = gate.text { print(text) }
        print("bundle: \(out.path) (version \(manifest.version.prefix(12)))")
    }
}

extension BundleManifest.Generator.Helps {
    /// When weights help, after "help".
    var text: String {
        guard self != .never else {
            return "at no age, as even new ones rank worse than the base: devices ask for none"
        }
        let time = seconds.map { " and \($0) seconds" } ?? ""
        return "up to an age of \(samples) samples\(time)"
    }
}

extension Scores {
    /// Every metric of every set as text.
    var text: String {
        sets.flatMap { set in
            let values = set.metrics.values.map { ($0.key, $0.value) }
            return [set.label]
                + values.sorted { $0.0 < $1.0 }.map { name, value in
                    "  \(name.padding(toLength: 15, withPad: " ", startingAt: 0)) \(value.formatted(digits: 4))"
                }
        }.joined(separator: "\n")
    }
}
