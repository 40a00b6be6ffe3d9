import ArgumentParser
import Foundation
import MetaNetworkBundles
import MetaNetworkData
import MetaNetworkExperiments
import MetaNetworkPublishing
import MetaNetworkServer
import MetaNetworkServing
import MetaNetworkSettings
import MetaNetworkTraining

/// `metanetwork adapt`: keeps a published model up with what its devices see.
struct Adapt: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Adapt a published model to the inputs that devices share, and publish what was learned (U-VPA).",
        discussion: """
            Devices whose users agreed share the inputs that they are least sure of (sharesInputs in the SDK). A larger model labels \
            them; a copy of the devices' model learns the labels, and a prompt, which devices add to every input. The prompt is \
            published after each pass, the weights after every --lag batches; running services notice within a second.

            All devices of a model get the same; a model with a generator cannot be adapted. Without --follow it ends with what has \
            come, for example from cron.

            Examples:
              metanetwork publish runs/large/digits --registry registry --cloud-model
              metanetwork adapt digits --registry registry --data events:events.sqlite --publisher-key keys/adapting --follow
              metanetwork adapt digits --registry registry --data events:events.sqlite --unsigned --clean mnist-5k --json
            """
    )

    @Argument(help: "Name of the model.")
    var model: String

    @Flag(help: "Go on with what comes, until it is interrupted.")
    var follow = false

    @OptionGroup var options: AdaptOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let merged = try options.merged()
        try merged.values(ThreadSettings.self).apply()
        let own: AdaptSettings = merged.values()
        guard let address = try own.data.flatMap(SharedEvents.address) else {
            throw ValidationError("give --data events:FILE, the file of `metanetwork serve --events FILE`")
        }
        guard !address.isInObjects else {
            throw ConfigurationError(
                "\(address) gives inputs no numbers by which the next run could go on after this one; have the service keep them in a file or a "
                    + "database"
            )
        }
        let store = try address.read()
        try SharedEvents.check(own.purpose, in: store, of: model, address, isAwaited: follow)
        let sources = ModelAdaptation.Sources(
            registry: try merged.registry(),
            model: model,
            events: store,
            address: address,
            purpose: own.purpose,
            teacher: own.teacher.map { URL(fileURLWithPath: $0) },
            signing: try merged.values(PublisherSettings.self).signing(),
            state: URL(fileURLWithPath: own.state ?? "adapt-\(model).safetensors")
        )
        let plan = ModelAdaptation.Plan(policy: own.policy.adapting, lag: own.lag, batch: own.batch)
        let adaptation = try await ModelAdaptation(sources, plan)
        let bundle = try ModelBundle(files: await adaptation.bundle)
        let clean = try own.clean.map { try CleanData($0, of: bundle, output.progress) }
        try await run(adaptation, clean)
    }

    private func run(_ adaptation: ModelAdaptation, _ clean: CleanData?) async throws {
        var passes = 0
        try await withInterrupt(output.progress) { flag in
            while !flag.isSet {
                if var pass = try await adaptation.pass() {
                    passes += 1
                    if pass.version != nil {
                        pass.clean = try clean?.accuracy(of: ModelBundle(files: await adaptation.bundle))
                    }
                    try show(pass)
                } else if follow {
                    try await Task.sleep(for: .seconds(1))
                } else {
                    break
                }
            }
        }
        guard passes == 0, !follow, !output.json else { return }
        print(
            "fewer than \(adaptation.plan.batch) new inputs of '\(model)' have come: devices share them where the app sets sharesInputs, "
                + "with its user's consent"
        )
    }

    private func show(_ pass: AdaptingPass) throws {
        if let version = pass.startedFrom {
            output.progress.message("\(version.prefix(16)) was published by somebody else: starting anew from it")
        }
        if output.json { try output.printJSON(pass) } else { print(pass.text) }
    }
}

/// Inputs as they were before the world changed, which tell what adapting makes a model forget.
struct CleanData {
    private let task: EpisodicTask

    /// - Parameters:
    ///   - name: Name or path of the data.
    ///   - bundle: A bundle, which says how data of its kind are read.
    ///   - progress: Receives progress.
    /// - Throws: ``ConfigurationError``, `DataError` or `ModelError` where the data are none of this model.
    init(_ name: String, of bundle: ModelBundle, _ progress: ProgressReporter) throws {
        var settings = try MergedSettings(
            DataSettings.declarations,
            flags: [Given(key: DataSettings.Settings.data.key, text: name)],
            bundle: DataSettings.trained(bundle.provenance),
            environment: [:],
            file: nil
        )
        settings.adjustToTask()
        let task = try settings.values(DataSettings.self)
            .learningTask(of: bundle.manifest, bundle.provenance, itemNames: bundle.itemNames, progress)
        guard let task = task as? EpisodicTask else {
            throw ConfigurationError("--clean is for models over vectors or images; leave it out")
        }
        self.task = (task.source as? ShiftedImages).map { EpisodicTask($0.unshifted) } ?? task
    }

    /// Share of the test part that a bundle's model tells right, with its prompt.
    func accuracy(of bundle: ModelBundle) throws -> Double {
        let scores = try bundle.trainedModel().scores(task)
        guard let accuracy = scores.values.values.first?["accuracy"] else {
            preconditionFailure("a model that tells classes has an accuracy")
        }
        return accuracy
    }
}
