import ArgumentParser
import Foundation
import Logging
import MetaNetworkBundles
import MetaNetworkData
import MetaNetworkServer
import MetaNetworkSettings
import Metrics

extension ServeOptions {
    /// Serves until the process is told to end.
    ///
    /// - Parameter engine: Makes what runs the models, once for the process.
    /// - Throws: `ConfigurationError`, `ConfigurationProblem` or `ValidationError` where settings do not go together.
    package func serve(_ engine: (ServeSettings) throws -> ServiceEngine) async throws {
        let merged = try merged()
        let own: ServeSettings = merged.values()
        let registry = try merged.registry(cache: own.registryCache)
        guard (own.tlsCertificate == nil) == (own.tlsKey == nil) else {
            throw ValidationError("--tls-certificate and --tls-key belong together")
        }
        let events = try own.events.map { try EventAddress($0) }
        guard !own.candidateStops || events?.isInObjects != true else {
            throw ConfigurationError(
                "choices are not counted in S3, so --candidate-stops has nothing to compare: give --events a file or a database"
            )
        }
        if events?.isInObjects == true, merged.isGiven(ServeSettings.Settings.eventsLimit.key) {
            throw ConfigurationError(
                "--\(ServeSettings.Settings.eventsLimit.key) bounds no events in S3: leave it away, and bound the bucket where it is made"
            )
        }
        LoggingSystem.bootstrap { [format = own.logFormat, level = own.logLevel] in format.handler($0, level) }
        let engine = try engine(own)
        let metrics = PrometheusMetrics()
        MetricsSystem.bootstrap(metrics)
        var configuration = own.configuration
        configuration.authentication = try own.authentication(environment: ProcessInfo.processInfo.environment)
        let logger = Logger(label: "metanetwork")
        let federation = try own.federation.map { try engine.federation(URL(fileURLWithPath: $0), registry, logger) }
        var ranking: RankingLoader?
        if own.rank { ranking = { try DeviceRanking(.init(contentsOf: $0)) } }
        let service = try await MetaNetworkService(
            configuration,
            bundles: registry,
            events: events?.open(quota: own.eventQuota),
            federation: federation,
            logger: logger,
            metrics: metrics,
            trial: ModelTrial(registry, titles: own.items.map { try ItemTitles.read(URL(fileURLWithPath: $0)) } ?? [:]),
            check: own.bundleCheck,
            loadAnswerer: { try engine.answerer(.init(contentsOf: $0)) },
            loadRanking: ranking,
            load: { try engine.provider(.init(contentsOf: $0)) }
        )
        let scheme = own.tlsCertificate == nil ? "http" : "https"
        try await service.run { [host = configuration.address.host] port in
            print("serving \(scheme)://\(host):\(port)")
            print(service.key.greeting)
            fflush(nil)
        }
    }
}
