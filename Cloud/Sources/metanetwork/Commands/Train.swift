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
import Torch

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

            The state is saved after every epoch and on Ctrl-C beside the bundle (OUT.checkpoint), or at --checkpoint, which may be \
            s3://BUCKET/PREFIX; with --checkpoint-every 10m within an epoch too. --resume goes on.

            Started several times by torchrun, srun, mpirun or Kubeflow, the processes (ranks) train one model together; rank 0 writes it \
            (docs/scale.md). --pieces says in how many parts a step is cut: with one thread a rank, any number of ranks gives the same \
            version of the same pieces. Exit status 75 where another rank is gone.
              TORCH_DISABLE_SHARE_RDZV_TCP_STORE=1 torchrun --nnodes 2 --nproc-per-node 1 --rdzv-backend c10d \
            --rdzv-endpoint first:29400 --no-python metanetwork train --data ml-100k --out runs/movies --resume-if-there
            """
    )

    @OptionGroup var output: OutputOptions
    @OptionGroup var options: TrainOptions

    @Flag(help: "Go on from the checkpoint of an interrupted run with the same settings.")
    var resume = false

    @Flag(help: "The same where there is a checkpoint, as where a launcher starts ranks again; otherwise begin.")
    var resumeIfThere = false

    private struct Result: Encodable {
        let bundle: String
        let version: String
        let run: Run
        let ranks: RankReport?
        let warnings: [String]?
    }

    func run() throws {
        var merged = try options.merged()
        try merged.values(DeviceSettings.self).apply()
        let ranks = try LaunchedRanks()
        merged.assume(ThreadSettings.Settings.threads, ranks.threads)
        let settings = LearningSettings(merged)
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
        if ranks.isFirst { try ModelBundle.checkPlace(out) }
        try settings.merged.values(ThreadSettings.self).apply()
        let progress = ranks.isFirst ? output.progress : ProgressReporter(isQuiet: true, warns: false)
        // One rank may fetch for an hour what another one has: they wait for one another before they agree.
        let (task, configuration, gate, content) = try ranks.group.each {
            let (read, template) = try settings.learning(own, progress)
            let configuration = try own.generator.configuration(template, itemCount: read.itemNames.count)
            let task = try profiled(read, settings.data, configuration, progress)
            let gate = try ranks.isFirst ? TrainedGate(own, task, configuration.architecture) : .none
            return (task, configuration, gate, try ranks.isFirst ? TrainedContent(own, task, progress) : nil)
        }
        try ranks.agree(settings, configuration, task, resume: resume ? "yes" : resumeIfThere ? "if there" : "no")
        let (trained, report) = try train(configuration, task, out, settings.merged, ranks, progress)
        // The first rank measures and writes.
        guard ranks.isFirst else { return }
        if let report { progress.message(report.text) }
        if own.gate != .none { progress.message("training the gate") }
        let made = Made(trained: trained, gate: try gate.trained(for: trained), content: content, ranks: report)
        try write(made, own.generator, task, settings, out, progress)
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
        guard data.profiles == nil || (task as? RankingTask)?.dataset.contexts?.users != nil else {
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
        _ settings: MergedSettings,
        _ ranks: LaunchedRanks,
        _ progress: ProgressReporter
    ) throws -> (TrainedModel, RankReport?) {
        let checkpoint = try settings.values(CheckpointSettings.self)
            .open(for: out, goesOn: resume || resumeIfThere, on: ranks.group)
        let training = Training(
            configuration,
            task,
            checkpoint: checkpoint,
            every: settings.values(SavingSettings.self).every.map { .seconds($0.seconds) },
            resume: try resume || resumeIfThere && ranks.group.hasCheckpoint(checkpoint),
            on: ranks.group
        )
        var observer = TrainingObserver(progress: progress, label: "")
        if ranks.isFirst {
            observer.log = try JSONLinesLog(url: out.appendingPathExtension("log.jsonl"))
            if let board = settings.values(TrainSettings.self).tensorboard {
                observer.events = try EventFileWriter(directory: URL(fileURLWithPath: board))
            }
        }
        return try withInterrupt(progress) { flag in
            let (began, before) = (ContinuousClock.now, ranks.group.seconds)
            let trained = try training.run(shouldStop: { flag.isSet }, report: observer.report)
            let report = ranks.report(trained, since: began, before)
            guard let generator = configuration.generator, generator.form.hasCodes, generator.patches.distillation > 0,
                let task = task as? any DistillingTask, ranks.isFirst
            else { return (trained, report) }
            progress.message("learning what the models of devices say")
            return (try distilled(trained, task, generator.patches.distillation) { flag.isSet }, report)
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

    /// What training made.
    private struct Made {
        let trained: TrainedModel
        let gate: (gate: Weights?, switcher: Weights?, text: String?)
        let content: TrainedContent?
        let ranks: RankReport?
    }

    /// Measures the model, writes its bundle and says what it does.
    private func write(
        _ made: Made,
        _ variant: ComparisonVariant,
        _ task: some LearningTask,
        _ settings: LearningSettings,
        _ out: URL,
        _ progress: ProgressReporter
    ) throws {
        let trained = made.trained
        let others = try made.content?.learned(by: trained, progress) ?? [:]
        let scores = try trained.scores(task)
        let run = try Run(trained, variant.method, scores)
        var manifest = try ModelBundle.write(
            trained,
            name: out.lastPathComponent,
            task: task,
            metrics: run.metrics,
            settings: record(settings, trained.configuration),
            gate: made.gate.gate,
            switcher: made.gate.switcher,
            others: others,
            to: out
        )
        if let content = made.content { manifest = try content.addItems(to: out, manifest, progress) }
        guard !output.json else {
            let result = Result(
                bundle: out.path,
                version: manifest.version,
                run: run,
                ranks: made.ranks,
                warnings: progress.takeWarnings()
            )
            return try output.printJSON(result)
        }
        print(scores.text)
        if let help = manifest.generator?.helps { print("generated weights help \(help.text)") }
        if let text = made.gate.text { print(text) }
        print("bundle: \(out.path) (version \(manifest.version.prefix(12)))")
    }

    /// The settings as the bundle keeps them: what says how the weights came about.
    private func record(_ settings: LearningSettings, _ trained: TrainingConfiguration) -> [String: String] {
        var record = settings.record
        let kept = [CheckpointSettings.Settings.place.key, SavingSettings.Settings.every.key]
        for key in [RankSettings.Settings.timeout.key] + kept { record[key] = nil }
        // Most bundles say nothing of it, as those from before there was a choice.
        if !settings.merged.values(TrainSettings.self).stream { record[TrainSettings.Settings.stream.key] = nil }
        record[TrainingConfiguration.Settings.pieces.key] = trained.pieces.map(\.settingText)
        record[ModelBundle.tool] = Release.text
        return record
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
