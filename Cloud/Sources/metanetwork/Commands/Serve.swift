import ArgumentParser
import Foundation
import MetaNetworkServing
import Torch

/// `metanetwork serve`: parameters for many devices over HTTP.
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Serve the models of a registry to devices over HTTP.",
        discussion: """
            Devices need a token, which an app gets for its key. App keys stand in $METANETWORK_APP_KEYS, with commas between \
            them, or in a file that is read again when it changes. With --insecure nobody needs a token, on loopback alone. \
            Answers are signed with the key of --signing-key; its public half is printed for apps to pin. Replicas share that \
            key, the token secret and the registry. With --federation devices learn a model together, in rounds (docs/federated.md); \
            one service alone has a federation.

            Examples:
              metanetwork serve --registry registry --insecure
              metanetwork keys new keys/signing
              (umask 077; openssl rand -hex 32 > keys/tokens; openssl rand -hex 16 > keys/apps)
              metanetwork serve --registry registry --federation digits.yaml --signing-key keys/signing --app-key-file keys/apps
              metanetwork serve --registry registry --host 0.0.0.0 --tls-certificate chain.pem --tls-key key.pem \\
                --signing-key keys/signing --token-secret-file keys/tokens --app-key-file keys/apps
            """
    )

    @OptionGroup var options: ServeOptions

    func run() async throws { try await options.serve { try .tool($0.engine, threads: $0.threads) } }
}

extension ServiceEngine {
    /// LibTorch and the device runtime, whichever is faster for a generator, and what only LibTorch can do.
    ///
    /// - Parameters:
    ///   - choice: What was asked for.
    ///   - threads: Threads of both.
    static func tool(_ choice: EngineChoice = .automatic, threads: Int) throws -> ServiceEngine {
        try LibTorch.setThreads(threads)
        return ServiceEngine(
            provider: { bundle in
                switch choice {
                case .automatic: try FasterProvider.choose(bundle, threads: threads)
                case .device: try DeviceProvider(bundle, threads: threads)
                case .libtorch: try TorchProvider(bundle)
                }
            },
            answerer: { try TorchAnswerer($0) },
            federation: { try ServedFederation(contentsOf: $0).open($1, $2) }
        )
    }
}
