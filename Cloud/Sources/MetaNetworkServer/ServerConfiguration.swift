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
    /// The private key that signs answers, in base64; it is made where it is not there.
    public var signingKeyFile: URL?
    /// SQLite file of the samples that devices share; `nil` takes none.
    public var eventsFile: URL?
    /// Days after which shared samples are forgotten.
    public var eventDays = 90
    /// How requests are gathered.
    public var batching = RequestBatcher.Configuration()
    /// What a client may do at most.
    public var limits = Limits()
    /// How long a device may use its parameters.
    public var parameterLifetime: Duration = .seconds(7 * 86_400)
    /// How often the registry is looked at.
    public var registryInterval: Duration = .seconds(1)
    /// How long requests are still taken after readiness was taken back.
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
        /// Anybody may ask; on loopback alone.
        case none
        /// Devices show tokens, which apps get for their key.
        case tokens(appKeys: [String], secret: [UInt8])
    }

    /// Files in PEM. They are read again when they change.
    public struct TLSFiles: Sendable {
        /// The certificate and those that vouch for it.
        public var certificate: URL
        /// The private key.
        public var key: URL

        /// Creates a pair of files.
        public init(certificate: URL, key: URL) {
            self.certificate = certificate
            self.key = key
        }
    }

    /// What a client may do at most.
    public struct Limits: Sendable {
        /// Bytes of a body.
        public var bodyBytes = 1 << 20
        /// Samples of a request.
        public var samples = 1000
        /// Events of a message.
        public var events = 1000
        /// Requests of a device: a second in the long run, and at once.
        public var deviceRate = (perSecond: 10.0, burst: 100.0)
        /// Requests of all devices: a second in the long run, and at once.
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
