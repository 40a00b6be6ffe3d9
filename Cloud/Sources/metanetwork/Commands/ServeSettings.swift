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
    var adminHost = "127.0.0.1"
    var adminTokenFile: String?
    var insecure = false
    var appKeyFile: String?
    var tokenSecretFiles: [String]?
    var denyFile: String?
    var tlsCertificate: String?
    var tlsKey: String?
    var signingKey: String?
    var ephemeralSigningKey = false
    var items: String?
    var events: String?
    var federation: String?
    var deviceEvents = 10_000
    /// In GiB.
    var eventsLimit = 10.0
    /// In milliseconds.
    var batchDelay = ServerConfiguration().batching.delay / .milliseconds(1)
    /// In seconds.
    var drainDelay = ServerConfiguration().drainDelay / .seconds(1)
    /// In seconds.
    var shutdownLimit = ServerConfiguration().shutdownLimit / .seconds(1)
    /// Whether versions are loaded without trying them in another process before.
    var noBundleCheck = false
    /// In seconds.
    var bundleCheckTimeout = 120.0
    var threads = 1

    /// What the server is made of, all but its ``authentication(environment:)``.
    var configuration: ServerConfiguration {
        var configuration = server
        configuration.adminAddress =
            adminPort == 0 ? nil : ServerConfiguration.Address(host: adminHost, port: adminPort)
        configuration.adminTokenFile = adminTokenFile.map { URL(fileURLWithPath: $0) }
        if let tlsCertificate, let tlsKey {
            configuration.tls = ServerConfiguration.TLSFiles(
                certificate: URL(fileURLWithPath: tlsCertificate),
                key: URL(fileURLWithPath: tlsKey)
            )
        }
        configuration.signingKeyFile = signingKey.map { URL(fileURLWithPath: $0) }
        configuration.batching.delay = .nanoseconds(Int(batchDelay * 1_000_000))
        // Below one a bucket would never hold what a request takes.
        configuration.limits.deviceRate.burst = max(1, server.limits.deviceRate.perSecond * 10)
        configuration.drainDelay = .nanoseconds(Int(drainDelay * 1_000_000_000))
        configuration.shutdownLimit = .nanoseconds(Int(shutdownLimit * 1_000_000_000))
        return configuration
    }

    /// Tries versions in a process of this program; `nil` where that is switched off.
    var bundleCheck: ChildProcessCheck? {
        guard !noBundleCheck, let program = Bundle.main.executableURL else { return nil }
        return ChildProcessCheck(
            program,
            ["check-bundle", "--batch-size", String(server.batching.batchSize)],
            timeout: .milliseconds(Int(bundleCheckTimeout * 1000))
        )
    }

    /// How much the store of events takes.
    var eventQuota: EventQuota {
        EventQuota(deviceEvents: deviceEvents, bytes: Int(eventsLimit * Double(1 << 30)))
    }

    static let defaults = ServeSettings()
    static let settings = [
        Settings.host, Settings.port, Settings.adminHost, Settings.adminPort, Settings.adminTokenFile,
        Settings.insecure, Settings.appKeyFile, Settings.tokenSecretFile, Settings.denyFile, Settings.tlsCertificate,
        Settings.tlsKey, Settings.behindProxy, Settings.signingKey, Settings.ephemeralSigningKey, Settings.publicFiles,
        Settings.items, Settings.federation, Settings.events, Settings.deviceEvents, Settings.eventsLimit,
        Settings.eventDays,
        Settings.eventDeletionShare, Settings.batchSize, Settings.batchDelay, Settings.queueLimit,
        Settings.deviceRate, Settings.connections, Settings.connectionsPerAddress, Settings.drainDelay,
        Settings.shutdownLimit, Settings.allToBase, Settings.noBundleCheck, Settings.bundleCheckTimeout,
        Settings.threads,
    ]

    enum Settings {
        static let host = Setting("host", \ServeSettings.server.address.host, help: "Address for devices")
        static let port = Setting(
            "port",
            \ServeSettings.server.address.port,
            in: 0...65_535,
            help: "Port for devices; 0 takes any that is free"
        )
        static let adminHost = Setting(
            "admin-host",
            \ServeSettings.adminHost,
            help: "Address for operators; beyond loopback it needs --admin-token-file"
        )
        static let adminPort = Setting(
            "admin-port",
            \ServeSettings.adminPort,
            in: 0...65_535,
            help: "Port for operators, with metrics and the dashboard; 0 opens none"
        )
        static let adminTokenFile = Setting(
            "admin-token-file",
            \ServeSettings.adminTokenFile,
            help: "What operators send as a bearer token; a file for its owner alone",
            value: "file"
        )
        static let insecure = Setting(
            "insecure",
            \ServeSettings.insecure,
            help: "Ask for no tokens; on loopback only"
        )
        static let appKeyFile = Setting(
            "app-key-file",
            \ServeSettings.appKeyFile,
            help:
                "App keys, one a line, in place of METANETWORK_APP_KEYS; for its owner alone, read again when it changes",
            value: "file"
        )
        static let tokenSecretFile = Setting(
            "token-secret-file",
            \ServeSettings.tokenSecretFiles,
            help: "Token secrets, 32 bytes or more each: the first signs, all verify; for their owner alone",
            value: "files"
        )
        static let denyFile = Setting(
            "deny-file",
            \ServeSettings.denyFile,
            help: "Devices that are refused, an id a line; read again when it changes",
            value: "file"
        )
        static let behindProxy = Setting(
            "behind-proxy",
            \ServeSettings.server.isBehindProxy,
            help: "Something before the service ends TLS: tokens may come over plain HTTP beyond loopback"
        )
        static let publicFiles = Setting(
            "public-files",
            \ServeSettings.server.filesArePublic,
            help: "Let caches on the way keep the files of models, which anybody may then have"
        )
        static let ephemeralSigningKey = Setting(
            "ephemeral-signing-key",
            \ServeSettings.ephemeralSigningKey,
            help: "Sign with a key that is not kept: apps that pin it refuse the service after a restart"
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
            help: "Ed25519 key that signs answers, from `metanetwork keys new`",
            value: "file"
        )
        static let items = Setting(
            "items",
            \ServeSettings.items,
            help: "Titles for the dashboard: .item, .tsv or .csv with a header",
            value: "file"
        )
        static let federation = Setting(
            "federation",
            \ServeSettings.federation,
            help: "Settings in YAML or TOML of a model that devices learn together, from their own examples",
            value: "file"
        )
        static let events = Setting(
            "events",
            \ServeSettings.events,
            help: "SQLite file for the samples that devices share",
            value: "file"
        )
        static let deviceEvents = Setting(
            "device-events",
            \ServeSettings.deviceEvents,
            in: 1_000...1_000_000_000,
            help: "Maximum number of samples that a device may share a day; more are answered 429"
        )
        static let eventsLimit = Setting(
            "events-limit",
            \ServeSettings.eventsLimit,
            in: 0.001...1_000_000,
            help: "Size of the file of shared samples in GiB from which on more are answered 507"
        )
        static let eventDays = Setting(
            "event-days",
            \ServeSettings.server.retention.days,
            in: 1...36_500,
            help: "Days after which shared samples are deleted"
        )
        static let eventDeletionShare = Setting(
            "event-deletion-share",
            \ServeSettings.server.retention.share,
            in: 1e-6...1,
            help: "Maximum share of the shared samples that is deleted at once for its age; 1 for any"
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
        static let connections = Setting(
            "connections",
            \ServeSettings.server.limits.connections,
            in: 1...1_000_000,
            help: "Connections of devices; further ones wait to be accepted. Each needs a descriptor (ulimit -n)"
        )
        static let connectionsPerAddress = Setting(
            "connections-per-address",
            \ServeSettings.server.limits.connectionsPerAddress,
            in: 0...1_000_000,
            help: "Connections from one address, this machine's own aside; 0 sets no limit, as behind a proxy"
        )
        static let drainDelay = Setting(
            "drain-delay",
            \ServeSettings.drainDelay,
            in: 0...86_400,
            help: "Seconds that requests are still taken after SIGTERM took readiness back"
        )
        static let shutdownLimit = Setting(
            "shutdown-limit",
            \ServeSettings.shutdownLimit,
            in: 0...86_400,
            help: "Seconds after that in which requests under way may end before they are cut off"
        )
        static let allToBase = Setting(
            "all-to-base",
            \ServeSettings.server.allToBase,
            help: "Answer all devices with the base model's weights, whatever their samples"
        )
        static let noBundleCheck = Setting(
            "no-bundle-check",
            \ServeSettings.noBundleCheck,
            help: "Load versions at once, without trying each in another process before"
        )
        static let bundleCheckTimeout = Setting(
            "bundle-check-timeout",
            \ServeSettings.bundleCheckTimeout,
            in: 1...86_400,
            help: "Seconds that the try of a version may take"
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
    @Option(ServeSettings.Settings.adminHost) var adminHost: Given?
    @Option(ServeSettings.Settings.adminPort) var adminPort: Given?
    @Option(ServeSettings.Settings.adminTokenFile) var adminTokenFile: Given?
    @Option(switch: ServeSettings.Settings.insecure) var insecure: Given?
    @Option(ServeSettings.Settings.appKeyFile) var appKeyFile: Given?
    @Option(ServeSettings.Settings.tokenSecretFile) var tokenSecretFile: Given?
    @Option(ServeSettings.Settings.denyFile) var denyFile: Given?
    @Option(ServeSettings.Settings.tlsCertificate) var tlsCertificate: Given?
    @Option(ServeSettings.Settings.tlsKey) var tlsKey: Given?
    @Option(switch: ServeSettings.Settings.behindProxy) var behindProxy: Given?
    @Option(ServeSettings.Settings.signingKey) var signingKey: Given?
    @Option(switch: ServeSettings.Settings.ephemeralSigningKey) var ephemeralSigningKey: Given?
    @Option(switch: ServeSettings.Settings.publicFiles) var publicFiles: Given?
    @Option(ServeSettings.Settings.items) var items: Given?
    @Option(ServeSettings.Settings.federation) var federation: Given?
    @Option(ServeSettings.Settings.events) var events: Given?
    @Option(ServeSettings.Settings.deviceEvents) var deviceEvents: Given?
    @Option(ServeSettings.Settings.eventsLimit, strict: true) var eventsLimit: Given?
    @Option(ServeSettings.Settings.eventDays) var eventDays: Given?
    @Option(ServeSettings.Settings.eventDeletionShare, strict: true) var eventDeletionShare: Given?
    @Option(ServeSettings.Settings.batchSize) var batchSize: Given?
    @Option(ServeSettings.Settings.batchDelay, strict: true) var batchDelay: Given?
    @Option(ServeSettings.Settings.queueLimit) var queueLimit: Given?
    @Option(ServeSettings.Settings.deviceRate, strict: true) var deviceRate: Given?
    @Option(ServeSettings.Settings.connections) var connections: Given?
    @Option(ServeSettings.Settings.connectionsPerAddress) var connectionsPerAddress: Given?
    @Option(ServeSettings.Settings.drainDelay, strict: true) var drainDelay: Given?
    @Option(ServeSettings.Settings.shutdownLimit, strict: true) var shutdownLimit: Given?
    @Option(switch: ServeSettings.Settings.allToBase) var allToBase: Given?
    @Option(switch: ServeSettings.Settings.noBundleCheck) var noBundleCheck: Given?
    @Option(ServeSettings.Settings.bundleCheckTimeout, strict: true) var bundleCheckTimeout: Given?
    @Option(ServeSettings.Settings.threads, strict: true) var threads: Given?

    static let declarations = RegistrySettings.declarations + ServeSettings.declarations
}
