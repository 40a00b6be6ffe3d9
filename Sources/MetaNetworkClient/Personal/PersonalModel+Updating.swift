import Foundation
import MetaNetwork

/// Changing to the service's current version of the model.
extension PersonalModel {
    /// Changes to the current version now and then, so that a version that is rolled out step by step arrives although the one
    /// before is still served. One that cannot be used, or may not use the network, must not keep the device from weights for its own;
    /// one that waits for another network is tried each time, but not right after a refresh that failed, which may be its fault.
    ///
    /// - Returns: Whether it was time to ask.
    func checkVersion() async throws -> Bool {
        let isDue = refreshState.isVersionDue(at: configuration.time.uptime())
        guard isDue || (refreshState.deferred != nil && refreshState.failure == nil) else { return false }
        do {
            try await updateBase()
        } catch {
            switch ClientError(error) {
            case .untrusted, .unusable:
                refreshState.noteDeferred(nil)
                observers.tell(.notice(ClientError(error)))
            default: throw error
            }
        }
        return true
    }

    /// Changes to the service's current version if it is another, and may use the network.
    func updateBase() async throws {
        let interval = VersionInterval(configuration.versionInterval, model: base.manifest.name)
        refreshState.noteVersionCheck(next: configuration.time.uptime() + interval.own(of: folder.keptDeviceID()))
        var notices: [ClientError] = []
        let fresh: BaseModel?
        do {
            fresh = try await following { [source, digest = base.digest, version = base.manifest.version] tell in
                try await source.update(from: digest, version: version, &notices, tell: tell)
            }
            refreshState.noteDeferred(nil)
        } catch let waiting as DeferredDownload {
            fresh = nil
            refreshState.noteDeferred(waiting.download)
        }
        if let fresh {
            base = fresh
            restoreContext(&notices)
            readSamples()
            restoreGuard(&notices)
            restoreAsking(&notices)
            restoreParameters(&notices)
            beginGathering(&notices)
            tellOfMissingBasis(&notices)
        }
        for notice in notices { observers.tell(.notice(notice)) }
    }

    /// Tells observers how far a download came while it runs: in order, and for the last time before this returns.
    private func following(
        _ update: (@escaping @Sendable (Download) -> Void) async throws -> BaseModel?
    ) async throws -> BaseModel? {
        let (downloads, continuation) = AsyncStream.makeStream(of: Download.self, bufferingPolicy: .bufferingNewest(1))
        let telling = Task {
            for await download in downloads {
                refreshState.note(download)
                observers.tell(.fetching(download))
            }
        }
        func end() async {
            continuation.finish()
            await telling.value
            guard refreshState.download != nil else { return }
            refreshState.note(nil)
            tellState()
        }
        do {
            let fresh = try await update { continuation.yield($0) }
            await end()
            return fresh
        } catch {
            await end()
            throw error
        }
    }
}
