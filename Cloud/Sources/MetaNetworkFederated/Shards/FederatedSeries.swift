import MetaNetwork
import MetaNetworkData
import Torch

/// Windows of many series, each series a device: from its last values the next ones are forecast.
///
/// A device's examples are the windows of the first 70 % of its time. The next 10 % are there to choose settings by, and the last 20 % are
/// measured on; see `SeriesEpisodes` for units, gaps and where windows begin.
public struct FederatedSeries: DealtExamples {
    /// Values that are read.
    public let window: Int
    /// Values that are forecast.
    public let horizon: Int
    /// Names of the devices.
    public let names: [String]
    /// Rows of each device's windows.
    public let shards: [[Int32]]
    /// SHA-256 of the series and of how they are cut, in hexadecimal.
    public let digest: String
    /// How windows are dealt, in words.
    public let description: String
    /// How they are dealt and what is held out, in words.
    public let split: String
    /// What is forecast: a value for each step ahead.
    public let outputs: BundleManifest.Outputs
    private let parts: [Part: Windows]

    /// Windows of one part of time, the first device's first.
    struct Windows: Sendable {
        let examples: DenseChain.Examples
        /// Where each device's windows begin, and where the last one's end.
        let offsets: [Int]

        /// Rows of a device.
        func rows(of device: Int) -> Range<Int> { offsets[device]..<offsets[device + 1] }
        /// All rows.
        var rows: [Int32] { (0..<Int32(offsets[offsets.count - 1])).map(\.self) }
    }

    /// Takes up windows; a copy of each.
    ///
    /// - Parameter episodes: The series, cut.
    public init(_ episodes: SeriesEpisodes) {
        (window, horizon, digest) = (episodes.inputCount, episodes.outputs.names.count, episodes.digest)
        outputs = episodes.outputs
        var parts: [Part: Windows] = [:]
        for part in [Part.training, .validation, .test] {
            let devices = episodes.windows(part)
            parts[part] = Windows(
                examples: DenseChain.Examples(
                    values: devices.flatMap { $0.inputs.flatMap(\.self) },
                    targets: devices.flatMap { $0.targets.flatMap(\.self) }
                ),
                offsets: devices.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.inputs.count) }
            )
        }
        self.parts = parts
        names = episodes.windows(.test).map(\.series)
        let training = parts[.training]
        shards = names.indices.map { device in (training?.rows(of: device) ?? 0..<0).map(Int32.init) }
        let short = episodes.leftOut.count
        description =
            "\(names.count) devices, a series each, \(window) values to forecast \(horizon)"
            + (short == 0 ? "" : "; \(short) series too short for a window in each part left out")
        split = "\(description); \(episodes.split)"
    }

    func windows(_ part: Part) -> Windows {
        guard let windows = parts[part] else { preconditionFailure("series have windows in each part of time") }
        return windows
    }

    /// What each series' last 20 % score; subjects are the series.
    ///
    /// - Parameter forecasts: Of all test windows, one after the other.
    func scores(_ forecasts: [Float]) -> Scores {
        let test = windows(.test)
        let episodes = names.indices.map { device in
            let rows = test.rows(of: device)
            return Episode(
                device: names[device],
                support: [[]],
                query: rows.map { _ in [] },
                targets: Array(test.examples.targets[rows.lowerBound * horizon..<rows.upperBound * horizon])
            )
        }
        let scores = EpisodeScores(episodes: episodes, outputs: forecasts, description: outputs)
        return Scores([("test", "the last 20 % of each series", scores)], subjects: "series")
    }
}
