import CoreMetrics
import Synchronization

/// Metrics in the text format of Prometheus, in base units: seconds and bytes.
///
/// Counters become counters, recorders and timers histograms, gauges and meters gauges. A metric is its label and its dimensions; who
/// asks for the same one gets the same one.
public final class PrometheusMetrics: MetricsFactory, Sendable {
    private let metrics = Mutex<[PrometheusName: any PrometheusMetric]>([:])

    /// Creates an empty set.
    public init() {}

    /// Upper bounds of the buckets of a timer, in seconds.
    static let secondBuckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
    /// Upper bounds of the buckets of a recorder.
    static let sizeBuckets: [Double] = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024]

    /// All metrics, one line a value, in order of their names.
    public var text: String {
        let all = metrics.withLock { $0 }
        var lines: [String] = []
        var last = ""
        for (name, metric) in all.sorted(by: { $0.key < $1.key }) {
            if name.label != last { lines.append("# TYPE \(name.label) \(metric.kind)") }
            last = name.label
            lines += metric.lines(name)
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private func metric<Metric: PrometheusMetric>(
        _ label: String,
        _ dimensions: [(String, String)],
        _ make: () -> Metric
    ) -> Metric {
        let name = PrometheusName(label, dimensions)
        return metrics.withLock { metrics in
            if let known = metrics[name] as? Metric { return known }
            let made = make()
            metrics[name] = made
            return made
        }
    }

    /// A counter.
    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        metric(label, dimensions) { PrometheusCounter() }
    }

    /// A histogram of sizes, or a gauge of the last value.
    public func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        aggregate
            ? metric(label, dimensions) { PrometheusHistogram(Self.sizeBuckets) }
            : metric(label, dimensions) { PrometheusGauge() } as any RecorderHandler
    }

    /// A gauge.
    public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        metric(label, dimensions) { PrometheusGauge() }
    }

    /// A histogram of seconds.
    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        metric(label, dimensions) { PrometheusHistogram(Self.secondBuckets) }
    }

    /// Metrics live as long as the process: scrapes must see the same ones every time.
    public func destroyCounter(_ handler: any CounterHandler) {}
    /// See ``destroyCounter(_:)``.
    public func destroyRecorder(_ handler: any RecorderHandler) {}
    /// See ``destroyCounter(_:)``.
    public func destroyMeter(_ handler: any MeterHandler) {}
    /// See ``destroyCounter(_:)``.
    public func destroyTimer(_ handler: any TimerHandler) {}
}

/// A metric's name with its dimensions.
struct PrometheusName: Hashable, Comparable {
    let label: String
    /// `name="value"`, with commas between them.
    let labels: String

    init(_ label: String, _ dimensions: [(String, String)]) {
        self.label = label
        labels = dimensions.map { "\($0.0)=\"\(Self.escaped($0.1))\"" }.joined(separator: ",")
    }

    static func < (left: PrometheusName, right: PrometheusName) -> Bool {
        (left.label, left.labels) < (right.label, right.labels)
    }

    /// The name with a suffix and perhaps one more dimension.
    func line(_ suffix: String = "", _ more: String = "", _ value: some CustomStringConvertible) -> String {
        let all = [labels, more].filter { !$0.isEmpty }.joined(separator: ",")
        return "\(label)\(suffix)\(all.isEmpty ? "" : "{\(all)}") \(value)"
    }

    private static func escaped(_ value: String) -> String {
        value.reduce(into: "") { text, character in
            switch character {
            case "\\": text += "\\\\"
            case "\"": text += "\\\""
            case "\n": text += "\\n"
            default: text.append(character)
            }
        }
    }
}

/// What a scrape reads of a metric.
protocol PrometheusMetric: Sendable {
    var kind: String { get }
    func lines(_ name: PrometheusName) -> [String]
}

private final class PrometheusCounter: PrometheusMetric, CounterHandler {
    private let value = Atomic<Int64>(0)
    var kind: String { "counter" }

    func lines(_ name: PrometheusName) -> [String] { [name.line("", "", value.load(ordering: .relaxed))] }
    func increment(by amount: Int64) { value.wrappingAdd(amount, ordering: .relaxed) }
    func reset() { value.store(0, ordering: .relaxed) }
}

private final class PrometheusGauge: PrometheusMetric, MeterHandler, RecorderHandler {
    private let value = Mutex(0.0)
    var kind: String { "gauge" }

    func lines(_ name: PrometheusName) -> [String] { [name.line("", "", value.withLock { $0 })] }
    func set(_ new: Int64) { set(Double(new)) }
    func set(_ new: Double) { value.withLock { $0 = new } }
    func increment(by amount: Double) { value.withLock { $0 += amount } }
    func decrement(by amount: Double) { value.withLock { $0 -= amount } }
    func record(_ new: Int64) { set(Double(new)) }
    func record(_ new: Double) { set(new) }
}

private final class PrometheusHistogram: PrometheusMetric, RecorderHandler, TimerHandler {
    private struct State {
        var counts: [Int]
        var sum = 0.0
    }

    private let bounds: [Double]
    private let state: Mutex<State>
    var kind: String { "histogram" }

    init(_ bounds: [Double]) {
        self.bounds = bounds
        state = Mutex(State(counts: [Int](repeating: 0, count: bounds.count + 1)))
    }

    func lines(_ name: PrometheusName) -> [String] {
        let state = state.withLock { $0 }
        var (lines, total) = ([String](), 0)
        for (count, bound) in zip(state.counts, bounds.map { "\($0)" } + ["+Inf"]) {
            total += count
            lines.append(name.line("_bucket", "le=\"\(bound)\"", total))
        }
        return lines + [name.line("_sum", "", state.sum), name.line("_count", "", total)]
    }

    func record(_ value: Int64) { record(Double(value)) }
    func recordNanoseconds(_ duration: Int64) { record(Double(duration) * 1e-9) }

    func record(_ value: Double) {
        let place = bounds.firstIndex { value <= $0 } ?? bounds.count
        state.withLock { state in
            state.counts[place] += 1
            state.sum += value
        }
    }
}
