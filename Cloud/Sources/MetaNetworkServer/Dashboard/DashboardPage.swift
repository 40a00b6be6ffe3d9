import MetaNetworkMarkup

/// The dashboard: the state of the service over the last minutes.
///
/// It is rendered whole for whoever opens it, and its ``live`` part again with each new moment.
public struct DashboardPage: Sendable {
    private let history: DashboardHistory
    private let hasTrial: Bool
    private let numbers = NumberText.typographic
    /// Seconds over which the large figures are taken.
    private static let recent = 10.0

    /// Creates a page.
    ///
    /// - Parameters:
    ///   - history: The moments that it shows.
    ///   - hasTrial: Whether there is a page to try the models on.
    public init(_ history: DashboardHistory, hasTrial: Bool) {
        self.history = history
        self.hasTrial = hasTrial
    }

    /// The page.
    public var html: String {
        DashboardFrame.page(
            title: "Service",
            hasTrial: hasTrial,
            script: "live",
            body: """
                <p id="connection" role="status" hidden>The connection was lost; these figures are old.</p>
                <div id="live">\(liveMarkup)</div>
                \(next)
                """
        ).html
    }

    /// What somebody who sees this for the first time can do.
    private var next: Markup {
        let trial: Markup =
            hasTrial
            ? "Next: <a href=\"/try\">be a device</a>, and see the ranking that it gets."
            : "Next: have a device ask for weights; its request appears here within a second."
        return """
            <p class="lead">\(trial) The same figures for Prometheus are at <a href="/metrics">/metrics</a>.</p>
            """
    }

    /// The part that changes.
    public var live: String { liveMarkup.html }

    private var liveMarkup: Markup {
        """
        \(state)
        \(tiles)
        <section><h2>Last \(Int(history.window / 60)) minutes</h2><div class="charts">\(charts)</div></section>
        \(DashboardTables(history).markup)
        """
    }

    private var state: Markup {
        let now = history.last
        let problems = now.problems.map { problem -> Markup in "<li>\(problem)</li>" }
        var facts = ["up for \(Self.age(now.time))"]
        if let bytes = now.residentBytes { facts.append("\(numbers.bytes(Double(bytes))) of memory") }
        let list: Markup = problems.isEmpty ? "" : "<ul class=\"problems\">\(problems)</ul>"
        return """
            <p class="state \(now.readiness == .ready ? "good" : "bad")"><b>\(now.readiness.rawValue)</b>
            <span>\(facts.joined(separator: ", "))</span></p>
            \(list)
            """
    }

    private var tiles: Markup {
        let recent = history.recent(seconds: Self.recent)
        func tile(_ name: String, _ value: String) -> Markup { "<div><dt>\(name)</dt><dd>\(value)</dd></div>" }
        return """
            <dl class="tiles">
            \(tile("Requests per second", numbers.short(recent.requestRate)))
            \(tile("Median latency", numbers.duration(recent.answerSeconds.quantile(0.5))))
            \(tile("p99 latency", numbers.duration(recent.answerSeconds.quantile(0.99))))
            \(tile("Devices per batch", numbers.short(recent.batchSizes.mean)))
            \(tile("Waiting", numbers.grouped(history.last.waiting)))
            \(tile("Failed", numbers.share(recent.failedShare)))
            \(tile("Refused (429)", numbers.share(recent.refusedShare)))
            \(tile("Response bytes", numbers.bytes(recent.answerByteRate) + "/s"))
            </dl>
            """
    }

    private var charts: [Markup] {
        let intervals = history.intervals
        let ages = history.moments.dropFirst().map { history.last.time - $0.time }
        func chart(
            _ title: String,
            _ text: @escaping @Sendable (Double?) -> String,
            _ series: KeyValuePairs<String, (DashboardInterval) -> Double?>
        ) -> Markup {
            let lines = series.map { DashboardChart.Series(name: $0.key, values: intervals.map($0.value)) }
            return DashboardChart(title: title, ages: ages, window: history.window, series: lines, text: text).markup
        }
        return [
            chart("Requests per second", numbers.short, ["requests": { $0.requestRate }]),
            chart(
                "Latency",
                numbers.duration,
                ["median": { $0.answerSeconds.quantile(0.5) }, "p99": { $0.answerSeconds.quantile(0.99) }]
            ),
            chart("Devices per batch", numbers.short, ["mean": { $0.batchSizes.mean }]),
            chart(
                "Mean time of a batch",
                numbers.duration,
                ["in the queue": { $0.queueSeconds.mean }, "in the generator": { $0.inferSeconds.mean }]
            ),
        ]
    }

    private static func age(_ seconds: Double) -> String {
        switch Int(seconds) {
        case ..<120: "\(Int(seconds)) s"
        case ..<7200: "\(Int(seconds / 60)) min"
        case ..<172_800: "\(Int(seconds / 3600)) h"
        default: "\(Int(seconds / 86_400)) days"
        }
    }
}
