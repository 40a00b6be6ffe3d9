import MetaNetworkData
import MetaNetworkFederated

/// What forecasts of series have beside the others.
extension FederateSettings.Settings {
    package static let horizon = Setting(
        "horizon",
        \FederateSettings.horizon,
        in: 1...100_000,
        help: "Values of a series that are forecast, from the last --window"
    )
    package static let season = Setting(
        "season",
        \FederateSettings.season,
        in: 1...100_000,
        help: "Steps of a season, of last-season"
    )
    package static let trajectory = Setting(
        "trajectory",
        \FederateSettings.plan.trend.trajectory,
        help:
            "How fed-trend reads a device's way: over the rounds between two syntheses, where weights count that keep their direction, or over "
            + "its last round"
    )
    package static let synthetic = Setting(
        "synthetic",
        \FederateSettings.plan.trend.parts,
        help: "Windows of fed-trend: for devices to learn from, for the coordinator to refine the model with, or both"
    )
    package static let synthesis = Setting(
        "synthesis",
        \FederateSettings.plan.trend.synthesis,
        help:
            "How windows of fed-trend are made: matched, or the controls noise, shuffled, and for --synthetic global average, of the models"
    )
    package static let syntheticWindows = Setting(
        "synthetic-windows",
        \FederateSettings.plan.trend.count,
        in: 1...100_000,
        help: "Windows of a set of fed-trend"
    )
    package static let synthesisEvery = Setting(
        "synthesis-every",
        \FederateSettings.plan.trend.every,
        in: 1...1_000_000,
        help: "Rounds after which fed-trend makes windows anew"
    )
    package static let synthesisSteps = Setting(
        "synthesis-steps",
        \FederateSettings.plan.trend.steps,
        in: 1...10_000_000,
        help: "Steps of Adam that a set of windows takes"
    )
    package static let synthesisRate = Setting(
        "synthesis-rate",
        \FederateSettings.plan.trend.rate,
        in: 1e-9...10,
        help: "What an entry of a window moves in such a step, about"
    )
    package static let innerRate = Setting(
        "inner-rate",
        \FederateSettings.plan.trend.innerRate,
        in: 1e-9...1e6,
        help:
            "Size of the step that windows are matched by, at first: the smaller, the stronger they are for devices, whose own steps are "
            + "--local-rate"
    )
}
