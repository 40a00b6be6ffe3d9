import MetaNetwork
import MetaNetworkDevice

extension PersonalModel {
    /// Records that the user chose an item. It is stored before this returns, and counts in the next ranking.
    ///
    /// An item that the model does not know is recorded too: a later version may know it.
    ///
    /// - Parameter id: The item's raw id; an empty one, or one longer than ``Limits/idBytes``, is not recorded.
    public func record(_ id: String) {
        guard !id.isEmpty, id.utf8.count <= configuration.limits.idBytes else {
            return observers.tell(.notice(.invalidSample))
        }
        let event = SampleEvents.Event(id: freshID(), item: id, time: configuration.time.now())
        // Each in its turn: what the disk refuses stays in memory.
        let results = [
            Result { try samples.append(event, number: base.vocabulary.number(of: id)) },
            Result { try outbox.append(event) },
        ]
        tellOfDisk(results)
        considerRefresh()
    }

    /// Says that the disk refuses writes: once, not after every sample.
    private func tellOfDisk(_ results: [Result<Void, any Error>]) {
        let wasFailing = isDiskFailing
        isDiskFailing = false
        for case .failure(let error) in results {
            if !wasFailing, !isDiskFailing { observers.tell(.notice(.disk(error))) }
            isDiskFailing = true
        }
    }

    /// Removes all that tells of the user from this device: samples, personal weights, what waits to be shared, the
    /// device's id. The base model ranks from now on.
    ///
    /// Where samples were shared, the service is asked to delete them: in the background, and again at the next contact until
    /// it has done so. Only the device's former id is kept for that long. A provider of ``Credentials/token(_:)`` must name the
    /// same device until then.
    ///
    /// - Throws: ``ClientError/storage(reason:)`` where a file could not be removed.
    public func forget() async throws {
        epoch += 1
        samples.removeAll()
        outbox.removeAll()
        parameters = nil
        base.device.depersonalize()
        observers.tell(state)
        let result = Result { try folder.forget() }
        await service.forgetDevice()
        forgotten = folder.forgottenDevices()
        considerRefresh()
        if case .failure(let error) = result { throw ClientError.disk(error) }
    }
}
