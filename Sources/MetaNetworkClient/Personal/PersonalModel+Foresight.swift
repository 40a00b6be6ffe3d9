import MetaNetwork
import MetaNetworkDevice
import MetaNetworkWire

/// What the bundle's gate says of whether new weights are worth a request.
extension PersonalModel {
    /// Asks the policy, and notes what it said where a budget is kept by it.
    ///
    /// - Parameter recent: The samples that new weights would be made of; one at least.
    func isPolicyDue(_ recent: [RecentSamples.Known]) -> Bool {
        let mean = BaseModel.mean(base.embeddings(of: recent))
        let situation = RefreshSituation(
            samples: samples.count(after: parameters?.lastSample),
            age: parameters?.age(at: configuration.time.uptime()),
            recent: mean,
            behind: parameters?.behind,
            foresight: foresight(recent: mean, behind: parameters?.behind)
        )
        let isDue = configuration.policy.isDue(situation)
        if situation.foresight != nil, asking.add(isDue: isDue, after: samples.events.last?.id) {
            do { try folder.keep(asking) } catch { observers.tell(.notice(.disk(error))) }
        }
        return isDue
    }

    private func foresight(recent: [Float]?, behind: [Float]?) -> RefreshSituation.Foresight? {
        guard let gate = base.gate, let recent, let behind else { return nil }
        return RefreshSituation.Foresight(
            gate,
            recent: recent,
            behind: behind,
            decisions: asking.decisions,
            requests: asking.requests
        )
    }

    /// Takes up how often the policy was due with the version in use, and says what is wrong with its gates and its prompt.
    func restoreAsking(_ notices: inout [ClientError]) {
        let version = base.manifest.version
        asking = AskingRecord(version: version)
        notices += base.gateFaults
        if let fault = base.promptFault { notices.append(fault) }
        guard base.gate != nil else { return }
        do {
            if let kept = try folder.askingRecord(of: version) { asking = kept }
        } catch {
            notices.append(ClientError(error))
        }
    }
}
