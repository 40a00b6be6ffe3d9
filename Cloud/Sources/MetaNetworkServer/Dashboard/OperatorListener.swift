import Hummingbird
import HummingbirdCore
import Logging
import MetaNetworkWire

/// Where operators connect: health, metrics and the dashboard.
struct OperatorListener: Sendable {
    /// Tells open dashboards how the service does; `nil` without metrics.
    let dashboard: DashboardFeed?
    private let metrics: PrometheusMetrics?
    private let trial: (any DashboardTrial)?
    private let models: ServedModels
    private let readiness: Readiness
    private let limits: ServerConfiguration.Limits
    private let token: [UInt8]?
    private let logger: Logger

    /// - Parameters:
    ///   - limits: What is refused as too much.
    ///   - token: What operators must send; `nil` on loopback.
    ///   - models: The models that are served.
    ///   - readiness: Whether devices should be sent here.
    ///   - quality: How versions do.
    ///   - metrics: What is exported; without them there is no dashboard.
    ///   - trial: Lets people try the models.
    ///   - logger: Receives what happens.
    init(
        _ limits: ServerConfiguration.Limits,
        token: [UInt8]?,
        _ models: ServedModels,
        _ readiness: Readiness,
        _ quality: QualityKeeper,
        _ metrics: PrometheusMetrics?,
        _ trial: (any DashboardTrial)?,
        _ logger: Logger
    ) {
        self.metrics = metrics
        self.trial = trial
        self.models = models
        self.readiness = readiness
        self.logger = logger
        self.limits = limits
        self.token = token
        dashboard = metrics.map { [start = ContinuousClock.now] metrics in
            DashboardFeed(hasTrial: trial != nil) {
                let time = (ContinuousClock.now - start).inSeconds
                return DashboardStatistics(time: time, metrics, models, quality, isDraining: readiness.isDraining)
            }
        }
    }

    /// The listener as a service.
    func application(_ address: ServerConfiguration.Address) -> some ApplicationProtocol {
        let router = Router(context: ServerContext.self, options: .autoGenerateHeadEndpoints)
        let allowed = AllowedMethods()
        router.add(middleware: RequestIdentity(tracer: nil))
        router.add(middleware: ProblemMiddleware(allowed: allowed, unsaid: .newest))
        router.add(middleware: OperatorMiddleware(address, token: token))
        HealthController(readiness: readiness).addRoutes(to: router)
        if let metrics {
            router.get("/metrics") { _, _ in Response.text(metrics.text, "text/plain; version=0.0.4") }
        }
        if let dashboard {
            DashboardController(feed: dashboard, trial: trial, models: models, itemLimit: limits.samples)
                .addRoutes(to: router)
        }
        allowed.read(router)
        return Application(
            router: router,
            server: .connections(limits),
            configuration: ApplicationConfiguration(address: .hostname(address.host, port: address.port)),
            logger: logger
        )
    }
}
