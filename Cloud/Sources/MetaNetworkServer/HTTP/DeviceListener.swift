import Hummingbird
import HummingbirdCore
import HummingbirdTLS
import Logging
import MetaNetworkWire
import NIOCore
import ServiceLifecycle
import Tracing

/// Where devices connect; `openapi.json` describes it.
struct DeviceListener: Sendable {
    let configuration: ServerConfiguration
    let models: ServedModels
    let bundles: any BundleStore
    let readiness: Readiness
    /// `nil` where devices need no token.
    let access: DeviceAccess?
    let limiter: RateLimiter
    /// `nil` where devices cannot share samples.
    let events: (any EventStore)?
    /// `nil` where devices learn nothing together, with the key that signs their turns.
    let federation: FederationController?
    /// Makes spans of requests; `nil` makes none.
    let tracer: (any Tracer)?
    let logger: Logger

    /// The listener as a service.
    ///
    /// - Parameter onRunning: Called with the port once devices can connect.
    /// - Throws: ``ConfigurationProblem`` where there is no certificate.
    func application(onRunning: @escaping @Sendable (Int) async -> Void) throws -> some ApplicationProtocol {
        let certificate = try configuration.tls.map { files in try ReloadedCertificate(files) }
        var services: [any Service] = access?.lists.services ?? []
        if let certificate { services.append(certificate) }
        return Application(
            router: router(),
            server: try server(certificate),
            configuration: ApplicationConfiguration(
                address: .hostname(configuration.address.host, port: configuration.address.port),
                serverName: "metanetwork",
                availableConnectionsDelegate: MaximumAvailableConnections(configuration.limits.connections)
            ),
            services: services,
            onServerRunning: { channel in
                guard let port = channel.localAddress?.port else { preconditionFailure("the listener has no port") }
                await onRunning(port)
            },
            logger: logger
        )
    }

    private func server(_ certificate: ReloadedCertificate?) throws -> HTTPServerBuilder {
        let http1 = HTTPServerBuilder.connections(configuration.limits)
        guard let certificate else { return http1 }
        return try .tls(http1, tlsConfiguration: certificate.configuration)
    }

    /// All routes.
    func router() -> Router<ServerContext> {
        let router = Router(context: ServerContext.self, options: .autoGenerateHeadEndpoints)
        let allowed = AllowedMethods()
        router.add(middleware: RequestIdentity(tracer: tracer))
        router.add(middleware: RequestMetrics())
        router.add(middleware: ProblemMiddleware(allowed: allowed, unsaid: .two))
        HealthController(readiness: readiness).addRoutes(to: router)
        DescriptionController().addRoutes(to: router)
        let inference = InferenceController(
            models: models,
            readiness: readiness,
            limits: configuration.limits,
            rowLimit: configuration.batching.batchSize
        )
        inference.addProbes(to: router)
        let labelled = router.group("/v1").add(middleware: ClientCount()).add(middleware: LabelMiddleware())
        if let access {
            TokenController(access: access, limits: TokenLimits(configuration.limits), limiter: limiter)
                .addRoutes(to: labelled)
        }
        let devices = DeviceMiddleware(access: access, limiter: limiter)
        // Other people's protocol has no labels.
        inference.addRoutes(to: router.group().add(middleware: devices))
        let group = labelled.group().add(middleware: devices)
        let controller = ModelController(
            models: models,
            files: BundleFiles(bundles),
            // What needs a token must not be had without one from a cache.
            filesArePublic: access == nil || configuration.filesArePublic,
            filesURL: configuration.filesURL
        )
        controller.addRoutes(to: group)
        LogController(models: models).addRoutes(to: group)
        // A content network has no token, and need not have one for files that anybody may have.
        let anybody = labelled.group().add(middleware: DeviceMiddleware(access: nil, limiter: limiter))
        controller.addContents(to: configuration.filesArePublic ? anybody : group)
        let nonces = NonceCache()
        ParametersController(
            models: models,
            nonces: nonces,
            limits: configuration.limits,
            lifetime: configuration.parameterLifetime,
            holdOut: configuration.holdOut
        ).addRoutes(to: group)
        RankingController(
            models: models,
            limits: configuration.limits,
            holdOut: configuration.holdOut,
            allToBase: configuration.allToBase
        ).addRoutes(to: group)
        AnswersController(models: models, nonces: nonces, limits: configuration.limits).addRoutes(to: group)
        if let events {
            EventsController(store: events, models: models, limits: configuration.limits).addRoutes(to: group)
        }
        federation?.addRoutes(to: group)
        allowed.read(router)
        return router
    }
}

extension HTTPServerBuilder {
    /// HTTP/1 with the limits that both listeners have.
    static func connections(_ limits: ServerConfiguration.Limits) -> HTTPServerBuilder {
        let addresses = AddressLimit(limits.connectionsPerAddress)
        let channel = HTTP1Channel.Configuration(
            additionalChannelHandlers: [
                AddressLimitHandler(addresses), SlowRequestHandler(limit: TimeAmount(limits.requestTimeout)),
                StalledAnswerHandler(limit: TimeAmount(limits.answerTimeout)),
            ],
            idleTimeout: TimeAmount(limits.idleTimeout)
        )
        return HTTPServerBuilder { responder in
            EventLoopChannel(base: HTTP1Channel(responder: responder, configuration: channel))
        }
    }
}
