import ArgumentParser
import Foundation
import Logging
import MetaNetworkData
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

    @OptionGroup var registry: RegistryOptions

    @Option(help: "Address for devices.")
    var host: String = "127.0.0.1"

    @Option(help: "Port for devices; 0 takes any that is free.")
    var port: Int = 8080

    @Option(help: "Port for operators on loopback, with metrics and the dashboard; 0 opens none.")
    var adminPort: Int = 8081

    @Flag(help: "Ask for no tokens; on loopback only.")
    var insecure = false

    @Option(help: ArgumentHelp("Certificate chain in PEM; read again when it changes.", valueName: "file"))
    var tlsCertificate: String?

    @Option(help: ArgumentHelp("Private key of the certificate in PEM.", valueName: "file"))
    var tlsKey: String?

    @Option(help: ArgumentHelp("Ed25519 key that signs answers; made where it is not there.", valueName: "file"))
    var signingKey: String?

    @Option(help: ArgumentHelp("Titles for the dashboard: .item, .tsv or .csv with a header.", valueName: "file"))
    var items: String?

    @Option(help: ArgumentHelp("SQLite file for the samples that devices share.", valueName: "file"))
    var events: String?

    @Option(help: "Most requests of a batch; 1 switches batching off.")
    var batchSize: Int = 64

    @Option(help: "Milliseconds that a batch that is not full is held back under load.")
    var batchDelay: Double = 0

    @Option(help: "Most requests that wait; more are answered 429.")
    var queueLimit: Int = 4096

    @Option(help: "Requests a second of one device, in the long run.")
    var deviceRate: Double = 10

    @Option(help: "Seconds that requests are still taken after SIGTERM took readiness back.")
    var drainDelay: Double = 2

    @Option(help: "Threads of LibTorch.")
    var threads: Int = 1

    func validate() throws {
        guard (tlsCertificate == nil) == (tlsKey == nil) else {
            throw ValidationError("--tls-certificate and --tls-key belong together")
        }
        guard batchDelay >= 0, deviceRate > 0, drainDelay >= 0, threads > 0 else {
            throw ValidationError(
                "--batch-delay and --drain-delay must be 0 or more, --device-rate and --threads above 0"
            )
        }
    }

    func run() async throws {
        try LibTorch.setThreads(threads)
        let metrics = PrometheusMetrics()
        MetricsSystem.bootstrap(metrics)
        let service = try await MetaNetworkService(
            serverConfiguration(),
            registry: registry.folder,
            logger: Logger(label: "metanetwork"),
            metrics: metrics,
            trial: ModelTrial(
                registry.folder,
                titles: items.map { try ItemTitles.read(URL(fileURLWithPath: $0)) } ?? [:]
            )
        ) { try TorchProvider($0) }
        let scheme = tlsCertificate == nil ? "http" : "https"
        try await service.run { [host] port in
            print("serving \(scheme)://\(host):\(port)")
            print("public key \(service.key.id) \(service.key.publicKey)")
            fflush(nil)
        }
    }

    private func serverConfiguration() throws -> ServerConfiguration {
        var configuration = ServerConfiguration()
        configuration.address = ServerConfiguration.Address(host: host, port: port)
        configuration.adminAddress =
            adminPort == 0 ? nil : ServerConfiguration.Address(host: "127.0.0.1", port: adminPort)
        if !insecure { configuration.authentication = try tokens() }
        if let tlsCertificate, let tlsKey {
            configuration.tls = ServerConfiguration.TLSFiles(
                certificate: URL(fileURLWithPath: tlsCertificate),
                key: URL(fileURLWithPath: tlsKey)
            )
        }
        configuration.signingKeyFile = signingKey.map { URL(fileURLWithPath: $0) }
        configuration.eventsFile = events.map { URL(fileURLWithPath: $0) }
        configuration.batching.batchSize = batchSize
        configuration.batching.delay = .nanoseconds(Int(batchDelay * 1_000_000))
        configuration.batching.queueLimit = queueLimit
        configuration.limits.deviceRate = (perSecond: deviceRate, burst: deviceRate * 10)
        configuration.drainDelay = .nanoseconds(Int(drainDelay * 1_000_000_000))
        return configuration
    }

    private func tokens() throws -> ServerConfiguration.Authentication {
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
