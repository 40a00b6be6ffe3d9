import Foundation
import MetaNetwork
import MetaNetworkData

/// Series that devices foresee, a column each: what a device measures is foreseen from what it and its neighbours measured last.
public struct SeriesShape: Codable, Sendable, Equatable {
    /// Lines from the last value that is known to the one that is foreseen; 0 where data are no series.
    public var ahead = 0
    /// Values of each series that are known.
    public var lags = 12
    /// Neighbours whose series are known, the first of the graph; where there are fewer the device's own stands in for them.
    public var neighbours = 3
    /// Lines of a period; 0 for one period of all.
    public var period = 0
    /// Share of lines at which the device that records least does so.
    public var arrivals = 1.0
    /// Standard deviation by which each true weight changes from period to period, made up.
    public var drift = 0.0

    /// Creates the shape of data that are no series.
    public init() {}
}

extension SharedRegression {
    /// Rows of series: see ``SeriesShape``. Values are centred and scaled by mean and deviation of all in the first period.
    ///
    /// - Parameters:
    ///   - url: A CSV file: names of the devices in the first line, then a line for each time with a number for each device.
    ///   - links: How devices are linked.
    ///   - shape: What is foreseen from what.
    ///   - seed: Seed of who records how much, and of drift.
    /// - Throws: ``FederatedError`` for a file that is none of this kind, with the line; `FileError`.
    public init(series url: URL, links: Links, _ shape: SeriesShape, seed: UInt64) throws {
        let (names, values) = try Self.series(url)
        let graph = try links.graph(names.count, names: names, seed: seed)
        let first = shape.lags - 1 + shape.ahead
        let length = shape.period > 0 ? shape.period : values.count
        guard values.count > first else {
            throw FederatedError(
                "\(url.lastPathComponent) has \(values.count) lines, and the first forecast needs \(first + 1); give more"
            )
        }
        let scaled = Self.scaled(values, by: values.prefix(length))
        let sources = Sources(seed: seed)
        var drift = [Double](repeating: 0, count: shape.lags * (1 + shape.neighbours) + 1)
        var periods: [Period] = []
        for number in 0..<max(1, values.count / length) {
            let lines = max(first, number * length)..<min(values.count, (number + 1) * length)
            if number > 0 { drift = Self.walked(drift, by: shape.drift, sources.source(.drift, number)) }
            periods.append(Self.period(number, lines, scaled, graph, shape, drift, sources))
        }
        let outputs = BundleManifest.Outputs(kind: .regression, names: ["value"])
        let text =
            "\(names.count) devices, each foresees its own column \(shape.ahead) lines ahead, \(periods.count) periods"
        try self.init(
            periods: periods,
            graph: graph,
            names: names,
            outputs: outputs,
            description: text,
            fingerprint: "\(names) \(values) \(shape) \(seed)"
        )
    }

    private static func series(_ url: URL) throws -> (names: [String], values: [[Double]]) {
        let lines = try String(decoding: AtomicFile.read(url), as: UTF8.self).split(whereSeparator: \.isNewline)
        let names = (lines.first ?? "").split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        let file = url.lastPathComponent
        guard names.count > 1, Set(names).count == names.count else {
            throw FederatedError("\(file), line 1: there must be the devices' names, each once, at least two")
        }
        let values = try lines.dropFirst().enumerated().map { place, line in
            let numbers = line.split(separator: ",", omittingEmptySubsequences: false).map {
                Double($0.trimmingCharacters(in: .whitespaces))
            }
            guard numbers.count == names.count, numbers.allSatisfy({ $0?.isFinite == true }) else {
                throw FederatedError(
                    "\(file), line \(place + 2): there must be \(names.count) numbers, one for each device; fill gaps before"
                )
            }
            return numbers.compactMap(\.self)
        }
        return (names, values)
    }

    private static func scaled(_ values: [[Double]], by sample: ArraySlice<[Double]>) -> [[Double]] {
        let count = Double(sample.reduce(0) { $0 + $1.count })
        let mean = sample.reduce(0) { $0 + $1.reduce(0, +) } / count
        let squares = sample.reduce(0) { $0 + $1.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } }
        let deviation = max((squares / count).squareRoot(), .leastNormalMagnitude)
        return values.map { $0.map { ($0 - mean) / deviation } }
    }

    private static func walked(_ drift: [Double], by deviation: Double, _ source: SeededGenerator) -> [Double] {
        var random = source
        return drift.map { $0 + deviation * Double(random.normal()) }
    }

    private static func period(
        _ number: Int,
        _ lines: Range<Int>,
        _ values: [[Double]],
        _ graph: DeviceGraph,
        _ shape: SeriesShape,
        _ drift: [Double],
        _ sources: Sources
    ) -> Period {
        let empty = RegressionRows(width: drift.count, outputs: 1)
        var (rows, test) = ([RegressionRows](), [RegressionRows]())
        for (device, neighbours) in graph.neighbours.enumerated() {
            var random = sources.source(.arrivals, device)
            let share = shape.arrivals + (1 - shape.arrivals) * Double(random.uniform())
            random = sources.source(.arrivals, device, number)
            let read = neighbours.prefix(shape.neighbours)
            let missing = [Int](repeating: device, count: shape.neighbours - read.count)
            let columns: [Int] = [device] + Array(read) + missing
            var (own, held, count) = (empty, empty, 0)
            for line in lines where Double(random.uniform()) < share {
                let last = line - shape.ahead
                var input: [Double] = []
                for column in columns { for lag in 0..<shape.lags { input.append(values[last - lag][column]) } }
                input.append(1)
                var target = values[line][device]
                for (value, change) in zip(input, drift) { target += value * change }
                count += 1
                if count % heldOut == 0 { held.append(input, [target]) } else { own.append(input, [target]) }
            }
            rows.append(own)
            test.append(held)
        }
        return Period(rows: rows, test: test)
    }
}
