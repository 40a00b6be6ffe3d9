import Foundation
import Logging
import Synchronization

/// Tells the registry which versions this service could serve, so that a rollback finds one that works and old versions that are
/// served are not removed.
final class HealthNotes: Sendable {
    private struct State {
        var told: [BundleID: ContinuousClock.Instant] = [:]
        var isRefused = false
    }

    private let state = Mutex(State())
    private let bundles: any BundleStore
    private let logger: Logger

    init(_ bundles: any BundleStore, _ logger: Logger) {
        self.bundles = bundles
        self.logger = logger
    }

    /// Notes versions that are served, each now and then.
    func served(_ model: String, _ versions: [String], at now: ContinuousClock.Instant) async {
        for version in versions.sorted() {
            let bundle = BundleID(model: model, version: version)
            let isDue = state.withLock { state in
                if let last = state.told[bundle], now - last < VersionHealth.interval { return false }
                // A version that is served no longer is not to be remembered for ever.
                state.told = state.told.filter { now - $0.value < VersionHealth.interval }
                state.told[bundle] = now
                return true
            }
            if isDue { await note(VersionHealth(served: Self.time, by: Host.name), of: bundle) }
        }
    }

    /// Notes a version that could not be loaded.
    func failed(_ bundle: BundleID, _ reason: String) async {
        state.withLock { $0.told[bundle] = nil }
        await note(VersionHealth(failed: Self.time, reason: String(reason.prefix(500)), by: Host.name), of: bundle)
    }

    /// A registry that cannot be written to is a good one too: that is said once.
    private func note(_ health: VersionHealth, of bundle: BundleID) async {
        do {
            try await bundles.note(health, of: bundle)
        } catch is RegistryBusy {
            // Somebody publishes: next time.
            state.withLock { $0.told[bundle] = nil }
        } catch let error as ObjectStoreError where error.isOutage {
            // Once it is back; that it is away is said where the releases are read.
            state.withLock { $0.told[bundle] = nil }
        } catch {
            let isNew = state.withLock { state in
                defer { state.isRefused = true }
                return !state.isRefused
            }
            guard isNew else { return }
            logger.notice(
                "the registry cannot be told which versions are served; rollbacks go by the releases alone",
                metadata: ["error": "\(error)"]
            )
        }
    }

    private static var time: Int { Int(Date().timeIntervalSince1970) }
}
