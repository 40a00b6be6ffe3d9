import ArgumentParser
import Foundation
import MetaNetworkData
import MetaNetworkExperiments
import MetaNetworkServer

/// The settings of `serve`; the defaults are the server's own.
struct ServeSettings: Configurable {
    var server = ServerConfiguration()
    /// 0 opens none.
    var adminPort = ServerConfiguration().adminAddress.map(\.port) ?? 0
    var insecure = false
    var tlsCertificate: String?
    var tlsKey: String?
    var signingKey: String?
    var items: String?
    var events: String?
    /// In milliseconds.
    var batchDelay = ServerConfiguration().batching.delay / .milliseconds(1)
    /// In seconds.
    var drainDelay = ServerConfiguration().drainDelay / .seconds(1)
    var threads = 1

    /// What the server is made of; whether it asks for tokens is still open.
    var configuration: ServerConfiguration {
        var configuration = server
        configuration.adminAddress =
            adminPort == 0 ? nil : ServerConfiguration.Address(host: "127.0.0.1", port: adminPort)
        if let tlsCertificate, let tlsKey {
            configuration.tls = ServerConfiguration.TLSFiles(
                certificate: URL(fileURLWithPath: tlsCertificate),
                key: URL(fileURLWithPath: tlsKey)
            )
        }
        configuration.signingKeyFile = signingKey.map { URL(fileURLWithPath: $0) }
        configuration.batching.delay = .nanoseconds(Int(batchDelay * 1_000_000))
        configuration.limits.deviceRate.burst = server.limits.deviceRate.perSecond * 10
        configuration.drainDelay = .nanoseconds(Int(drainDelay * 1_000_000_000))
        return configuration
    }

    static let defaults = ServeSettings()
    static let settings = [
        Settings.host, Settings.port, Settings.adminPort, Settings.insecure, Settings.tlsCertificate, Settings.tlsKey,
        Settings.signingKey, Settings.items, Settings.events, Settings.batchSize, Settings.batchDelay,
        Settings.queueLimit, Settings.deviceRate, Settings.drainDelay, Settings.threads,
    ]

    enum Settings {
        static let host = Setting("host", \ServeSettings.server.address.host, help: "Address for devices")
        static let port = Setting(
            "port",
            \ServeSettings.server.address.port,
            in: 0...65_535,
            help: "Port for devices; 0 takes any that is free"
        )
        static let adminPort = Setting(
            "admin-port",
            \ServeSettings.adminPort,
            in: 0...65_535,
            help: "Port for operators on loopback, with metrics and the dashboard; 0 opens none"
        )
        static let insecure = Setting(
            "insecure",
            \ServeSettings.insecure,
            help: "Ask for no tokens; on loopback only"
        )
        static let tlsCertificate = Setting(
            "tls-certificate",
            \ServeSettings.tlsCertificate,
            help: "Certificate chain in PEM; read again when it changes",
            value: "file"
        )
        static let tlsKey = Setting(
            "tls-key",
            \ServeSettings.tlsKey,
            help: "Private key of the certificate in PEM",
            value: "file"
        )
        static let signingKey = Setting(
            "signing-key",
            \ServeSettings.signingKey,
            help: "Ed25519 key that signs answers; made where it is not there",
            value: "file"
        )
        static let items = Setting(
            "items",
            \ServeSettings.items,
            help: "Titles for the dashboard: .item, .tsv or .csv with a header",
            value: "file"
        )
        static let events = Setting(
            "events",
            \ServeSettings.events,
            help: "SQLite file for the samples that devices share",
            value: "file"
        )
        static let batchSize = Setting(
            "batch-size",
            \ServeSettings.server.batching.batchSize,
            in: 1...1_000_000,
            help: "Maximum number of requests of a batch; 1 switches batching off"
        )
        static let batchDelay = Setting(
            "batch-delay",
            \ServeSettings.batchDelay,
            in: 0...60_000,
            help: "Milliseconds that a batch that is not full is held back under load"
        )
        static let queueLimit = Setting(
            "queue-limit",
            \ServeSettings.server.batching.queueLimit,
            in: 1...10_000_000,
            help: "Maximum number of requests that wait; more are answered 429"
        )
        static let deviceRate = Setting(
            "device-rate",
            \ServeSettings.server.limits.deviceRate.perSecond,
            in: 1e-6...1e9,
            help: "Requests a second of one device, in the long run"
        )
        static let drainDelay = Setting(
            "drain-delay",
            \ServeSettings.drainDelay,
            in: 0...86_400,
            help: "Seconds that requests are still taken after SIGTERM took readiness back"
        )
        static let threads = Setting("threads", \ServeSettings.threads, in: 1...1024, help: "Threads of LibTorch")
    }
}

/// Everything that sets `serve`.
struct ServeOptions: SettingOptions {
    @OptionGroup var file: FileOptions
    @Option(RegistrySettings.Settings.registry) var registry: Given?
    @Option(ServeSettings.Settings.host) var host: Given?
    @Option(ServeSettings.Settings.port) var port: Given?
    @Option(ServeSettings.Settings.adminPort) var adminPort: Given?
    @Option(switch: ServeSettings.Settings.insecure) var insecure: Given?
    @Option(ServeSettings.Settings.tlsCertificate) var tlsCertificate: Given?
    @Option(ServeSettings.Settings.tlsKey) var tlsKey: Given?
    @Option(ServeSettings.Settings.signingKey) var signingKey: Given?
    @Option(ServeSettings.Settings.items) var items: Given?
    @Option(ServeSettings.Settings.events) var events: Given?
    @Option(ServeSettings.Settings.batchSize) var batchSize: Given?
    @Option(ServeSettings.Settings.batchDelay, strict: true) var batchDelay: Given?
    @Option(ServeSettings.Settings.queueLimit) var queueLimit: Given?
    @Option(ServeSettings.Settings.deviceRate, strict: true) var deviceRate: Given?
    @Option(ServeSettings.Settings.drainDelay, strict: true) var drainDelay: Given?
    @Option(ServeSettings.Settings.threads, strict: true) var threads: Given?

    static let declarations = RegistrySettings.declarations + ServeSettings.declarations
}
