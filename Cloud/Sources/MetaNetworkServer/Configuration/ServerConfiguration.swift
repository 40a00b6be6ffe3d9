import Foundation

/// The settings of a ``MetaNetworkService``.
public struct ServerConfiguration: Sendable {
    /// Where devices connect.
    public var address = Address(host: "127.0.0.1", port: 8080)
    /// Where operators connect: metrics and the dashboard; `nil` opens no such listener.
    public var adminAddress: Address? = Address(host: "127.0.0.1", port: 8081)
    /// Whether requests need a token.
    public var authentication = Authentication.none
    /// Certificate and key in PEM; `nil` speaks plain HTTP.
    public var tls: TLSFiles?
    /// The private key that signs answers, in base64; it is created where it does not exist. `nil` signs with a key of this process.
    public var signingKeyFile: URL?
    /// Days after which shared samples are deleted.
    public var eventDays = 90
    /// How requests are gathered.
    public var batching = Batching()
    /// What is refused as too much.
    public var limits = Limits()
    /// How long a device may use its parameters.
    public var parameterLifetime: Duration = .seconds(7 * 86_400)
    /// How often the registry is read.
    public var registryInterval: Duration = .seconds(1)
    /// How long requests are still accepted once the service reports that it is not ready any more.
    public var drainDelay: Duration = .seconds(2)

    /// Creates settings: plain HTTP on loopback without tokens, for trying out.
    public init() {}

    /// A host and a port.
    public struct Address: Sendable, Equatable {
        /// Name or address.
        public var host: String
        /// Port; 0 takes any that is free.
        public var port: Int

        /// Creates an address.
        public init(host: String, port: Int) {
            self.host = host
            self.port = port
        }

        /// Whether only this machine can connect.
        public var isLoopback: Bool { ["127.0.0.1", "::1", "localhost"].contains(host) }
    }

    /// Whether requests need a token.
    public enum Authentication: Sendable {
        /// No request needs one; on loopback only.
        case none
        /// Devices send tokens, which apps get for their key.
        case tokens(appKeys: [String], secret: [UInt8])
    }

    /// Files in PEM, read again and again, so that a renewal needs no restart.
    public struct TLSFiles: Sendable {
        /// The certificate chain, the service's own certificate first.
        public var certificate: URL
        /// The private key.
        public var key: URL

        /// Creates a pair of files.
        public init(certificate: URL, key: URL) {
            self.certificate = certificate
            self.key = key
        }
    }

    /// How requests are gathered into batches.
    public struct Batching: Sendable {
        /// Maximum number of requests in a batch.
        public var batchSize = 64
        /// How long a batch that is not full may be held back while there is load; zero holds nothing back.
        public var delay: Duration = .zero
        /// Maximum number of requests that wait.
        public var queueLimit = 4096

        /// Creates the default settings.
        public init() {}
    }

    /// What is refused as too much.
    public struct Limits: Sendable {
        /// Maximum number of bytes in a body.
        public var bodyBytes = 1 << 20
        /// Maximum number of samples in a request.
        public var samples = 1000
        /// Maximum number of events in a message.
        public var events = 1000
        /// Requests of a device: per second in the long run, and at once.
        public var deviceRate = (perSecond: 10.0, burst: 100.0)
        /// Requests of all devices: per second in the long run, and at once.
        public var overallRate = (perSecond: 100_000.0, burst: 100_000.0)
        /// How long a connection may be silent, or take for the headers of a request.
        public var idleTimeout: Duration = .seconds(60)
        /// How long the rest of a request may take once its headers are there.
        public var requestTimeout: Duration = .seconds(30)

        /// Creates the default limits.
        public init() {}
    }

    /// Checks the settings.
    ///
    /// - Throws: ``ConfigurationProblem``.
    func validate() throws(ConfigurationProblem) {
        switch authentication {
        case .none:
            guard address.isLoopback else {
                throw ConfigurationProblem(
                    "without tokens the service listens on loopback only, not on \(address.host); "
                        + "give app keys, or --host 127.0.0.1"
                )
            }
        case .tokens(let appKeys, let secret):
            guard !appKeys.isEmpty, appKeys.allSatisfy({ $0.utf8.count >= 16 }) else {
                throw ConfigurationProblem("there must be at least one app key, of 16 characters or more each")
            }
            guard secret.count >= 32 else {
                throw ConfigurationProblem("the token secret has \(secret.count) bytes; give 32 random ones or more")
            }
        }
        guard batching.batchSize > 0, batching.queueLimit > 0 else {
            throw ConfigurationProblem("batch size and queue limit must be 1 or more")
        }
    }
}
