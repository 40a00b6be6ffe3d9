import Foundation
import Hummingbird
import HummingbirdCore
import HummingbirdTLS
import Logging
import NIOCore
import ServiceLifecycle
import Synchronization
import UnixSignals

/// The service: models of a registry, served to devices over HTTP.
public struct MetaNetworkService: Sendable {
    /// The settings.
    public let configuration: ServerConfiguration
    /// The key that signs the answers; apps pin its public half.
    public let key: SigningKey
    /// The models that are served.
    public let models: ServedModels
    private let tokens: TokenAuthority?
    private let limiter: RateLimiter
    private let logger: Logger
    private let metrics: PrometheusMetrics?
    private let events: EventStore?
    private let isDraining = Draining()
    let dashboard: (feed: DashboardFeed, trial: (any DashboardTrial)?)?

    /// Whether the service is about to stop.
    private final class Draining: Sendable {
        private let state = Mutex(false)
        var isOn: Bool { state.withLock { $0 } }
        func begin() { state.withLock { $0 = true } }
    }

    /// Prepares a service; nothing listens yet.
    ///
    /// - Parameters:
    ///   - configuration: The settings.
    ///   - registry: Where the bundles are.
    ///   - logger: Receives what happens; nothing personal.
    ///   - metrics: What the admin listener shows; whoever gives it has made it the process's `MetricsSystem`.
    ///   - trial: Lets people try the models on the dashboard.
    ///   - load: Makes a provider of a bundle.
    /// - Throws: ``ConfigurationProblem``.
    public init(
        _ configuration: ServerConfiguration,
        registry: Registry,
        logger: Logger,
        metrics: PrometheusMetrics? = nil,
        trial: (any DashboardTrial)? = nil,
        load: @escaping ProviderLoader
    ) async throws {
        try configuration.validate()
        self.configuration = configuration
        self.logger = logger
        self.metrics = metrics
        key = try configuration.signingKeyFile.map { try SigningKey(contentsOf: $0) } ?? SigningKey()
        events = try configuration.eventsFile.map { try EventStore($0) }
        models = ServedModels(registry, load, configuration.batching, key, logger)
        dashboard = metrics.map { [models, isDraining, start = ContinuousClock.now] metrics in
            let feed = DashboardFeed(hasTrial: trial != nil) {
                let time = (ContinuousClock.now - start).inSeconds
                return DashboardStatistics(time: time, metrics, models, isDraining: isDraining.isOn)
            }
            return (feed, trial)
        }
        let limits = configuration.limits
        limiter = RateLimiter(
            device: RateLimiter.Rate(perSecond: limits.deviceRate.perSecond, burst: limits.deviceRate.burst),
            overall: RateLimiter.Rate(perSecond: limits.overallRate.perSecond, burst: limits.overallRate.burst)
        )
        switch configuration.authentication {
        case .none: tokens = nil
        case .tokens(let appKeys, let secret):
            tokens = await TokenAuthority(secret: secret, appKeys: appKeys, lifetime: 3600)
        }
    }

