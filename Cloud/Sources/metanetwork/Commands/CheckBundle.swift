import ArgumentParser
import MetaNetworkServing

/// `metanetwork check-bundle`: what `serve` runs, in a process of its own, before it loads a version.
struct CheckBundle: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check-bundle",
        abstract: "Load a bundle and generate or answer with it, as a service would.",
        shouldDisplay: false
    )

    @OptionGroup var trial: BundleTrial

    func run() throws { try trial.run(.tool(threads: 1)) }
}
