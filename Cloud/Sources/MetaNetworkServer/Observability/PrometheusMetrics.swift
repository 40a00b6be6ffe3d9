import CoreMetrics
import Synchronization

/// Metrics in the text format of Prometheus, in base units: seconds and bytes.
///
/// Counters become counters, recorders and timers histograms, gauges and meters gauges. A metric is its label and its dimensions; the
/// same label and dimensions give the same metric.
public final class PrometheusMetrics: MetricsFactory, Sendable {
    private let metrics = Mutex<[PrometheusName: any PrometheusMetric]>([:])

    /// Creates an empty set.
    public init() {}

    /// Upper bounds of the buckets of a timer, in seconds.
    static let secondBuckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
    /// Upper bounds of the buckets of a recorder.
    static let sizeBuckets: [Double] = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024]

    /// All metrics, one line per value, in order of their names, and then those of the process.
    public var text: String {
        let all = metrics.withLock { $0 }
        var lines: [String] = []
        var last = ""
        for (name, metric) in all.sorted(by: { $0.key < $1.key }) {
            if name.label != last {
                if let help = ServiceMetric(rawValue: name.label)?.help { lines.append("# HELP \(name.label) \(help)") }
                lines.append("# TYPE \(name.label) \(type(of: metric).kind)")
            }
            last = name.label
            lines += metric.lines(name)
        }
        if let process = ProcessReading() { lines += process.lines }
        return lines.joined(separator: "\n") + "\n"
    }

    /// A counter's values, each with its dimensions.
    func counters(_ metric: ServiceMetric) -> [(dimensions: [String: String], value: Int)] {
        family(metric) { ($0 as? PrometheusCounter)?.value }
    }

    /// A histogram's readings, each with its dimensions.
    func histograms(_ metric: ServiceMetric) -> [(dimensions: [String: String], value: HistogramReading)] {
        family(metric) { ($0 as? PrometheusHistogram)?.reading }
    }

    private func family<Value>(
        _ metric: ServiceMetric,
        _ read: (any PrometheusMetric) -> Value?
    ) -> [(dimensions: [String: String], value: Value)] {
        let all = metrics.withLock { $0 }
        return all.compactMap { name, one in
            guard name.label == metric.rawValue, let value = read(one) else { return nil }
            return (name.values, value)
        }
    }

    /// The metric of a name, made where it is not there yet.
    private func metric<Metric: PrometheusMetric>(
        _ label: String,
        _ dimensions: [(String, String)],
        _ make: () -> Metric
    ) -> Metric {
        let name = PrometheusName(label, dimensions)
        return metrics.withLock { metrics in
            if let known = metrics[name] as? Metric { return known }
            let made = make()
            // A name has one type: what came first is exported, one of another type is not.
            if metrics[name] == nil, !metrics.contains(where: { $0.key.label == name.label && !($0.value is Metric) }) {
                metrics[name] = made
            }
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

    /// Removes a counter whose subject is gone, such as a version that is no longer served.
    public func destroyCounter(_ handler: any CounterHandler) { remove(handler as AnyObject) }
    /// Removes a histogram or a gauge whose subject is gone.
    public func destroyRecorder(_ handler: any RecorderHandler) { remove(handler as AnyObject) }
    /// Removes a gauge whose subject is gone.
    public func destroyMeter(_ handler: any MeterHandler) { remove(handler as AnyObject) }
    /// Timers live as long as the process: they are of routes.
    public func destroyTimer(_ handler: any TimerHandler) {}

    private func remove(_ handler: AnyObject) {
        metrics.withLock { metrics in
            guard let name = metrics.first(where: { $0.value as AnyObject === handler })?.key else { return }
            metrics[name] = nil
        }
    }
}
