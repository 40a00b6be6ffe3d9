import MetaNetwork
import MetaNetworkWire

/// Sharing the code that the device learned.
extension PersonalModel {
    /// Has a code wait for the next message, where codes may be shared: its values and the version that they belong to, and nothing of
    /// what it was learned from.
    func share(_ code: [Float]) {
        guard configuration.sharesCode, let code = SampleEvents.Event.Code(code, version: base.manifest.version) else {
            return
        }
        let event = SampleEvents.Event(id: freshID(), code: code, time: configuration.time.now())
        observers.tellOfDisk([Result { try outbox.replaceCode(event) }])
        considerRefresh()
    }

    /// Says that there are no codes to share, where that is so.
    func tellOfMissingBasis(_ notices: inout [ClientError]) {
        guard configuration.sharesCode, base.basis == nil else { return }
        notices.append(.unusable(what: "sharesCode", reason: "this version has no basis, so devices learn no code"))
    }
}
