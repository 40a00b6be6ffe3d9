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
            Devices need a token, which an app gets for its key; app keys stand in $METANETWORK_APP_KEYS, with commas between \
            them. With --insecure nobody needs one, on loopback alone. Answers are signed; the public key is printed for apps to pin.

            Examples:
              metanetwork serve --registry registry --insecure
              METANETWORK_APP_KEYS=$(openssl rand -hex 16) metanetwork serve --registry registry --host 0.0.0.0 \\
                --tls-certificate chain.pem --tls-key key.pem --signing-key keys/signing
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
        if !own.insecure { configuration.authentication = try Self.tokens() }
        let service = try await MetaNetworkService(
            configuration,
            bundles: registry,
            events: own.events.map { try SQLiteEventStore(URL(fileURLWithPath: $0)) },
            logger: Logger(label: "metanetwork"),
            metrics: metrics,
            trial: ModelTrial(registry, titles: own.items.map { try ItemTitles.read(URL(fileURLWithPath: $0)) } ?? [:])
        ) { try TorchProvider($0) }
        let scheme = own.tlsCertificate == nil ? "http" : "https"
        try await service.run { [host = configuration.address.host] port in
            print("serving \(scheme)://\(host):\(port)")
            print("public key \(service.key.id) \(service.key.publicKey)")
            fflush(nil)
        }
    }

    private static func tokens() throws -> ServerConfiguration.Authentication {
        let keys = ProcessInfo.processInfo.environment["METANETWORK_APP_KEYS"] ?? ""
        guard !keys.isEmpty else {
            throw ConfigurationError(
                "there are no app keys: set METANETWORK_APP_KEYS (16 characters or more each, commas between them), "
                    + "or try the service out on this machine with --insecure"
            )
        }
        // Tokens end within the hour, so they need not outlive the process.
        return .tokens(
            appKeys: keys.split(separator: ",").map(String.init),
            secret: (0..<32).map { _ in UInt8.random(in: .min ... .max) }
        )
    }
}
