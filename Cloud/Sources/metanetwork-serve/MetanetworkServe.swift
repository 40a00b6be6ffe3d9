import ArgumentParser
import MetaNetworkServing

/// The service alone, without LibTorch: what `metanetwork serve` does, for machines that train nothing.
@main
struct MetanetworkServe: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "metanetwork-serve",
        abstract: "Serve the models of a registry to devices over HTTP, without LibTorch.",
        discussion: """
            The flags are those of `metanetwork serve`, all but --federation, which makes models and takes LibTorch.

            Examples:
              metanetwork-serve --registry registry --insecure
              metanetwork-serve keys new keys/signing
              metanetwork-serve --registry registry --host 0.0.0.0 --tls-certificate chain.pem --tls-key key.pem \\
                --signing-key keys/signing --token-secret-file keys/tokens --app-key-file keys/apps
            """,
        version: Release.text,
        subcommands: [Serve.self, KeysCommand.self, CheckBundle.self],
        defaultSubcommand: Serve.self
    )

    static func main() async { await run(asProgram: "metanetwork-serve", status: ServiceFault.status) }

    /// Serving itself.
    struct Serve: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Serve; what happens where no other command is named."
        )

        @OptionGroup var options: ServeOptions

        func run() async throws { try await options.serve { try .device($0.engine, threads: $0.threads) } }
    }

    /// What the service runs before it loads a version.
    struct CheckBundle: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "check-bundle",
            abstract: "Load a bundle and generate or answer with it, as the service would.",
            shouldDisplay: false
        )

        @OptionGroup var trial: BundleTrial

        func run() throws { try trial.run(.device(threads: 1)) }
    }
}
