import Foundation
import MetaNetwork
import MetaNetworkDevice
import MetaNetworkWire

extension PersonalModel {
    /// How long nothing is shared where the service has no room, samples wait for another network or the disk refused a note, in
    /// seconds.
    private static let sharingPause = 3_600

    /// How the weights in use ranked an item that is being chosen; `nil` where samples are not shared. Asked before the item is part of the
    /// history and before the guard has changed its mind.
    ///
    /// - Parameter choice: Index of the item; 0 for one that the model does not know.
    func ranking(of choice: Int) -> SampleEvents.Event.Ranking? {
        guard configuration.sharesSamples else { return nil }
        let weights: SampleEvents.Event.Ranking.Weights =
            switch standing {
            case .personal: .personal
            case .guarded: .guarded
            case .retired: .retired
            default: .base
            }
        return SampleEvents.Event.Ranking(
            version: base.manifest.version,
            weights: weights,
            rank: base.device.rank(of: choice, history: samples.indices)
        )
    }

    /// Has the service delete what was shared before everything was forgotten.
    func deleteForgotten() async throws {
        while let id = forgotten.first {
            try await service.deleteEvents(of: id)
            forgotten.removeAll { $0 == id }
            do {
                try folder.write(forgotten: forgotten)
            } catch {
                observers.tell(.notice(.disk(error)))
            }
        }
    }

    /// Sends the samples that may be shared, batch by batch.
    func shareSamples() async throws {
        let epoch = refreshState.epoch
        while case let batch = outbox.nextBatch, !batch.isEmpty {
            guard refreshState.mayShare(at: configuration.time.uptime()), noteSharing() else { return }
            let answer = try await service.share(batch)
            guard epoch == refreshState.epoch else { throw ClientError.forgotten }
            var done = batch
            switch answer {
            case .stored(let refused):
                for refusal in refused.prefix(batch.count) { tell(of: refusal) }
            case .never(let reason, let event):
                // The service will never take it: keeping it would hold up all that follow.
                observers.tell(.notice(reason))
                if let event, batch.indices.contains(event) { done = [batch[event]] }
            case .later(let reason, let seconds):
                observers.tell(.notice(reason))
                return pauseSharing(seconds ?? Self.sharingPause)
            case .waiting:
                return pauseSharing(Self.sharingPause)
            }
            do {
                try outbox.remove(done)
            } catch {
                observers.tell(.notice(.disk(error)))
            }
        }
    }

    /// Notes on the disk that samples are about to be shared.
    ///
    /// - Returns: Whether they may be. Without the note nobody could have them deleted; a service that does not know devices could
    ///   not delete them either.
    private func noteSharing() -> Bool {
        do {
            try folder.noteSharing()
            return true
        } catch {
            if case .none = configuration.credentials { return true }
            observers.tell(.notice(.disk(error)))
            pauseSharing(Self.sharingPause)
            return false
        }
    }

    private func pauseSharing(_ seconds: Int) {
        refreshState.pauseSharing(until: configuration.time.uptime() + .seconds(seconds))
    }

    private func tell(of refusal: SampleEventsReceipt.Refusal) {
        let detail = "a sample was not taken: \(refusal.reason.prefix(500))"
        observers.tell(.notice(.refused(status: 200, detail: detail, fix: nil)))
    }
}
