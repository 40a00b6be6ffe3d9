import MetaNetworkDevice
import MetaNetworkWire

/// Which inputs the model is unsure of, and sharing those.
extension PersonalModel {
    /// How unsure the model is of an input: how far ten answers lie apart, each given without some of what the model has computed
    /// (Monte Carlo dropout).
    ///
    /// - Parameter input: As for ``outputs(of:)``.
    /// - Returns: From 0, where all agree, to 1.
    /// - Throws: ``ClientError/invalidInput(reason:)``, as ``outputs(of:)``, and where the model tells no classes or does not end in a
    ///   dense layer.
    /// - Complexity: The model once, and its last layer ten times.
    public func uncertainty(of input: [Float]) throws(ClientError) -> Float {
        retireWhenPast()
        if let fault = base.uncertaintyFault { throw .invalidInput(reason: fault) }
        do {
            return try base.device.uncertainty(of: input)
        } catch {
            throw .invalidInput(reason: error.description)
        }
    }

    /// Has an input wait for the rest of its batch, where inputs may be shared, and those of the batch that leave the device for the
    /// next message. What is shared is the input without the prompt.
    ///
    /// - Parameters:
    ///   - input: The input, which the model reads.
    ///   - sample: The sample as it was recorded.
    /// - Throws: Where the disk refuses; what waits is kept in memory then.
    func gather(_ input: [Float], of sample: SampleEvents.Event) throws {
        guard inputBatch != nil else { return }
        guard let event = shared(input, sample) else { return tellOfUnfitInput() }
        let chosen = inputBatch?.add(event) ?? []
        if !chosen.isEmpty { try outbox.append(chosen) }
    }

    /// An input as it is shared; `nil` where it cannot be.
    private func shared(_ input: [Float], _ sample: SampleEvents.Event) -> SampleEvents.Event? {
        guard let whole = try? base.device.completed(input), let text = InputText.text(of: whole),
            let uncertainty = try? base.device.uncertainty(of: input),
            (0...1).contains(uncertainty)
        else { return nil }
        var event = SampleEvents.Event(id: sample.id, item: text, time: sample.time, uncertainty: uncertainty)
        event.consent = configuration.consent
        return event.fitsMessage ? event : nil
    }

    /// Says that an input cannot be shared: once for each version, not after every sample.
    private func tellOfUnfitInput() {
        guard inputBatch?.hasToldOfUnfit == false else { return }
        inputBatch?.hasToldOfUnfit = true
        let reason =
            "an input was not shared: it has a value beyond 65,504, is too large for a message, or the model's answer is not finite"
        observers.tell(.notice(.invalidInput(reason: reason)))
    }

    /// Begins to gather inputs for the version in use, or says why none can be shared.
    func beginGathering(_ notices: inout [ClientError]) {
        inputBatch = nil
        guard let sharing = configuration.sharesInputs, sharing.count > 0 else { return }
        if let fault = base.uncertaintyFault {
            notices.append(.unusable(what: "sharesInputs", reason: fault))
        } else {
            inputBatch = InputBatch(sharing)
        }
    }
}
