import MetaNetwork
import MetaNetworkDevice
import MetaNetworkWire

extension PersonalModel {
    /// Records that the user chose an item. It is stored before this returns, and counts in the next ranking.
    ///
    /// An item that the model does not know is recorded too: a later version may know it. Where samples are shared, what is shared says at
    /// which place of the catalogue the item stood; finding that out costs as much as ``topItems(_:excluding:)``.
    ///
    /// - Parameter id: The item's raw id; an empty one, or one longer than ``Limits/idBytes``, is not recorded,
    ///   nor is any where the model reads vectors.
    public func record(_ id: String) {
        guard let text = base.kind.text(ofItem: id, configuration.limits) else {
            return observers.tell(.notice(.invalidSample))
        }
        let event = SampleEvents.Event(id: freshID(), item: text, time: configuration.time.now())
        let (meaning, preferredBase) = (base.meaning(of: event), qualityGuard.prefersBase)
        retireWhenPast()
        var shared = event
        shared.ranking = ranking(of: meaning.index)
        // Each in its turn: what the disk refuses stays in memory.
        let results = [
            Result { try compareWeights(on: meaning.index) },
            Result { try samples.append(event, meaning) },
            Result { try outbox.append([shared]) },
        ]
        observers.tellOfDisk(results)
        if qualityGuard.prefersBase != preferredBase { tellState() }
        retireWhenPast()
        considerRefresh()
    }

    /// Records what a model over vectors was given, without a label: personal weights are made of the last such samples. It is
    /// stored before this returns.
    ///
    /// What is sent for new weights is what the architecture's `sample` node makes of it, or the input itself where it names
    /// none. For training it is never shared, unless ``Configuration/sharesInputs`` allows that and the model is less sure of it than of
    /// most others: then it leaves the device as it is. To find that out, the model runs once more, and its last layer ten times.
    ///
    /// - Parameter input: As for ``outputs(of:)``; one of another size, with values that are not finite, or longer than
    ///   ``Limits/vectorBytes``, is not recorded.
    public func record(_ input: [Float]) {
        guard let text = base.kind.text(ofVector: input, configuration.limits) else {
            return observers.tell(.notice(.invalidSample))
        }
        let event = SampleEvents.Event(id: freshID(), item: text, time: configuration.time.now())
        let meaning = base.meaning(of: event)
        guard meaning.index > 0 else { return observers.tell(.notice(.invalidSample)) }
        let kept = Result { try samples.append(event, meaning) }
        retireWhenPast()
        observers.tellOfDisk([kept, Result { try gather(input, of: event) }])
        considerRefresh()
    }

    /// Has the version in use read the recorded samples.
    func readSamples() {
        samples.read(limit: base.kind.sampleLimit) { base.meaning(of: $0) }
    }

    /// Removes all that tells of the user from this device: samples, personal weights and how they fared, what waits to be shared,
    /// the device's id. The base model ranks from now on.
    ///
    /// Where samples were shared, the service is asked to delete them: in the background, and again at the next contact until
    /// it has done so. Only the device's former id is kept for that long. A provider of ``Credentials/token(_:)`` must name the
    /// same device until then.
    ///
    /// - Throws: ``ClientError/storage(reason:)`` where a file could not be removed.
    public func forget() async throws {
        refreshState.forget()
        samples.removeAll()
        outbox.removeAll()
        inputBatch?.removeAll()
        parameters = nil
        qualityGuard = QualityGuard(version: base.manifest.version)
        asking = AskingRecord(version: base.manifest.version)
        deferralState = DeferralState()
        base.device.depersonalize()
        dropContext()
        tellState()
        let result = Result { try folder.forget() }
        await service.forgetDevice()
        forgotten = folder.forgottenDevices()
        considerRefresh()
        if case .failure(let error) = result { throw ClientError.disk(error) }
    }
}
