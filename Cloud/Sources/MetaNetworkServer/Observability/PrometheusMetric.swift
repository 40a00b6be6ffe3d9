import CoreMetrics
import Synchronization

/// A metric as a scrape sees it.
protocol PrometheusMetric: Sendable {
    /// The type that Prometheus knows.
    static var kind: String { get }

    /// The metric's lines.
    func lines(_ name: PrometheusName) -> [String]
}

/// A value that only grows.
final class PrometheusCounter: PrometheusMetric, CounterHandler {
    static let kind = "counter"
    private let count = Atomic<Int64>(0)

    var value: Int { Int(count.load(ordering: .relaxed)) }

    func lines(_ name: PrometheusName) -> [String] { [name.line("", "", value)] }
    func increment(by amount: Int64) { count.wrappingAdd(amount, ordering: .relaxed) }
    func reset() { count.store(0, ordering: .relaxed) }
}

/// A value that goes up and down.
final class PrometheusGauge: PrometheusMetric, MeterHandler, RecorderHandler {
    static let kind = "gauge"
    private let value = Mutex(0.0)

    func lines(_ name: PrometheusName) -> [String] { [name.line("", "", value.withLock { $0 })] }
    func set(_ new: Int64) { set(Double(new)) }
    func set(_ new: Double) { value.withLock { $0 = new } }
    func increment(by amount: Double) { value.withLock { $0 += amount } }
    func decrement(by amount: Double) { value.withLock { $0 -= amount } }
    func record(_ new: Int64) { set(Double(new)) }
    func record(_ new: Double) { set(new) }
}

/// Values counted in buckets.
final class PrometheusHistogram: PrometheusMetric, RecorderHandler, TimerHandler {
    static let kind = "histogram"
    private let state: Mutex<HistogramReading>

    init(_ bounds: [Double]) { state = Mutex(HistogramReading(bounds: bounds)) }

    var reading: HistogramReading { state.withLock { $0 } }

    func lines(_ name: PrometheusName) -> [String] {
        let reading = reading
        var (lines, total) = ([String](), 0)
        for (count, bound) in zip(reading.counts, reading.bounds.map { "\($0)" } + ["+Inf"]) {
            total += count
            lines.append(name.line("_bucket", "le=\"\(bound)\"", total))
        }
        return lines + [name.line("_sum", "", reading.sum), name.line("_count", "", total)]
    }

    func record(_ value: Int64) { record(Double(value)) }
    func record(_ value: Double) { state.withLock { $0.record(value) } }
    func recordNanoseconds(_ duration: Int64) { record(Double(duration) * 1e-9) }
}