    /// Serves until SIGTERM or SIGINT: readiness is taken back first, requests under way are answered, then it ends.
    ///
    /// - Parameter onRunning: Called with the port once devices can connect.
    public func run(onRunning: @escaping @Sendable (Int) async -> Void = { _ in }) async throws {
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                models.refresh()
                continuation.resume()
            }
        }
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: try services(onRunning: onRunning),
                gracefulShutdownSignals: [.sigterm, .sigint],
                logger: logger
            )
        )
        try await group.run()
    }

    /// The device's listener, for tests and for those who bring their own service group.
    func application(onRunning: @escaping @Sendable (Int) async -> Void = { _ in }) throws -> some ApplicationProtocol {
        Application(
            router: router(),
            server: try server(),
            configuration: ApplicationConfiguration(
                address: .hostname(configuration.address.host, port: configuration.address.port),
                serverName: "metanetwork"
            ),
            onServerRunning: { channel in await onRunning(channel.localAddress?.port ?? 0) },
            logger: logger
        )
    }

    private func services(onRunning: @escaping @Sendable (Int) async -> Void) throws -> [any Service] {
        // Shut down from the last to the first: the drain delay passes before the listener closes.
        var services: [any Service] = [
            RegistryWatcher(models: models, interval: configuration.registryInterval),
            try application(onRunning: onRunning),
        ]
        if let address = configuration.adminAddress {
            services.append(adminApplication(address))
            // Open dashboards are let go before their listener waits for them.
            if let dashboard { services.append(dashboard.feed) }
        }
        if let events {
            services.append(EventRetention(store: events, days: configuration.eventDays, logger: logger))
        }
        return services + [DrainDelay(delay: configuration.drainDelay) { isDraining.begin() }]
    }

    /// The operators' listener: health, metrics and the dashboard.
    func adminApplication(_ address: ServerConfiguration.Address) -> some ApplicationProtocol {
        let router = Router(context: ServerContext.self, options: .autoGenerateHeadEndpoints)
        let allowed = AllowedMethods()
        router.add(middleware: ProblemMiddleware(allowed: allowed))
        addHealth(to: router)
        router.get("/metrics") { _, _ in
            Response(
                status: .ok,
                headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8"],
                body: .init(byteBuffer: ByteBuffer(string: metrics?.text ?? ""))
            )
        }
        if let dashboard {
            DashboardController(
                feed: dashboard.feed,
                trial: dashboard.trial,
                itemLimit: configuration.limits.samples
            ).addRoutes(to: router)
        }
        allowed.read(router)
        return Application(
            router: router,
            configuration: ApplicationConfiguration(address: .hostname(address.host, port: address.port)),
            logger: logger
        )
    }

    private func addHealth(to router: Router<ServerContext>) {
        router.get("/healthz") { _, _ in Response(status: .ok) }
        router.get("/readyz") { _, _ in readiness() }
    }

    private func server() throws -> HTTPServerBuilder {
        let limits = configuration.limits
        let channel = HTTP1Channel.Configuration(
            additionalChannelHandlers: [SlowRequestHandler(limit: TimeAmount(limits.requestTimeout))],
            idleTimeout: TimeAmount(limits.idleTimeout)
        )
        let http1 = HTTPServerBuilder { responder in
            EventLoopChannel(base: HTTP1Channel(responder: responder, configuration: channel))
        }
        guard let files = configuration.tls else { return http1 }
        return try .tls(http1, tlsConfiguration: TLSReloader(files).configuration())
    }

    /// The devices' listener, which openapi.json describes.
    func router() -> Router<ServerContext> {
        let router = Router(context: ServerContext.self, options: .autoGenerateHeadEndpoints)
        let allowed = AllowedMethods()
        router.add(middleware: RequestMetrics())
        router.add(middleware: ProblemMiddleware(allowed: allowed))
        addHealth(to: router)
        DescriptionController().addRoutes(to: router)
        if let tokens { TokenController(tokens: tokens, limiter: limiter).addRoutes(to: router) }
        let group = router.group("/v1").add(middleware: DeviceMiddleware(tokens: tokens, limiter: limiter))
        ModelController(models: models).addRoutes(to: group)
        ParametersController(
            models: models,
            nonces: NonceCache(),
            limits: configuration.limits,
            lifetime: configuration.parameterLifetime
        ).addRoutes(to: group)
        if let events {
            EventsController(
                store: events,
                writer: EventWriter(events),
                models: models,
                limits: configuration.limits
            ).addRoutes(to: group)
        }
        allowed.read(router)
        return router
    }

    private func readiness() -> Response {
        let isReady = models.isReady && !isDraining.isOn
        var lines = [isDraining.isOn ? "draining" : isReady ? "ready" : "not ready"] + models.problems
        lines.append("")
        return Response(
            status: isReady ? .ok : .serviceUnavailable,
            headers: [.contentType: "text/plain; charset=utf-8"],
            body: .init(byteBuffer: ByteBuffer(string: lines.joined(separator: "\n")))
        )
    }
}

/// Holds a shutdown back until load balancers have seen that the service is not ready any more.
private struct DrainDelay: Service {
    let delay: Duration
    let begin: @Sendable () -> Void

    func run() async throws {
        try await gracefulShutdown()
        begin()
        try? await Task.sleep(for: delay)
    }
}

/// Forgets events that are too old, once an hour.
private struct EventRetention: Service {
    let store: EventStore
    let days: Int
    let logger: Logger

    func run() async throws {
        try? await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do {
                    let limit = Int(Date().timeIntervalSince1970) - days * 86_400
                    let count = try await store.delete(before: limit)
                    if count > 0 { logger.info("old events were removed", metadata: ["count": "\(count)"]) }
                } catch {
                    logger.error("old events cannot be removed", metadata: ["error": "\(error)"])
                }
                try await Task.sleep(for: .seconds(3600))
            }
        }
    }
}
