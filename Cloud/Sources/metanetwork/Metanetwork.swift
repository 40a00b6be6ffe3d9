import ArgumentParser
import MetaNetworkServing

/// The command-line tool: the only place where training, data and reports meet.
@main
struct Metanetwork: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "metanetwork",
        abstract: "Personal models without training on the device (MetaNetwork, arXiv 2209.05227).",
        discussion: """
            A cloud generator maps a few recent, unlabelled samples of a device to the weights of its model's last \
            layers. Start with:

              metanetwork data fetch ml-100k
              metanetwork train --data ml-100k --out runs/films
              metanetwork rank runs/films --history 50,181,172 --items data/ml-100k/ml-100k.item

            Exit status: 0 ok, 1 failed, 2 bad data or configuration, 64 usage, 75 another rank is gone, 130 interrupted. Shell completion: \
            metanetwork --generate-completion-script bash|zsh|fish.
            """,
        version: Release.text,
        subcommands: [
            DataCommand.self, ModelCommand.self, Train.self, Evaluate.self, Compare.self, ExperimentCommand.self,
            Inspect.self, Rank.self, Predict.self, Privacy.self, Verify.self, ItemsCommand.self,
            ImportCommand.self, Export.self, Publish.self, Promote.self, Rollback.self, ListModels.self,
            RegistryCommand.self, KeysCommand.self, Serve.self,
            EventsCommand.self, Adapt.self, Distill.self, Retrain.self, Federate.self, Simulate.self,
            ConfigCommand.self, Doctor.self, CheckBundle.self, Start.self,
        ],
        defaultSubcommand: Start.self
    )

    static func main() async { await run(asProgram: "metanetwork", status: ExitStatus.status) }
}
