import Foundation
import Logging
import MetaNetwork
import Metrics
import ServiceLifecycle
import Synchronization

/// The models that are served, kept in step with the registry.
///
/// A new version is loaded and warmed up beside the old one and then switched to at once; one that fails is named and never
/// switched to.
public final class ServedModels: Sendable {
    /// A model with its loaded versions.
    struct Model: Sendable {
        let releases: Releases
        let versions: [String: LoadedVersion]

        /// The version that a device gets.
        func version(for device: String) -> LoadedVersion? {
            if let candidate = releases.candidate, candidate.includes(device: device),
                let version = versions[candidate.version]
            {
                return version
            }
            return versions[releases.current]
        }
    }

    private struct State {
        var models: [String: Model] = [:]
        /// Why versions could not be loaded, by model.
        var failures: [String: (releases: Releases, reason: String)] = [:]
        var hasLooked = false
    }

    private let state = Mutex(State())
    private let bundles: any BundleStore
    private let load: ProviderLoader
    private let batching: ServerConfiguration.Batching
    private let key: SigningKey
    private let logger: Logger

    init(
        _ bundles: any BundleStore,
        _ load: @escaping ProviderLoader,
        _ batching: ServerConfiguration.Batching,
        _ key: SigningKey,
        _ logger: Logger
    ) {
        self.bundles = bundles
        self.load = load
        self.batching = batching
        self.key = key
        self.logger = logger
    }

    /// A model by name.
    func model(_ name: String) -> Model? { state.withLock { $0.models[name] } }

    /// All models by name.
    var all: [String: Model] { state.withLock { $0.models } }

    /// Why the service cannot answer, or answers with an older version than it should; empty where all is well.
    var problems: [String] {
        state.withLock { state in
            guard state.hasLooked else { return ["the registry has not been read yet"] }
            return state.failures.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value.reason)" }
        }
    }

    /// Whether every model of the registry has a version that is served.
    var isReady: Bool { state.withLock { $0.hasLooked && !$0.models.isEmpty } }

    /// Reads the registry and loads what is new.
    func refresh() async {
        let names: [String]
        do {
            names = try await bundles.models()
        } catch {
            return logger.error("registry cannot be read", metadata: ["error": "\(error)"])
        }
        for name in names {
            do {
                try await refresh(name)
            } catch {
                logger.error("releases cannot be read", metadata: ["model": "\(name)", "error": "\(error)"])
            }
        }
        state.withLock { state in
            state.hasLooked = true
            for gone in Set(state.models.keys).subtracting(names) { state.models[gone] = nil }
        }
    }

    private func refresh(_ name: String) async throws {
        let releases = try await bundles.releases(of: name)
        let (old, failure) = state.withLock { ($0.models[name], $0.failures[name]) }
        guard old?.releases != releases, failure?.releases != releases else { return }
        var (versions, reasons) = ([String: LoadedVersion](), [String]())
        for version in releases.versions.sorted() {
            if let loaded = old?.versions[version] {
                versions[version] = loaded
                continue
            }
            do {
                versions[version] = try await load(BundleID(model: name, version: version))
            } catch {
                Counter(.versionFailures).increment()
                logger.error("version cannot be served", metadata: ["model": "\(name)", "error": "\(error)"])
                reasons.append("version \(version): \(error)")
            }
        }
        let reason = reasons.joined(separator: "; ")
        state.withLock { $0.failures[name] = reasons.isEmpty ? nil : (releases, reason) }
        // Without its current version the model stays as it was; another one that fails is left out.
        guard versions[releases.current] != nil else { return }
        // What was current until now stays one switch longer, for the devices that have not noticed yet.
        if let old { versions[old.releases.current] = old.versions[old.releases.current] }
        let model = Model(releases: releases, versions: versions)
        state.withLock { $0.models[name] = model }
        logger.info("version is served", metadata: ["model": "\(name)", "version": "\(releases.current)"])
    }

    private func load(_ bundle: BundleID) async throws -> LoadedVersion {
        let manifest = try await bundles.read(BundleLayout.manifest, of: bundle, range: nil)
        return try await bundles.withFolder(of: bundle) { [load, batching, key] folder in
            // Loading takes seconds: it would hold up one of the few threads that Swift's tasks share.
            try await withCheckedThrowingContinuation { continuation in
                DispatchQueue.global().async {
                    continuation.resume(
                        with: Result {
                            let provider = try load(folder)
                            return try LoadedVersion(bundle, provider, manifestBody: [UInt8](manifest), batching, key)
                        }
                    )
                }
            }
        }
    }
}

/// Reads the registry again and again.
struct RegistryWatcher: Service {
    let models: ServedModels
    let interval: Duration

    func run() async throws {
        try? await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                await models.refresh()
                try await Task.sleep(for: interval)
            }
        }
    }
}
