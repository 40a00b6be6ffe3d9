import ArgumentParser
import Foundation
import MetaNetwork
import MetaNetworkBundles
import MetaNetworkData
import MetaNetworkExperiments
import MetaNetworkModels
import MetaNetworkServer
import MetaNetworkServing
import MetaNetworkSettings
import MetaNetworkTraining

/// `metanetwork distill`: has a published model learn what its devices learned.
struct Distill: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Distil the codes that devices shared into the next version of a published model (MoMoDistill).",
        discussion: """
            Devices whose users agreed share the code that they learned within the version's basis (sharesCode in the SDK). The base \
            learns what the model of its device says of each choice of the data, and then a new basis is learned over it; the result is \
            published, and devices begin anew from it. Codes of other versions are left out, for only their own basis gives them a \
            meaning.

            Who chose is told by the id of the device: users of --data are called as devices are, as in events:FILE, which has the \
            choices that devices shared. A user without a code counts as a device that runs the version as it came. A model over vectors \
            cannot be distilled: the labels that its devices learned from never leave them.

            Examples:
              metanetwork distill movies --registry registry --data events:events.sqlite --codes events:events.sqlite \
                --publisher-key keys/publisher
              metanetwork distill movies --registry registry --data clicks.csv --codes events:events.sqlite \
                --profiles customers.csv --publisher-key keys/publisher --share 5%
            """
    )

    @Argument(help: "Name of the model.")
    var model: String

    @OptionGroup var options: DistillOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let given = try options.merged()
        guard let address = try given.values(DistillSettings.self).codes.flatMap(SharedEvents.address) else {
            throw ValidationError("give --codes events:FILE, the file of `metanetwork serve --events FILE`")
        }
        let signing = try given.values(PublisherSettings.self).signing()
        let codes = try address.read()
        let distillation = try await ModelDistillation(registry: given.registry(), model: model, codes: codes) {
            let purpose = try combined(with: $0).values(DataSettings.self).purpose
            try SharedEvents.check(purpose, in: codes, of: model, address)
            return purpose
        }
        let merged = try combined(with: distillation.bundle)
        try merged.values(ThreadSettings.self).apply()
        let progress = output.progress
        if let damaged = try codes.leftOut(of: model) { progress.warn("left out of the codes: \(damaged)") }
        let data: DataSettings = merged.values()
        let task = try data.profiled(distillation.task(data, progress), progress)
        let settings = LearningSettings(merged)
        let share = merged.values(PublishSettings.self).share?.value
        var result = try await withInterrupt(progress) { flag in
            progress.message("learning what the models of devices say")
            let learned = try distillation.learn(task, settings.training, settings.generator) { flag.isSet }
            return try await distillation.publish(learned, task, share: share, signing: signing)
        }
        result.warnings = progress.takeWarnings()
        if output.json { return try output.printJSON(result) }
        print(result.text)
    }

    /// The settings, with those of the bundle's training where nothing else is said.
    private func combined(with bundle: ModelBundle) throws -> MergedSettings {
        try options.merged(bundle: DistillOptions.trained(bundle.provenance.training))
    }
}
