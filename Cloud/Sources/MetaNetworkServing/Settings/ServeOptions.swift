import ArgumentParser
import MetaNetworkData
import MetaNetworkSettings

/// Everything that sets `serve`.
package struct ServeOptions: SettingOptions {
    @OptionGroup package var file: FileOptions
    @Option(RegistrySettings.Settings.registry) package var registry: Given?
    @Option(ServeSettings.Settings.registryCache) package var registryCache: Given?
    @Option(ServeSettings.Settings.host) package var host: Given?
    @Option(ServeSettings.Settings.port) package var port: Given?
    @Option(ServeSettings.Settings.adminHost) package var adminHost: Given?
    @Option(ServeSettings.Settings.adminPort) package var adminPort: Given?
    @Option(ServeSettings.Settings.adminTokenFile) package var adminTokenFile: Given?
    @Option(switch: ServeSettings.Settings.insecure) package var insecure: Given?
    @Option(ServeSettings.Settings.appKeyFile) package var appKeyFile: Given?
    @Option(ServeSettings.Settings.tokenSecretFile) package var tokenSecretFile: Given?
    @Option(ServeSettings.Settings.denyFile) package var denyFile: Given?
    @Option(ServeSettings.Settings.deviceProof, strict: true) package var deviceProof: Given?
    @Option(ServeSettings.Settings.tlsCertificate) package var tlsCertificate: Given?
    @Option(ServeSettings.Settings.tlsKey) package var tlsKey: Given?
    @Option(switch: ServeSettings.Settings.behindProxy) package var behindProxy: Given?
    @Option(ServeSettings.Settings.signingKey) package var signingKey: Given?
    @Option(switch: ServeSettings.Settings.ephemeralSigningKey) package var ephemeralSigningKey: Given?
    @Option(switch: ServeSettings.Settings.publicFiles) package var publicFiles: Given?
    @Option(ServeSettings.Settings.items) package var items: Given?
    @Option(ServeSettings.Settings.federation) package var federation: Given?
    @Option(ServeSettings.Settings.events) package var events: Given?
    @Option(ServeSettings.Settings.deviceEvents) package var deviceEvents: Given?
    @Option(ServeSettings.Settings.eventsLimit, strict: true) package var eventsLimit: Given?
    @Option(ServeSettings.Settings.eventDays) package var eventDays: Given?
    @Option(ServeSettings.Settings.eventDeletionShare, strict: true) package var eventDeletionShare: Given?
    @Option(switch: ServeSettings.Settings.rank) package var rank: Given?
    @Option(ServeSettings.Settings.loadedMemory, strict: true) package var loadedMemory: Given?
    @Option(ServeSettings.Settings.batchSize) package var batchSize: Given?
    @Option(ServeSettings.Settings.batchDelay, strict: true) package var batchDelay: Given?
    @Option(ServeSettings.Settings.queueLimit) package var queueLimit: Given?
    @Option(ServeSettings.Settings.deviceRate, strict: true) package var deviceRate: Given?
    @Option(ServeSettings.Settings.appKeyRate, strict: true) package var appKeyRate: Given?
    @Option(ServeSettings.Settings.addressTokenRate, strict: true) package var addressTokenRate: Given?
    @Option(ServeSettings.Settings.connections) package var connections: Given?
    @Option(ServeSettings.Settings.connectionsPerAddress) package var connectionsPerAddress: Given?
    @Option(ServeSettings.Settings.drainDelay, strict: true) package var drainDelay: Given?
    @Option(ServeSettings.Settings.shutdownLimit, strict: true) package var shutdownLimit: Given?
    @Option(switch: ServeSettings.Settings.allToBase) package var allToBase: Given?
    @Option(ServeSettings.Settings.holdout, strict: true) package var holdout: Given?
    @Option(switch: ServeSettings.Settings.candidateStops) package var candidateStops: Given?
    @Option(ServeSettings.Settings.candidateDevices, strict: true) package var candidateDevices: Given?
    @Option(ServeSettings.Settings.candidateFailures, strict: true) package var candidateFailures: Given?
    @Option(switch: ServeSettings.Settings.noBundleCheck) package var noBundleCheck: Given?
    @Option(ServeSettings.Settings.bundleCheckTimeout, strict: true) package var bundleCheckTimeout: Given?
    @Option(ServeSettings.Settings.engine, strict: true) package var engine: Given?
    @Option(ServeSettings.Settings.threads, strict: true) package var threads: Given?
    @Option(ServeSettings.Settings.filesURL, strict: true) package var filesURL: Given?
    @Option(ServeSettings.Settings.otlpEndpoint, strict: true) package var otlpEndpoint: Given?
    @Option(ServeSettings.Settings.traceShare, strict: true) package var traceShare: Given?
    @Option(ServeSettings.Settings.logFormat, strict: true) package var logFormat: Given?
    @Option(ServeSettings.Settings.logLevel, strict: true) package var logLevel: Given?

    package static let declarations = RegistrySettings.declarations + ServeSettings.declarations

    package init() {}
}
