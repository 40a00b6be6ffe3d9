import MetaNetworkData
import MetaNetworkFederated

/// What methods whose devices share rows have beside the others.
extension FederateSettings.Settings {
    package static let graph = Setting(
        "graph",
        \FederateSettings.coding.graph,
        help:
            "Which devices can send rows to which: full, geometric-N with N links on average, or a file of links (from,to) or a matrix",
        value: "name or file"
    )
    package static let codeRate = Setting(
        "code-rate",
        \FederateSettings.coding.rate,
        in: 1e-4...1,
        help: "Rows that are sent for each row that a device has no time for, of coded, row-sampling and server-parity",
        default: "what is expected to reach the target first"
    )
    package static let renewedEvery = Setting(
        "renew-every",
        \FederateSettings.coding.renewedEvery,
        in: 0...10_000_000,
        help: "Models from one code to the next; 0 keeps one as long as there are no new rows"
    )
    package static let target = Setting(
        "target",
        \FederateSettings.coding.target,
        in: 1e-6...0.9,
        help:
            "Share by which the test error may be above that of least squares on all rows: what the code rate is chosen for"
    )
    package static let expected = Setting(
        "expected-rounds",
        \FederateSettings.coding.expected,
        in: 0...10_000_000,
        help:
            "Models until descent on all rows is expected at the target, as an earlier run tells; 0 for those of a period"
    )
    package static let ridge = Setting(
        "ridge",
        \FederateSettings.coding.ridge,
        in: 1e-9...1e6,
        help: "Weight of the squared norm in the regression that devices share"
    )
    package static let kernel = Setting(
        "kernel",
        \FederateSettings.coding.kernel,
        in: 1e-9...1e6,
        help: "γ of the Gaussian kernel that random Fourier features come near"
    )
    package static let between = Setting(
        "device-link",
        \FederateSettings.coding.between,
        in: 0...1e6,
        help: "Megabits per second from a device to its neighbour; 0 takes no time"
    )
    package static let serverSpeed = Setting(
        "server-speed",
        \FederateSettings.coding.serverSpeed,
        in: 1e-3...1e6,
        help: "How often as fast as the fastest device the server of server-parity is"
    )
    package static let dropped = Setting(
        "drop-share",
        \FederateSettings.coding.dropped,
        in: 0...0.99,
        help: "Share of the devices that drop-slowest does not wait for"
    )
    package static let ahead = Setting(
        "ahead",
        \FederateSettings.coding.series.ahead,
        in: 0...1_000_000,
        help:
            "Data are series, a column a device, which foresees its own so many lines ahead; 0 where they are images"
    )
    package static let lags = Setting(
        "lags",
        \FederateSettings.coding.series.lags,
        in: 1...10_000,
        help: "Values of a series that its forecast reads"
    )
    package static let neighbours = Setting(
        "neighbours",
        \FederateSettings.coding.series.neighbours,
        in: 0...1000,
        help: "Neighbours whose series a forecast reads, too"
    )
    package static let period = Setting(
        "period",
        \FederateSettings.coding.series.period,
        in: 0...1_000_000_000,
        help: "Lines of a period, after which all rows are new; 0 for one period of all"
    )
    package static let arrivals = Setting(
        "arrivals",
        \FederateSettings.coding.series.arrivals,
        in: 0.001...1,
        help: "Share of lines at which the device that records least does so; others are between it and all"
    )
    package static let drift = Setting(
        "drift",
        \FederateSettings.coding.series.drift,
        in: 0...100,
        help: "Standard deviation by which each true weight changes from period to period, made up"
    )
}
