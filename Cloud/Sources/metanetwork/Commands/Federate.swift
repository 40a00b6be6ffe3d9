import ArgumentParser
import Foundation
import MetaNetwork
import MetaNetworkBundles
import MetaNetworkData
import MetaNetworkExperiments
import MetaNetworkFederated
import MetaNetworkModels
import MetaNetworkSettings
import MetaNetworkTraining
import Torch

/// `metanetwork federate`: one model of what many devices learn, without gathering their data.
struct Federate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Train a model on many simulated devices without gathering their data, and write a bundle.",
        discussion: """
            Devices learn from their own examples and send what they learned; a simulated clock counts seconds and bytes. Methods: \
            fedavg, fedprox, fedavgm, fedasync, fedbuff, port, folb (arXiv 2007.13137), tea-fed and teasq-fed (arXiv 2312.15186). Each \
            tenth example is held out, and measured on.

            With --kind series each series is a device, which forecasts its own next --horizon values from its last --window, and is measured \
            on the last 20 % of its time; there fed-trend (arXiv 2411.15716) has devices learn from made-up windows, too. What models are \
            compared with: gathered, all examples at one place; alone, each device by itself; last-value, last-season and training-mean, \
            which learn nothing.

            With coded (arXiv 2111.14789) devices share one regression instead: those with more rows than they have time for send random sums \
            of them to neighbours. Its controls are uncoded, drop-slowest, raw-offload, row-sampling and server-parity. No bundle comes of it.

            With split-gan (arXiv 2207.01750) the server learns to generate images: each of --clients has a discriminator, whose parts lie on \
            its own devices. --samples has the images; --unsplit, --averaging=false and --alone are its controls.

            The same settings give the same bundle on any number of threads, and two methods meet the same devices. With --out the state is \
            saved with each measurement and on Ctrl-C beside the bundle (OUT.checkpoint); --resume goes on.

            Started several times by torchrun, srun, mpirun or Kubeflow, the processes (ranks) have the devices learn together, and come to the \
            same bundle on any number of them; rank 0 writes it (docs/scale.md). Exit status 75 where another rank is gone.

            Examples:
              metanetwork federate --data mnist-5k --method fedavg --partition shards-2 --out runs/federated
              metanetwork federate --data mnist-5k --method folb --partition shards-2 --rounds 50 --report runs/folb
              metanetwork federate --data synthetic --conflict 0.5 --devices 30 --method fedprox --pull 1 --model linear
              metanetwork federate --data mnist-5k --method teasq-fed --speeds pareto-1 --uplink 1 --downlink 5 --updates 3000
              metanetwork federate --data mnist-5k --method coded --model fourier-200 --devices 20 --speeds exponential-2 --local-rate 1
              metanetwork federate --data digits --method split-gan --local-batch 32 --local-rate 0.0005 --rounds 100 --samples runs/images
              metanetwork federate --data readings.csv --model gestures.json --out runs/gestures
              metanetwork federate --data ml-100k --model gru4rec --split leave-one-out --local-rate 0.1 --out runs/films
              metanetwork federate --data parking --window 36 --horizon 9 --method fed-trend --local-rate 0.05 --out runs/parking
              metanetwork federate --data tinyshakespeare --kind text --width 64 --window 40 --dropout 0 --out runs/plays
              mpirun -n 4 -x MASTER_ADDR=first -x MASTER_PORT=29500 \
            metanetwork federate --data mnist-5k --method fedavg --out runs/federated --resume-if-there
            """
    )

    @OptionGroup var options: FederateOptions
    @OptionGroup var output: OutputOptions

    @Flag(help: "Go on from the checkpoint of an interrupted run with the same settings.")
    var resume = false

    @Flag(help: "The same where there is a checkpoint, as where a launcher starts ranks again; otherwise begin.")
    var resumeIfThere = false

    @Option(help: ArgumentHelp("Folder of a page with curves.", valueName: "folder"))
    var report: String?

    @Option(
        help: ArgumentHelp(
            "Folder for the images that split-gan generates at last, a sub-folder for each class that they are taken for.",
            valueName: "folder"
        )
    )
    var samples: String?

    func run() throws {
        let ranks = try LaunchedRanks()
        var merged = try options.merged()
        merged.assume(ThreadSettings.Settings.threads, ranks.threads)
        let settings: FederateSettings = merged.values()
        let method = settings.plan.method
        guard samples == nil || method.generates else {
            throw ConfigurationError(
                "'\(method.rawValue)' generates no images; leave out --samples, or take --method split-gan"
            )
        }
        guard settings.out != nil || merged.values(CheckpointSettings.self).place == nil else {
            throw ConfigurationError(
                "a run that has no --out keeps no state; give the --out of the run, or leave out --checkpoint"
            )
        }
        try ranks.check(method)
        if method.sharesRows { return try runRows(settings, merged) }
        if method.generates { return try runImages(settings, merged) }
        try Self.checkBundle(settings)
        try runDevices(settings, merged, ranks)
    }

    /// Runs a method whose devices learn by themselves.
    private func runDevices(_ settings: FederateSettings, _ merged: MergedSettings, _ ranks: LaunchedRanks) throws {
        let seed = merged.values(TrainingConfiguration.self).seed
        let out = settings.out.map { URL(fileURLWithPath: $0) }
        guard out != nil || !resume && !resumeIfThere else {
            throw ConfigurationError(
                "a run that has no --out keeps no checkpoint to go on from; give the --out of the run"
            )
        }
        if ranks.isFirst, let out { try ModelBundle.checkPlace(out) }
        let files = try ranks.isFirst ? report.map { try ReportFiles(in: URL(fileURLWithPath: $0)) } : nil
        let progress = ranks.isFirst ? output.progress : ProgressReporter(isQuiet: true, warns: false)
        // However long one of the ranks reads, the others wait.
        let work = try ranks.group.each {
            try FederatedSource(merged) { try $0.dataset(progress) }.dealt(settings, seed: seed)
        }
        let kept = [
            ("out", out == nil ? "unset" : "given"), ("resume", "\(resume)"), ("resume-if-there", "\(resumeIfThere)"),
        ]
        try ranks.agree(merged, settings, work, kept)
        let result = try simulated(work, settings, merged, try checkpoint(out, merged, ranks), ranks, progress)
        guard ranks.isFirst else { return }
        var record = merged.record()
        for key in [RankSettings.Settings.timeout.key, CheckpointSettings.Settings.place.key] { record[key] = nil }
        let manifest = try out.map { out in
            try FederatedBundle(work, result)
                .write(name: out.lastPathComponent, metrics: result.published, settings: record, to: out)
        }
        let summary = FederatedSummary(result, settings, work, record)
        if let files { try files.write(summary.result) }
        if output.json { return try output.printJSON(summary.result) }
        print(summary.text)
        if let files { print("report: \(files.page)") }
        if let out, let manifest { print("bundle: \(out.path) (version \(manifest.version.prefix(12)))") }
    }

    /// Where the state is kept, and whether the run goes on from it: on all ranks, if the first one has it.
    private func checkpoint(
        _ out: URL?,
        _ merged: MergedSettings,
        _ ranks: LaunchedRanks
    ) throws -> FederatedCheckpoint? {
        guard let out else { return nil }
        let place = try merged.values(CheckpointSettings.self)
            .open(for: out, goesOn: resume || resumeIfThere, on: ranks.group)
        return FederatedCheckpoint(place, resumes: try resume || resumeIfThere && ranks.group.hasState(at: place))
    }

    private func simulated(
        _ work: FederatedWork,
        _ settings: FederateSettings,
        _ merged: MergedSettings,
        _ checkpoint: FederatedCheckpoint?,
        _ ranks: LaunchedRanks,
        _ progress: ProgressReporter
    ) throws -> FederatedResult {
        let threads = merged.values(ThreadSettings.self).threads
        // Devices are side by side; each has a thread.
        try LibTorch.setThreads(1)
        let (began, before) = (ContinuousClock.now, ranks.group.seconds)
        let result: FederatedResult
        do {
            result = try withInterrupt(progress) { flag in
                try settings.plan.run(
                    work.learner,
                    work.data,
                    seed: merged.values(TrainingConfiguration.self).seed,
                    workers: threads,
                    on: ranks.group,
                    checkpoint: checkpoint,
                    shouldStop: { flag.isSet }
                ) { point in
                    progress.update(
                        label: "models",
                        done: point.version,
                        total: settings.plan.models,
                        detail: Self.text(point)
                    )
                }
            }
        } catch RankError.lost(let text) {
            guard let checkpoint else { throw RankError.lost(text) }
            throw TrainingError.rankLost(text, checkpoint: ranks.isFirst ? checkpoint.place.text : nil)
        }
        // Without a place for its state a run that is stopped ends with what there is.
        if let checkpoint, !result.isComplete {
            throw TrainingError.interrupted(checkpoint: ranks.isFirst ? checkpoint.place.text : nil)
        }
        if let text = ranks.text(since: began, before) { progress.message(text) }
        return result
    }

    /// A bundle is of one model.
    private static func checkBundle(_ settings: FederateSettings) throws(ConfigurationError) {
        guard settings.out != nil, !settings.plan.method.hasOneModel else { return }
        throw ConfigurationError(
            "'\(settings.plan.method.rawValue)' comes to no model that devices share, so no bundle is made of it; leave out --out"
        )
    }

    private static func text(_ point: FederatedPoint) -> String {
        let best = Metric.ordered(point.metrics.keys).first.map { metric in
            "\(metric.label) \(point.metrics[metric.name, default: .nan].formatted(digits: 4)), "
        }
        return (best ?? "") + "\(Int(point.seconds)) s simulated, "
            + "\(((Double(point.bytesUp) + Double(point.bytesDown)) / 1e6).formatted(digits: 1)) MB"
    }
}
