import Foundation
import Hummingbird
import Logging
import NIOCore
import ServiceLifecycle
import UnixSignals

/// The service: models of a registry, served to devices over HTTP.
public struct MetaNetworkService: Sendable {
    /// The settings.
    public let configuration: ServerConfiguration
    /// The key that signs the answers; apps pin its public half.
    public let key: SigningKey
    /// The models that are served.
    public let models: ServedModels
    private let events: (any EventStore)?
    /// Looks at how versions do.
    let quality: QualityKeeper
    private let federation: Federation?
    private let readiness: Readiness
    private let logger: Logger
    private let devices: DeviceListener
    private let operators: OperatorListener
    /// Sends the spans of requests; `nil` where they are not traced.
    let spans: OTLPExporter?

    /// Prepares a service; nothing listens yet.
    ///
    /// - Parameters:
    ///   - configuration: The settings.
    ///   - bundles: The registry.
    ///   - events: Where the samples that devices share are stored; `nil` accepts none.
    ///   - federation: What devices learn together; `nil` where they do not.
    ///   - logger: Receives what happens; nothing personal.
    ///   - metrics: What the operators' listener shows; the caller has made it the process's `MetricsSystem`.
    ///   - trial: Lets people try the models on the dashboard.
    ///   - check: Tries a version in another process before it is loaded; `nil` loads it at once.
    ///   - loadAnswerer: Makes a larger model that answers inputs of a bundle; `nil` where none do.
    ///   - loadRanking: Makes what ranks, for clients that cannot run models, of a bundle; `nil` where nothing does.
    ///   - load: Makes a provider of a bundle.
    /// - Throws: ``ConfigurationProblem``.
    public init(
        _ configuration: ServerConfiguration,
        bundles: any BundleStore,
        events: (any EventStore)? = nil,
        federation: Federation? = nil,
        logger: Logger,
        metrics: PrometheusMetrics? = nil,
        trial: (any DashboardTrial)? = nil,
        check: (any BundleCheck)? = nil,
        loadAnswerer: AnswererLoader? = nil,
        loadRanking: RankingLoader? = nil,
        load: @escaping ProviderLoader
    ) async throws {
        try configuration.validate()
        if federation != nil, case .none = configuration.authentication {
            throw ConfigurationProblem(
                "in a federation each device counts once a round, and without tokens nobody tells them apart; give app keys"
            )
        }
        self.configuration = configuration
        (self.events, self.federation) = (events, federation)
        self.logger = logger
        key = try Self.signingKey(configuration.signingKeyFile, logger)
        let loader = VersionLoader(
            load: load,
            loadAnswerer: loadAnswerer,
            loadRanking: loadRanking,
            check: check,
            batching: configuration.batching,
            key: key,
            needsSignature: configuration.needsSignedModels,
            allToBase: configuration.allToBase,
            holdOut: configuration.holdOut,
            checksNorms: configuration.candidateStops != nil
        )
        models = ServedModels(
            bundles,
            loader,
            logger,
            lookingEvery: configuration.registryInterval,
            memory: configuration.loadedBytes.map { LoadedMemory(limit: $0) }
        )
        readiness = Readiness(models)
        spans = configuration.tracing.map {
            OTLPExporter(tracer: OTLPTracer(share: $0.share), endpoint: $0.endpoint, logger: logger)
        }
        quality = QualityKeeper(models, events, bundles, configuration.candidateStops, logger)
        devices = DeviceListener(
            configuration: configuration,
            models: models,
            bundles: bundles,
            readiness: readiness,
            access: try await Self.access(configuration.authentication, logger),
            limiter: RateLimiter(configuration.limits),
            events: events,
            federation: federation.map { [key] in FederationController(federation: $0, key: key) },
            tracer: spans?.tracer,
            logger: logger
        )
        operators = OperatorListener(
            configuration.limits,
            token: try OperatorMiddleware.token(configuration.adminTokenFile),
            models,
            readiness,
            quality,
            metrics,
            trial,
            logger
        )
    }

