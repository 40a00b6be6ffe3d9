import ArgumentParser
import Foundation
import Logging
import MetaNetworkData
import MetaNetworkExperiments
import MetaNetworkServer
import Metrics
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

    func run() async throws {
        let merged = try options.merged()
        let (registry, own): (FolderBundleStore, ServeSettings) = (try merged.registry(), merged.values())
        guard (own.tlsCertificate == nil) == (own.tlsKey == nil) else {
            throw ValidationError("--tls-certificate and --tls-key belong together")
        }
        try LibTorch.setThreads(own.threads)
        let metrics = PrometheusMetrics()
        MetricsSystem.bootstrap(metrics)
        var configuration = own.configuration
        configuration.authentication = try own.authentication(environment: ProcessInfo.processInfo.environment)
        let logger = Logger(label: "metanetwork")
        let federation = try own.federation.map {
            try ServedFederation(contentsOf: URL(fileURLWithPath: $0)).open(registry, logger)
        }
        let service = try await MetaNetworkService(
            configuration,
            bundles: registry,
            events: own.events.map { try SQLiteEventStore(URL(fileURLWithPath: $0), quota: own.eventQuota) },
            federation: federation,
            logger: logger,
            metrics: metrics,
            trial: ModelTrial(registry, titles: own.items.map { try ItemTitles.read(URL(fileURLWithPath: $0)) } ?? [:]),
            check: own.bundleCheck,
            loadAnswerer: { try TorchAnswerer($0) },
            load: { try TorchProvider($0) }
        )
        let scheme = own.tlsCertificate == nil ? "http" : "https"
        try await service.run { [host = configuration.address.host] port in
            print("serving \(scheme)://\(host):\(port)")
            print(service.key.greeting)
            fflush(nil)
        }
    }
}
