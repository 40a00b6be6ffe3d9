import MetaNetworkData
import MetaNetworkServer

/// What tells good versions from bad ones.
extension ServeSettings {
    /// Sets who is held out, and when a candidate is dropped.
    func setQuality(of configuration: inout ServerConfiguration) {
        configuration.holdOut = HoldOut(share: holdout.value)
        guard candidateStops else { return }
        var stops = CandidateStops()
        (stops.leastDevices, stops.failedShare) = (candidateDevices, candidateFailures.value)
        configuration.candidateStops = stops
    }
}

extension ServeSettings.Settings {
    package static let holdout = Setting(
        "holdout",
        \ServeSettings.holdout,
        help: "Devices that stay on the base model's weights, the same ones at every replica",
        value: "share"
    )
    package static let candidateStops = Setting(
        "candidate-stops",
        \ServeSettings.candidateStops,
        help: "Drop a candidate that fails, whose weights devices refuse, or whose quality is surely worse"
    )
    package static let candidateDevices = Setting(
        "candidate-devices",
        \ServeSettings.candidateDevices,
        in: 2...1_000_000_000,
        help: "With --candidate-stops, devices on each side before quality is compared"
    )
    package static let candidateFailures = Setting(
        "candidate-failures",
        \ServeSettings.candidateFailures,
        help: "With --candidate-stops, devices of a candidate for which generation may fail",
        value: "share"
    )
}
