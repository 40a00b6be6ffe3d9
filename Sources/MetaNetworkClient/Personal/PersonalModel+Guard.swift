import MetaNetwork
import MetaNetworkDevice

/// Which weights answer: personal ones, unless they retired or the guard holds them back.
extension PersonalModel {
    /// Has both sets of weights tell how much they expected a choice, and the one that the guard prefers rank from now on. Weights that
    /// are held back are compared too, for else they could never rank again; weights that retired are not.
    ///
    /// Scoring with both takes 0.01 ms with a bag, 0.06 with SASRec, 0.3 with GRU4Rec and 0.8 with DIN (20,000 items, width 64, window
    /// 50, one core of a server), as it reads 100 items whatever the catalogue; keeping the outcome takes another 0.3 ms.
    ///
    /// - Parameter choice: Index of the chosen item, which is not in the history yet; 0 for one that the model does not know.
    /// - Throws: Where the disk refuses to keep the outcome; it counts until the app ends.
    func compareWeights(on choice: Int) throws {
        retireWhenPast()
        guard configuration.guardsQuality, choice > 0, let parameters, !parameters.isRetired else { return }
        choiceLoss.draw(beside: choice, of: base.manifest.items, number: qualityGuard.choices)
        base.device.use(.personal)
        let personal = choiceLoss.loss(&base.device, samples.indices)
        base.device.use(.global)
        let global = choiceLoss.loss(&base.device, samples.indices)
        qualityGuard.add(personal: personal, base: global)
        useBetterWeights()
        try folder.keep(qualityGuard)
    }

    /// Has the weights in use be those that the guard prefers.
    func useBetterWeights() { base.device.use(qualityGuard.prefersBase ? .global : .personal) }

    /// Takes up what the guard knew of the version in use.
    func restoreGuard(_ notices: inout [ClientError]) {
        let version = base.manifest.version
        qualityGuard = QualityGuard(version: version)
        guard configuration.guardsQuality else { return }
        do {
            if let kept = try folder.qualityGuard(of: version) { qualityGuard = kept }
        } catch {
            notices.append(ClientError(error))
        }
    }

    /// Goes back to the base model where the weights are past the age at which they retire: for good, as age only grows.
    func retireWhenPast() {
        guard let parameters, !parameters.isRetired, isPast(parameters) else { return }
        self.parameters?.isRetired = true
        base.device.depersonalize()
        tellState()
    }

    /// Whether weights retired, or are about to at the next question.
    func isPast(_ parameters: ActiveParameters) -> Bool {
        if parameters.isRetired { return true }
        switch configuration.retireAfter {
        case .measured:
            // What was measured is the generator's weights.
            guard !parameters.isLearned, let helps = base.manifest.generator?.helps else { return false }
            return isOlder(parameters, than: helps.samples, helps.seconds.map { .seconds($0) })
        case .age(let samples, let time): return isOlder(parameters, than: samples, time)
        case .expiry: return parameters.isExpired(at: configuration.time.uptime())
        case .never: return false
        }
    }

    /// Whether weights of this version are worth asking for: not where they were measured to help at no age, and that decides.
    var mayWeightsHelp: Bool {
        configuration.retireAfter != .measured || base.manifest.generator?.helps != .never
    }

    private func isOlder(_ parameters: ActiveParameters, than samples: Int?, _ time: Duration?) -> Bool {
        if let time, parameters.age(at: configuration.time.uptime()) > time { return true }
        return samples.map { self.samples.isMore(than: $0, after: parameters.lastSample) } ?? false
    }
}
