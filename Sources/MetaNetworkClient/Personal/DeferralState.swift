import MetaNetworkDevice

/// What has been spent of the budget of ``PersonalModel/Configuration/deferral`` since the model was opened, and when the cloud may be
/// asked again after it did not answer.
struct DeferralState: Sendable {
    private var schedule = RefreshSchedule()
    private var decisions = 0
    private var requests = 0

    /// Decides whether an input is worth a request.
    ///
    /// - Parameters:
    ///   - switcher: The bundle's.
    ///   - sample: What stands for the input.
    ///   - outputs: What the device's model makes of it.
    ///   - deferral: The budget.
    ///   - uptime: The monotonic clock.
    mutating func isDue(
        _ switcher: Switcher,
        sample: [Float],
        outputs: [Float],
        _ deferral: PersonalModel.Deferral,
        at uptime: Duration
    ) -> Bool {
        guard uptime >= schedule.notBefore else { return false }
        let place: Double
        switch deferral.measure {
        case .switcher:
            guard let doubt = switcher.doubt(sample: sample, outputs: outputs) else { return false }
            place = switcher.doubts.share(below: doubt)
        case .margin: place = switcher.margins.share(below: -Switcher.margin(of: outputs))
        }
        let isDue = Budget(deferral.budget).isDue(place, decisions: decisions, requests: requests)
        decisions &+= 1
        if isDue { requests &+= 1 }
        return isDue
    }

    /// Notes that the cloud answered.
    mutating func succeed() { schedule.succeed() }

    /// Notes that it did not: the next inputs are not sent, so that an app offline does not wait for each.
    mutating func fail(_ wait: Int?, _ backOff: BackOff, at uptime: Duration) {
        _ = schedule.fail(backOff, asking: wait, at: uptime)
    }
}
