import CoreMetrics
import Foundation
import Metrics
import Testing

@testable import MetaNetworkServer

@Suite("Metrics for Prometheus")
struct PrometheusTests {
    private let metrics = PrometheusMetrics()

    /// The lines of the service, without those of the process.
    private var lines: [String] {
        metrics.text.split(separator: "\n").map(String.init).filter { !$0.contains("process_") }
    }

    @Test("show counters, gauges and histograms with their type, help and dimensions, one line a value")
    func export() {
        Counter(label: "metanetwork_requests_total", dimensions: [("status", "200")], factory: metrics).increment(by: 3)
        Counter(label: "metanetwork_requests_total", dimensions: [("status", "404")], factory: metrics).increment()
        Meter(label: "queue", factory: metrics).set(2.5)
        let timer = Metrics.Timer(label: "wait_seconds", factory: metrics)
        for milliseconds in [1, 3, 20_000] { timer.recordMilliseconds(milliseconds) }
        #expect(
            lines == [
                "# HELP metanetwork_requests_total Requests by route and status.",
                "# TYPE metanetwork_requests_total counter",
                "metanetwork_requests_total{status=\"200\"} 3", "metanetwork_requests_total{status=\"404\"} 1",
                "# TYPE queue gauge", "queue 2.5", "# TYPE wait_seconds histogram",
                "wait_seconds_bucket{le=\"0.0005\"} 0", "wait_seconds_bucket{le=\"0.001\"} 1",
                "wait_seconds_bucket{le=\"0.0025\"} 1", "wait_seconds_bucket{le=\"0.005\"} 2",
                "wait_seconds_bucket{le=\"0.01\"} 2", "wait_seconds_bucket{le=\"0.025\"} 2",
                "wait_seconds_bucket{le=\"0.05\"} 2", "wait_seconds_bucket{le=\"0.1\"} 2",
                "wait_seconds_bucket{le=\"0.25\"} 2", "wait_seconds_bucket{le=\"0.5\"} 2",
                "wait_seconds_bucket{le=\"1.0\"} 2", "wait_seconds_bucket{le=\"2.5\"} 2",
                "wait_seconds_bucket{le=\"5.0\"} 2", "wait_seconds_bucket{le=\"10.0\"} 2",
                "wait_seconds_bucket{le=\"+Inf\"} 3", "wait_seconds_sum 20.004", "wait_seconds_count 3",
            ]
        )
    }

    @Test("write odd names and values in the characters that Prometheus takes")
    func names() {
        Counter(label: "7.odd-name", dimensions: [("a.b", "back\\slash \"quote\"\nline")], factory: metrics).increment()
        #expect(lines == ["# TYPE _7_odd_name counter", #"_7_odd_name{a_b="back\\slash \"quote\"\nline"} 1"#])
    }

    @Test("are the same for everybody who asks, and keep the type that they had first")
    func identity() {
        for _ in 0..<3 { Counter(label: "one", factory: metrics).increment() }
        Metrics.Timer(label: "one", dimensions: [("x", "y")], factory: metrics).recordSeconds(1)
        Recorder(label: "one", factory: metrics).record(5)
        Counter(label: "one", factory: metrics).increment()
        #expect(lines == ["# TYPE one counter", "one 4"])
    }

    @Test("count right from many tasks at once")
    func together() async {
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    for value in 0..<1000 {
                        Counter(label: "count", factory: metrics).increment()
                        Recorder(label: "size", factory: metrics).record(value % 2)
                    }
                }
            }
        }
        #expect(lines.contains("count 8000") && lines.contains("size_count 8000") && lines.contains("size_sum 4000.0"))
    }

    @Test("give the quantiles of what came in between two readings")
    func quantiles() throws {
        var reading = HistogramReading(bounds: [1, 2, 4])
        #expect(reading.quantile(0.5) == nil && reading.mean == nil)
        for value in [0.5, 0.7, 1.5, 9] { reading.record(value) }
        let before = reading
        for value in [1.2, 1.4, 3, 3] { reading.record(value) }
        let between = reading.since(before)
        let mean = try #require(between.mean)
        #expect(between.counts == [0, 2, 2, 0] && abs(mean - 2.15) < 1e-12)
        #expect(between.quantile(0.5) == 2 && between.quantile(0.75) == 3 && between.quantile(1) == 4)
        #expect(reading.quantile(1) == 4)
        #expect(reading.since(HistogramReading(bounds: [1])) == reading)
    }

    @Test(
        "say what the process takes, as Prometheus's clients do",
        .enabled(if: FileManager.default.fileExists(atPath: "/proc/self/status"), "run it on Linux, which has /proc")
    )
    func process() throws {
        let reading = try #require(ProcessReading())
        #expect(reading.residentBytes > 1 << 20 && reading.openFiles > 2 && reading.cpuSeconds > 0)
        #expect(metrics.text.contains("\nprocess_resident_memory_bytes "))
    }

    @Test("of the Grafana dashboard and of the alerts are all there, and the dashboard shows all")
    func grafana() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../..")
        func text(_ file: String) throws -> String {
            try String(contentsOf: root.appendingPathComponent(file).standardized, encoding: .utf8)
        }
        let (dashboard, alerts) = (try text("docs/grafana.json"), try text("docs/alerts.yml"))
        #expect(try JSONSerialization.jsonObject(with: Data(dashboard.utf8)) is [String: Any])
        let known = Set(
            ServiceMetric.allCases.map(\.rawValue)
                + (ProcessReading()?.lines ?? []).compactMap { $0.split(separator: " ").first.map(String.init) }
        )
        let (shown, watched) = (names(in: dashboard), names(in: alerts))
        #expect(!watched.isEmpty && shown.union(watched).subtracting(known).isEmpty)
        #expect(Set(ServiceMetric.allCases.map(\.rawValue)).subtracting(shown).isEmpty)
    }

    /// The metrics that a text names.
    private func names(in text: String) -> Set<String> {
        Set(
            text.matches(of: /\b(?:metanetwork|process)_[a-z_]+/).map { match in
                let name = String(match.output)
                return ["_bucket", "_sum", "_count"].first { name.hasSuffix($0) }
                    .map { String(name.dropLast($0.count)) } ?? name
            }
        )
    }
}
