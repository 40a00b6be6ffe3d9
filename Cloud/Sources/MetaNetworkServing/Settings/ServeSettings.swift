import Foundation
import Logging
import MetaNetworkData
import MetaNetworkServer

/// The settings of `serve`; the defaults are the server's own.
package struct ServeSettings: Configurable {
    package var server = ServerConfiguration()
    /// Where versions of a registry elsewhere are kept; `nil` for the user's own folder.
    package var registryCache: String?
    /// 0 opens none.
    package var adminPort = ServerConfiguration().adminAddress.map(\.port) ?? 0
    package var adminHost = "127.0.0.1"
    package var adminTokenFile: String?
    package var insecure = false
    package var appKeyFile: String?
    package var tokenSecretFiles: [String]?
    package var denyFile: String?
    package var deviceProof = DeviceProofChoice.none
    package var tlsCertificate: String?
    package var tlsKey: String?
    package var signingKey: String?
    package var ephemeralSigningKey = false
    package var items: String?
    package var events: String?
    package var federation: String?
    package var deviceEvents = 10_000
    /// In GiB.
    package var eventsLimit = 10.0
    /// In GiB.
    package var loadedMemory: Double?
    /// In milliseconds.
    package var batchDelay = ServerConfiguration().batching.delay / .milliseconds(1)
    /// In seconds.
    package var drainDelay = ServerConfiguration().drainDelay / .seconds(1)
    /// In seconds.
    package var shutdownLimit = ServerConfiguration().shutdownLimit / .seconds(1)
    /// Whether versions are loaded without trying them in another process before.
    package var noBundleCheck = false
    /// In seconds.
    package var bundleCheckTimeout = 120.0
    package var threads = 1
    /// Whether the service ranks for clients that cannot run models.
    package var rank = false
    var otlpEndpoint: WebAddress?
    /// From 0 to 1.
    var traceShare = 1.0
    var filesURL: WebAddress?
    var logFormat = LogFormat.text
    var logLevel = Logger.Level.info
    package var engine = EngineChoice.automatic
    package var holdout = Share(0)
    package var candidateStops = false
    package var candidateDevices = CandidateStops().leastDevices
    package var candidateFailures = Share(CandidateStops().failedShare)

    /// What the server is made of, all but its ``authentication(environment:)``.
    package var configuration: ServerConfiguration {
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
        configuration.loadedBytes = loadedMemory.map { Int($0 * Double(1 << 30)) }
        configuration.batching.delay = .nanoseconds(Int(batchDelay * 1_000_000))
        // Below one a bucket would never hold what a request takes.
        configuration.limits.deviceRate.burst = max(1, server.limits.deviceRate.perSecond * 10)
        configuration.limits.appKeyRate.burst = max(1, server.limits.appKeyRate.perSecond * 10)
        configuration.drainDelay = .nanoseconds(Int(drainDelay * 1_000_000_000))
        configuration.filesURL = filesURL?.url
        configuration.tracing = otlpEndpoint.map {
            var tracing = ServerConfiguration.Tracing(endpoint: $0.url)
            tracing.share = traceShare
            return tracing
        }
        configuration.shutdownLimit = .nanoseconds(Int(shutdownLimit * 1_000_000_000))
        setQuality(of: &configuration)
        return configuration
    }

    /// Tries versions in a process of this program; `nil` where that is switched off.
    package var bundleCheck: ChildProcessCheck? {
        guard !noBundleCheck, let program = Bundle.main.executableURL else { return nil }
        return ChildProcessCheck(
            program,
            ["check-bundle", "--batch-size", String(server.batching.batchSize)],
            timeout: .milliseconds(Int(bundleCheckTimeout * 1000))
        )
    }

    /// How much the store of events takes.
    package var eventQuota: EventQuota {
        EventQuota(deviceEvents: deviceEvents, bytes: Int(eventsLimit * Double(1 << 30)))
    }

    package static let defaults = ServeSettings()
    package static let settings = [
        Settings.registryCache, Settings.host, Settings.port, Settings.adminHost, Settings.adminPort,
        Settings.adminTokenFile,
        Settings.insecure, Settings.appKeyFile, Settings.tokenSecretFile, Settings.denyFile, Settings.deviceProof,
        Settings.tlsCertificate,
        Settings.tlsKey, Settings.behindProxy, Settings.signingKey, Settings.ephemeralSigningKey, Settings.publicFiles,
        Settings.items, Settings.federation, Settings.events, Settings.deviceEvents, Settings.eventsLimit,
        Settings.eventDays,
        Settings.eventDeletionShare, Settings.rank, Settings.loadedMemory, Settings.batchSize, Settings.batchDelay,
        Settings.queueLimit,
        Settings.deviceRate, Settings.appKeyRate, Settings.addressTokenRate, Settings.connections,
        Settings.connectionsPerAddress, Settings.drainDelay,
        Settings.shutdownLimit, Settings.allToBase, Settings.noBundleCheck, Settings.bundleCheckTimeout,
        Settings.threads, Settings.engine, Settings.filesURL, Settings.otlpEndpoint, Settings.traceShare,
        Settings.logFormat, Settings.logLevel, Settings.holdout, Settings.candidateStops, Settings.candidateDevices,
        Settings.candidateFailures,
    ]

    package enum Settings {
        package static let host = Setting("host", \ServeSettings.server.address.host, help: "Address for devices")
        package static let port = Setting(
            "port",
            \ServeSettings.server.address.port,
            in: 0...65_535,
            help: "Port for devices; 0 takes any that is free"
        )
        package static let adminHost = Setting(
            "admin-host",
            \ServeSettings.adminHost,
            help: "Address for operators; beyond loopback it needs --admin-token-file"
        )
        package static let registryCache = Setting(
            "registry-cache",
            \ServeSettings.registryCache,
            help: "Folder that keeps the versions of a registry in S3",
            default: "the user's cache, or temporary files",
            value: "directory"
        )
        package static let adminPort = Setting(
            "admin-port",
            \ServeSettings.adminPort,
            in: 0...65_535,
            help: "Port for operators, with metrics and the dashboard; 0 opens none"
        )
        package static let adminTokenFile = Setting(
            "admin-token-file",
            \ServeSettings.adminTokenFile,
            help: "What operators send as a bearer token; a file for its owner alone",
            value: "file"
        )
        package static let insecure = Setting(
            "insecure",
            \ServeSettings.insecure,
            help: "Ask for no tokens; on loopback only"
        )
        package static let appKeyFile = Setting(
            "app-key-file",
            \ServeSettings.appKeyFile,
            help:
                "App keys, one a line, in place of METANETWORK_APP_KEYS; for its owner alone, read again when it changes",
            value: "file"
        )
        package static let tokenSecretFile = Setting(
            "token-secret-file",
            \ServeSettings.tokenSecretFiles,
            help: "Token secrets, 32 bytes or more each: the first signs, all verify; for their owner alone",
            value: "files"
        )
        package static let denyFile = Setting(
            "deny-file",
            \ServeSettings.denyFile,
            help: "Devices that are refused, an id a line; read again when it changes",
            value: "file"
        )
        package static let behindProxy = Setting(
            "behind-proxy",
            \ServeSettings.server.isBehindProxy,
            help: "Something before the service ends TLS: tokens may come over plain HTTP beyond loopback"
        )
        package static let publicFiles = Setting(
            "public-files",
            \ServeSettings.server.filesArePublic,
            help: "Let caches on the way keep the files of models, which anybody may then have"
        )
        package static let ephemeralSigningKey = Setting(
            "ephemeral-signing-key",
            \ServeSettings.ephemeralSigningKey,
            help: "Sign with a key that is not kept: apps that pin it refuse the service after a restart"
        )
        package static let tlsCertificate = Setting(
            "tls-certificate",
            \ServeSettings.tlsCertificate,
            help: "Certificate chain in PEM; read again when it changes",
            value: "file"
        )
        package static let tlsKey = Setting(
            "tls-key",
            \ServeSettings.tlsKey,
            help: "Private key of the certificate in PEM",
            value: "file"
        )
        package static let signingKey = Setting(
            "signing-key",
            \ServeSettings.signingKey,
            help: "Ed25519 key that signs answers, from `metanetwork keys new`",
            value: "file"
        )
        package static let items = Setting(
            "items",
            \ServeSettings.items,
            help: "Titles for the dashboard: .item, .tsv or .csv with a header",
            value: "file"
        )
        package static let federation = Setting(
            "federation",
            \ServeSettings.federation,
            help: "Settings in YAML or TOML of a model that devices learn together, from their own examples",
            value: "file"
        )
        package static let events = Setting(
            "events",
            \ServeSettings.events,
            help:
                "SQLite file, postgres://USER@HOST/DATABASE?sslmode=verify-full, or s3://BUCKET/PREFIX, for the samples that devices share",
            value: "address"
        )
        package static let deviceEvents = Setting(
            "device-events",
            \ServeSettings.deviceEvents,
            in: 1_000...1_000_000_000,
            help: "Maximum number of samples that a device may share a day; more are answered 429"
        )
        package static let eventsLimit = Setting(
            "events-limit",
            \ServeSettings.eventsLimit,
            in: 0.001...1_000_000,
            help: "Size of what is shared in GiB from which on more are answered 507"
        )
        package static let eventDays = Setting(
            "event-days",
            \ServeSettings.server.retention.days,
            in: 1...36_500,
            help: "Days after which shared samples are deleted"
        )
        package static let eventDeletionShare = Setting(
            "event-deletion-share",
            \ServeSettings.server.retention.share,
            in: 1e-6...1,
            help: "Maximum share of the shared samples that is deleted at once for its age; 1 for any"
        )
        package static let rank = Setting(
            "rank",
            \ServeSettings.rank,
            help: "Rank for clients that cannot run models, which takes a device's memory for each version"
        )
        package static let loadedMemory = Setting(
            "loaded-memory",
            \ServeSettings.loadedMemory,
            in: 0.001...1_000_000,
            help:
                "Size of the files of loaded versions in GiB from which on those that no device is given any more are unloaded",
            default: "all that are released stay loaded"
        )
        package static let batchSize = Setting(
            "batch-size",
            \ServeSettings.server.batching.batchSize,
            in: 1...1_000_000,
            help: "Maximum number of requests of a batch; 1 switches batching off"
        )
        package static let batchDelay = Setting(
            "batch-delay",
            \ServeSettings.batchDelay,
            in: 0...60_000,
            help: "Milliseconds that a batch that is not full is held back under load"
        )
        package static let queueLimit = Setting(
            "queue-limit",
            \ServeSettings.server.batching.queueLimit,
            in: 1...10_000_000,
            help: "Maximum number of requests that wait; more are answered 429"
        )
        package static let deviceRate = Setting(
            "device-rate",
            \ServeSettings.server.limits.deviceRate.perSecond,
            in: 1e-6...1e9,
            help: "Requests a second of one device, in the long run"
        )
        package static let connections = Setting(
            "connections",
            \ServeSettings.server.limits.connections,
            in: 1...1_000_000,
            help: "Connections of devices; further ones wait to be accepted. Each needs a descriptor (ulimit -n)"
        )
        package static let connectionsPerAddress = Setting(
            "connections-per-address",
            \ServeSettings.server.limits.connectionsPerAddress,
            in: 0...1_000_000,
            help: "Connections from one address, this machine's own aside; 0 sets no limit, as behind a proxy"
        )
        package static let drainDelay = Setting(
            "drain-delay",
            \ServeSettings.drainDelay,
            in: 0...86_400,
            help: "Seconds that requests are still taken after SIGTERM took readiness back"
        )
        package static let shutdownLimit = Setting(
            "shutdown-limit",
            \ServeSettings.shutdownLimit,
            in: 0...86_400,
            help: "Seconds after that in which requests under way may end before they are cut off"
        )
        package static let allToBase = Setting(
            "all-to-base",
            \ServeSettings.server.allToBase,
            help: "Answer all devices with the base model's weights, whatever their samples"
        )
        package static let noBundleCheck = Setting(
            "no-bundle-check",
            \ServeSettings.noBundleCheck,
            help: "Load versions at once, without trying each in another process before"
        )
        package static let bundleCheckTimeout = Setting(
            "bundle-check-timeout",
            \ServeSettings.bundleCheckTimeout,
            in: 1...86_400,
            help: "Seconds that the try of a version may take"
        )
        package static let filesURL = Setting(
            "files-url",
            \ServeSettings.filesURL,
            help: "Where devices find files by their digests, ADDRESS/SHA256, before they ask here",
            value: "url"
        )
        package static let otlpEndpoint = Setting(
            "otlp-endpoint",
            \ServeSettings.otlpEndpoint,
            help: "Collector that spans of requests are sent to, for example http://localhost:4318/v1/traces",
            value: "url"
        )
        package static let traceShare = Setting(
            "trace-share",
            \ServeSettings.traceShare,
            in: 0...1,
            help: "Share of the traces that begin here that are recorded; of others whoever began them decides"
        )
        package static let logFormat = Setting(
            "log-format",
            \ServeSettings.logFormat,
            help: "How the log is written to standard error"
        )
        package static let logLevel = Setting(
            "log-level",
            \ServeSettings.logLevel,
            help: "The least of what is logged"
        )
        package static let engine = Setting(
            "engine",
            \ServeSettings.engine,
            help:
                "What runs generators: device (the runtime of devices), libtorch, or automatic, the faster of those there are"
        )
        package static let threads = Setting(
            "threads",
            \ServeSettings.threads,
            in: 1...1024,
            help: "Threads that generate"
        )
    }
}
