import Hummingbird
import HummingbirdCore
import HummingbirdTLS
import Logging
import NIOCore
import ServiceLifecycle

/// Where devices connect; `openapi.json` describes it.
struct DeviceListener: Sendable {
    let configuration: ServerConfiguration
    let models: ServedModels
    let bundles: any BundleStore
    let readiness: Readiness
    /// `nil` where devices need no token.
    let tokens: TokenAuthority?
    let limiter: RateLimiter
    /// `nil` where devices cannot share samples.
    let events: (any EventStore)?
    let logger: Logger

    /// The listener as a service.
    ///
    /// - Parameter onRunning: Called with the port once devices can connect.
    /// - Throws: ``ConfigurationProblem`` where there is no certificate.
    func application(onRunning: @escaping @Sendable (Int) async -> Void) throws -> some ApplicationProtocol {
        let certificate = try configuration.tls.map { files in try ReloadedCertificate(files) }
        return Application(
            router: router(),
            server: try server(certificate),
            configuration: ApplicationConfiguration(
                address: .hostname(configuration.address.host, port: configuration.address.port),
                serverName: "metanetwork"
            ),
            services: [certificate].compactMap(\.self),
            onServerRunning: { channel in
                guard let port = channel.localAddress?.port else { preconditionFailure("the listener has no port") }
                await onRunning(port)
            },
            logger: logger
        )
    }

    private func server(_ certificate: ReloadedCertificate?) throws -> HTTPServerBuilder {
        let limits = configuration.limits
        let channel = HTTP1Channel.Configuration(
            additionalChannelHandlers: [SlowRequestHandler(limit: TimeAmount(limits.requestTimeout))],
            idleTimeout: TimeAmount(limits.idleTimeout)
        )
        let http1 = HTTPServerBuilder { responder in
            EventLoopChannel(base: HTTP1Channel(responder: responder, configuration: channel))
        }
        guard let certificate else { return http1 }
        return try .tls(http1, tlsConfiguration: certificate.configuration)
    }

    /// All routes.
    func router() -> Router<ServerContext> {
        let router = Router(context: ServerContext.self, options: .autoGenerateHeadEndpoints)
        let allowed = AllowedMethods()
        router.add(middleware: RequestMetrics())
        router.add(middleware: ProblemMiddleware(allowed: allowed))
        HealthController(readiness: readiness).addRoutes(to: router)
        DescriptionController().addRoutes(to: router)
        if let tokens { TokenController(tokens: tokens, limiter: limiter).addRoutes(to: router) }
        let group = router.group("/v1").add(middleware: DeviceMiddleware(tokens: tokens, limiter: limiter))
        ModelController(models: models, files: BundleFiles(bundles)).addRoutes(to: group)
        ParametersController(
            models: models,
            nonces: NonceCache(),
            limits: configuration.limits,
            lifetime: configuration.parameterLifetime
        ).addRoutes(to: group)
        if let events {
            EventsController(store: events, models: models, limits: configuration.limits).addRoutes(to: group)
        }
        allowed.read(router)
        return router
    }
}
