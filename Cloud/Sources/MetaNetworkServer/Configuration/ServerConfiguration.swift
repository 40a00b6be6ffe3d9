import Foundation
import MetaNetworkWire

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
    /// Whether something before the service ends TLS, so that tokens may come over plain HTTP on an address beyond loopback.
    public var isBehindProxy = false
    /// Whether caches between the service and a device may keep the files of models, which need a token otherwise.
    public var filesArePublic = false
    /// Where devices find files by their digests, `ADDRESS/SHA256`, before they ask the service: a content network. `nil` where nobody else
    /// has them.
    public var filesURL: URL?
    /// What operators must send on their listener, a bearer token in a file that only its owner may read; needed beyond loopback.
    public var adminTokenFile: URL?
    /// The private key that signs answers, in base64, in a file that only its owner may read; `metanetwork keys new` makes it.
    /// `nil` signs with a key of this process.
    public var signingKeyFile: URL?
    /// When shared samples are deleted.
    public var retention = Retention()
    /// How requests are gathered.
    public var batching = Batching()
    /// What is refused as too much.
    public var limits = Limits()
    /// Where spans of requests are sent; `nil` traces none.
    public var tracing: Tracing?
    /// How long a device may use its parameters.
    public var parameterLifetime: Duration = .seconds(7 * 86_400)
    /// Whether all devices get the base model's weights instead of generated ones: a switch for when a generator does harm.
    public var allToBase = false
    /// The devices that stay on the base model's weights.
    public var holdOut = HoldOut.none
    /// When a candidate is dropped without an operator; `nil` for never.
    public var candidateStops: CandidateStops?
    /// Bytes that the files of loaded versions may have together, before versions that no device is given any more are let go; `nil` for any.
    public var loadedBytes: Int?
    /// How often the registry is read.
    public var registryInterval: Duration = .seconds(1)
    /// How long requests are still accepted once the service reports that it is not ready any more.
    public var drainDelay: Duration = .seconds(2)
    /// How long requests under way may take after that; what is open then is cut off.
    public var shutdownLimit: Duration = .seconds(30)

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

    /// Where spans of requests are sent, and of which.
    public struct Tracing: Sendable {
        /// A collector's address for OTLP over HTTP; ends in `/v1/traces` as a rule.
        public var endpoint: URL
        /// Share of the traces that begin here that are recorded, from 0 to 1. Of others whoever began them decides.
        public var share = 1.0

        /// Creates settings that trace all requests.
        public init(endpoint: URL) { self.endpoint = endpoint }
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

    /// When shared samples are deleted for their age.
    public struct Retention: Sendable, Equatable {
        /// Days after their arrival.
        public var days = 90
        /// Maximum share of all that is deleted at once, so that a clock that is wrong does not empty the store; 1 for any.
        public var share = 0.1

        /// Creates the default settings.
        public init() {}
    }

    /// How requests are gathered into batches.
    public struct Batching: Sendable {
        /// Maximum number of requests in a batch.
        public var batchSize = 64
        /// How long a batch that is not full may be held back while there is load; zero holds nothing back.
        public var delay: Duration = .zero
        /// Maximum number of requests that wait.
        public var queueLimit = 4096
        /// Longest that a request waits for its batch; its client has given up by then.
        public var waitingLimit: Duration = .seconds(10)

        /// Creates the default settings.
        public init() {}
    }

    /// What is refused as too much.
    public struct Limits: Sendable {
        /// Maximum number of bytes in a body.
        public var bodyBytes = ParametersRequest.byteLimit
        /// Maximum number of samples in a request.
        public var samples = ParametersRequest.sampleLimit
        /// Maximum number of events in a message.
        public var events = 1000
        /// Requests of a device: per second in the long run, and at once.
        public var deviceRate = (perSecond: 10.0, burst: 100.0)
        /// Requests of all devices: per second in the long run, and at once.
        public var overallRate = (perSecond: 100_000.0, burst: 100_000.0)
        /// Tokens that devices with one app key may ask for: per second in the long run, and at once.
        public var appKeyRate = (perSecond: 1_000.0, burst: 10_000.0)
        /// Tokens a second that one address that is not this machine's own may ask for, in the long run; 0 sets no limit, as behind a proxy.
        public var addressTokenRate = 0.0
        /// How long a connection may be silent, or take for the headers of a request.
        public var idleTimeout: Duration = .seconds(60)
        /// How long the rest of a request may take once its headers are there.
        public var requestTimeout: Duration = .seconds(30)
        /// How long an answer may wait for a client that reads nothing of it.
        public var answerTimeout: Duration = .seconds(30)
        /// Connections of devices in all; further ones wait to be accepted.
        public var connections = 10_000
        /// Connections from one address that is not this machine's own; 0 sets no limit.
        public var connectionsPerAddress = 0

        /// Creates the default limits.
        public init() {}
    }
}
