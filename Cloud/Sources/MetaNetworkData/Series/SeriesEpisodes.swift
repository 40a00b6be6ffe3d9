import Crypto
import Foundation
import MetaNetwork

/// Windows of many series: from the last values of each the next ones are forecast.
///
/// Each series is standardized by mean and standard deviation of its own first 70 %, as a device can do; errors are in those units. It is
/// split in time: windows whose targets are in the first 70 % train, those of the next 10 % validate, and those of the last 20 % test. What
/// a window reads may reach back into the part before. A value that is missing is taken for the last one before it; a window
/// that has none before it, or one of whose targets is missing, is left out. A series without a window in each part is left out as a whole.
public struct SeriesEpisodes: EpisodeSource {
    /// Maximum number of samples of an episode.
    public let samples: Int
    /// Values of a window.
    public let inputCount: Int
    /// The window, as the model reads it.
    public let featureInputs: [ModelGraph.NamedInput]
    /// What an input is.
    public var inputDescription: String { "\(inputCount) values of a series" }
    /// A value for each step ahead.
    public let outputs: BundleManifest.Outputs
    /// Those that need to know no season.
    public let naiveForecasts = [NaiveForecast.lastValue, .trainingMean]
    /// SHA-256 of the data and of how it is used.
    public let digest: String
    /// How series are split, in words.
    public let split = "each series in time: 70 % train, 10 % validate, 20 % test"
    /// Names of the series that are too short, or have too many gaps, for a window in each part.
    public let leftOut: [String]
    private let series: [Windows]

    /// The windows of one series.
    private struct Windows: Sendable {
        let name: String
        /// Standardized; missing ones are filled.
        let values: [Float]
        /// First place of each window, by part.
        let starts: [Part: [Int]]
    }

    /// Cuts series into windows.
    ///
    /// - Parameters:
    ///   - table: The series.
    ///   - window: Values that are read.
    ///   - inputs: What the model reads: one input of as many values.
    ///   - horizon: Values that are forecast.
    ///   - stride: Values from one window to the next.
    ///   - samples: Maximum number of windows that a device uploads, 1 or more.
    /// - Throws: ``DataError`` where no series has windows for each part.
    public init(
        _ table: SeriesTable,
        window: Int,
        inputs: [ModelGraph.NamedInput],
        horizon: Int,
        stride: Int,
        samples: Int
    ) throws(DataError) {
        (inputCount, featureInputs, self.samples) = (window, inputs, samples)
        outputs = BundleManifest.Outputs(kind: .regression, names: (1...horizon).map { "+\($0)" })
        let usage = "\(table.digest) \(window) \(horizon) \(stride) \(samples)"
        digest = SHA256.hash(data: Data(usage.utf8)).hexadecimal
        let cut = table.series.map { Self.windows($0, window, horizon, stride) }
        series = cut.compactMap(\.self)
        leftOut = zip(table.series, cut).filter { $0.1 == nil }.map(\.0.name)
        guard !series.isEmpty else {
            let longest = table.series.map(\.values.count).max() ?? 0
            throw DataError(
                "no series has windows of \(window) values and \(horizon) to forecast in each of 70 %, 10 % and 20 % of its time; the longest "
                    + "has \(longest) values: give longer ones, or a model of a shorter window"
            )
        }
    }

    /// `nil` where a part has none.
    private static func windows(_ series: SeriesTable.Series, _ window: Int, _ horizon: Int, _ stride: Int) -> Windows?
    {
        let count = series.values.count
        let (first, second) = (count * 7 / 10, count * 8 / 10)
        let known = series.values.prefix(first).filter(\.isFinite).map(Double.init)
        guard let start = series.values.firstIndex(where: \.isFinite), !known.isEmpty else { return nil }
        let mean = known.reduce(0, +) / Double(known.count)
        let deviation = (known.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(known.count)).squareRoot()
        // A series that never changed in training is told by its distance from then.
        let scale = deviation > 0 ? deviation : 1
        var (values, last) = ([Float](), Float.nan)
        for value in series.values {
            if value.isFinite { last = Float((Double(value) - mean) / scale) }
            values.append(last)
        }
        var starts: [Part: [Int]] = [:]
        for place in Swift.stride(from: start, through: count - window - horizon, by: stride) {
            let targets = place + window..<place + window + horizon
            guard series.values[targets].allSatisfy(\.isFinite) else { continue }
            let part: Part? =
                if targets.upperBound <= first { .training } else if targets.lowerBound >= second {
                    .test
                } else if targets.lowerBound >= first && targets.upperBound <= second { .validation } else { nil }
            if let part { starts[part, default: []].append(place) }
        }
        guard starts.count == 3 else { return nil }
        return Windows(name: series.name, values: values, starts: starts)
    }

    /// Plans the steps of an epoch: every window of training once, some of one series at a time, with others of it as samples.
    public func plan(batch: Int, random: inout SeededGenerator) -> [@Sendable (inout SeededGenerator) -> [Episode]] {
        var blocks: [(series: Windows, places: [Int])] = []
        for one in series {
            let places = one.starts[.training, default: []].shuffled(using: &random)
            for first in stride(from: 0, to: places.count, by: samples) {
                blocks.append((one, Array(places[first..<min(places.count, first + samples)])))
            }
        }
        blocks.shuffle(using: &random)
        let perStep = max(1, batch / samples)
        return stride(from: 0, to: blocks.count, by: perStep).map { first in
            let step = blocks[first..<min(blocks.count, first + perStep)]
            return { random in
                step.map { series, places in
                    let all = series.starts[.training, default: []]
                    let support = (0..<samples).map { _ in all[random.index(below: all.count)] }
                    return episode(series, support.sorted(), places)
                }
            }
        }
    }

    /// An episode for each series: all windows of the part, with windows spread over its training as samples.
    public func episodes(_ part: Part) -> [Episode] {
        series.map { one in
            let all = one.starts[.training, default: []]
            let count = min(samples, all.count)
            let support = (0..<count).map { all[($0 + 1) * all.count / count - 1] }
            return episode(one, support, one.starts[part, default: []])
        }
    }

    /// Windows of the training part, spread over it.
    public func trainingInputs(limit: Int) -> [[Float]] {
        let all = series.flatMap { one in one.starts[.training, default: []].map { (one, $0) } }
        return stride(from: 0, to: all.count, by: max(1, all.count / max(1, limit))).map { input(all[$0].0, all[$0].1) }
    }

    /// The windows of a series with what follows them, in order of time.
    ///
    /// - Parameter part: Which of them.
    public func windows(_ part: Part) -> [(series: String, inputs: [[Float]], targets: [[Float]])] {
        series.map { one in
            let places = one.starts[part, default: []]
            return (one.name, places.map { input(one, $0) }, places.map { targets(one, $0) })
        }
    }

    private func episode(_ series: Windows, _ support: [Int], _ query: [Int]) -> Episode {
        Episode(
            device: series.name,
            support: support.map { input(series, $0) },
            query: query.map { input(series, $0) },
            targets: query.flatMap { targets(series, $0) },
            supportTargets: support.flatMap { targets(series, $0) }
        )
    }

    private func input(_ series: Windows, _ place: Int) -> [Float] { Array(series.values[place..<place + inputCount]) }

    private func targets(_ series: Windows, _ place: Int) -> [Float] {
        Array(series.values[place + inputCount..<place + inputCount + outputs.names.count])
    }
}
