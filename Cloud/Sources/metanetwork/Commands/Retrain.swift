import ArgumentParser
import Foundation
import MetaNetworkBundles
import MetaNetworkData
import MetaNetworkExperiments
import MetaNetworkServing
import MetaNetworkSettings

/// `metanetwork retrain`: a published ranker that follows what its users choose.
struct Retrain: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Train a published ranker again, and try what comes of it on some devices if it is no worse.",
        discussion: """
            The choices that devices shared are read, `metanetwork train` runs with the settings that are given, and both versions \
            foresee what users chose last (NDCG@10, among the items that both know, with the weights that each makes). A version that \
            loses is not published; one that does not becomes a candidate for --share of the devices, and the next time waits until it \
            was promoted or rolled back. What came of each time is a line in OUT.retrain.jsonl.

            The settings of train are flags, or stand in --config. A run that was interrupted goes on with the same choices. One process \
            at a time works on an --out.

            Examples:
              metanetwork retrain movies --registry registry --data events:events.sqlite --config movies.yaml \
            --publisher-key keys/publisher --once
              metanetwork retrain movies --registry registry --data events:events.sqlite --config movies.yaml \
            --publisher-key keys/publisher --every 24h
            """
    )

    @Argument(help: "Name of the model.")
    var model: String

    @Flag(help: "Train once and end, as a timer has it.")
    var once = false

    @Option(help: ArgumentHelp("Time from one beginning to the next: 24h, 90m or 3d.", valueName: "time"))
    var every: String?

    @OptionGroup var options: RetrainOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard once != (every != nil) else { throw ValidationError("give --once or --every TIME") }
        if let every, TimeSpan.read(every) == nil {
            throw ValidationError("--every is '\(every)'; \(TimeSpan.remedy)")
        }
    }

    func run() async throws {
        let merged = try options.merged()
        guard merged.values(CheckpointSettings.self).place == nil else {
            throw ConfigurationError(
                "retrain keeps the state of its training beside the bundle, with the choices that it learns from; leave out "
                    + "\(CheckpointSettings.Settings.place.key)"
            )
        }
        let data: DataSettings = merged.values()
        guard data.task == .ranking else {
            throw ConfigurationError("rankers alone learn from what their users choose; leave out --task")
        }
        let out = URL(fileURLWithPath: merged.values(TrainSettings.self).out ?? "retrain/\(model)")
        guard out.lastPathComponent == model else {
            throw ConfigurationError("--out is \(out.path); end it with the model's name, '\(model)'")
        }
        try ModelBundle.checkPlace(out)
        let progress = output.progress
        let retraining = ModelRetraining(
            registry: try merged.registry(),
            model: model,
            out: out,
            data: data,
            flags: options.training.given,
            config: options.training.file.config,
            share: merged.values(PublishSettings.self).share?.value ?? RetrainOptions.usualShare,
            signing: try merged.values(PublisherSettings.self).signing(),
            progress: progress,
            printing: output.flags
        )
        try await withInterrupt(progress) { flag in
            guard let span = every.flatMap(TimeSpan.read) else { return try show(await retraining.run { flag.isSet }) }
            while !flag.isSet {
                let next = ContinuousClock.now + .seconds(span.seconds)
                do { try show(await retraining.run { flag.isSet }) } catch let error where !flag.isSet {
                    // The next time may do better; an operator reads of it even where --quiet or --json leave progress out.
                    progress.finish()
                    FileHandle.standardError.write(Data("\(ServiceFault.text(of: error))\n".utf8))
                }
                while !flag.isSet, ContinuousClock.now < next { try await Task.sleep(for: .seconds(1)) }
            }
            throw ExitStatus.interrupted
        }
    }

    private func show(_ record: RetrainingRecord) throws {
        if output.json { try output.printJSON(record) } else if !output.quiet { print(record.text) }
        fflush(nil)
    }
}

/// Everything that sets `retrain`: what sets `train`, and where to.
struct RetrainOptions: SettingOptions {
    @OptionGroup var training: TrainOptions
    @Option(RegistrySettings.Settings.registry) var registry: Given?
    @Option(PublishSettings.Settings.share, strict: true) var share: Given?
    @Option(PublisherSettings.Settings.publisherKey) var publisherKey: Given?
    @Option(switch: PublisherSettings.Settings.unsigned) var unsigned: Given?
    @Option(PublisherSettings.Settings.validFor, strict: true) var validFor: Given?

    var file: FileOptions { training.file }

    /// Share of the devices that try a version where nobody says otherwise.
    static let usualShare = 0.05

    static let declarations =
        TrainOptions.declarations + RegistrySettings.declarations + [PublishSettings.Settings.share.declaration]
        + PublisherSettings.declarations

    static func adjust(_ settings: inout MergedSettings) { TrainOptions.adjust(&settings) }
}