    private static func signingKey(_ file: URL?, _ logger: Logger) throws -> SigningKey {
        if let file { return try SigningKey(contentsOf: file) }
        logger.warning(
            "the signing key is not kept: apps that pin it refuse other replicas, and this one after a restart"
        )
        return SigningKey()
    }

    private static func access(
        _ authentication: ServerConfiguration.Authentication,
        _ logger: Logger
    ) async throws -> DeviceAccess? {
        guard case .tokens(let settings) = authentication else { return nil }
        if case .ofThisProcess = settings.secrets {
            logger.warning(
                "the token secret is not kept: replicas refuse each other's tokens, and restarts all of them"
            )
        }
        let secrets = try TokenSecret.all(settings.secrets)
        return DeviceAccess(
            tokens: await TokenAuthority(secrets: secrets),
            lists: try AccessLists(settings, logger),
            proofs: DeviceProofs(DeviceChallenges(secrets), settings.attester),
            leastStanding: settings.leastStanding
        )
    }

    /// Serves until SIGTERM or SIGINT: the service first reports that it is not ready any more, answers the requests under way, and
    /// then ends.
    ///
    /// - Parameter onRunning: Called with the port once devices can connect.
    /// - Throws: ``ConfigurationProblem`` where another program listens at an address of its own.
    public func run(onRunning: @escaping @Sendable (Int) async -> Void = { _ in }) async throws {
        // A new federation publishes the model that its devices begin with.
        await federation?.tend()
        await models.refresh()
        var group = ServiceGroupConfiguration(
            services: try services(onRunning: onRunning),
            gracefulShutdownSignals: [.sigterm, .sigint],
            logger: logger
        )
        // A client that never reads, or a dashboard on a sleeping laptop, ends no later than everybody else.
        group.maximumGracefulShutdownDuration = configuration.drainDelay + configuration.shutdownLimit
        do {
            try await ServiceGroup(configuration: group).run()
        } catch let error as IOError where error.errnoCode == EADDRINUSE {
            throw addressInUse
        }
    }

    /// The system does not say which of the two it was.
    private var addressInUse: ConfigurationProblem {
        let addresses = [configuration.address, configuration.adminAddress].compactMap { $0 }
        let names = addresses.map { "\($0.host):\($0.port)" }.joined(separator: " or ")
        return ConfigurationProblem(
            "another program listens on \(names) already; end it, or choose other ports with --port and --admin-port"
        )
    }

    private func services(onRunning: @escaping @Sendable (Int) async -> Void) throws -> [any Service] {
        // Shut down from the last to the first: the drain delay passes before the listener closes.
        var services: [any Service] = spans.map { [$0] } ?? []
        services += [
            RegistryWatcher(models: models, interval: configuration.registryInterval),
            try application(onRunning: onRunning),
        ]
        if let address = configuration.adminAddress {
            services.append(adminApplication(address))
            // Open dashboards are closed before their listener waits for them.
            if let dashboard { services.append(dashboard) }
        }
        services.append(quality)
        if let federation { services.append(FederationKeeper(federation: federation)) }
        if let events {
            services.append(EventRetention(store: events, settings: configuration.retention, logger: logger))
        }
        return services + [DrainDelay(readiness: readiness, delay: configuration.drainDelay)]
    }

    /// Where devices connect.
    func application(onRunning: @escaping @Sendable (Int) async -> Void = { _ in }) throws -> some ApplicationProtocol {
        try devices.application(onRunning: onRunning)
    }

    /// The routes of the devices' listener.
    func router() -> Router<ServerContext> { devices.router() }

    /// Where operators connect.
    func adminApplication(_ address: ServerConfiguration.Address) -> some ApplicationProtocol {
        operators.application(address)
    }

    /// Tells open dashboards how the service does; `nil` without metrics.
    var dashboard: DashboardFeed? { operators.dashboard }
}
