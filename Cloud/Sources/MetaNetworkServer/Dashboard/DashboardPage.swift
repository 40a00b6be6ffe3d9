/// The dashboard: how the service does, from the numbers of its last minutes.
///
/// It is rendered whole for whoever opens it, and its ``live`` part again with each new moment.
public struct DashboardPage: Sendable {
    private let history: DashboardHistory
    private let hasTrial: Bool
    /// Seconds over which the large numbers are taken.
    private static let recent = 10.0

    /// Creates a page.
    ///
    /// - Parameters:
    ///   - history: What it shows.
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
                <p id="connection" role="status" hidden>The connection was lost; these numbers are old.</p>
                <div id="live">\(liveMarkup)</div>
                """
        ).html
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
        let memory = now.residentBytes.map { ", \(DashboardNumber.bytes(Double($0))) of memory" } ?? ""
        let list: Markup = problems.isEmpty ? "" : "<ul class=\"problems\">\(problems)</ul>"
        return """
            <p class="state \(now.readiness == .ready ? "good" : "bad")"><b>\(now.readiness.rawValue)</b>
            <span>up for \(Self.age(now.time))\(memory)</span></p>
            \(list)
            """
    }

    private var tiles: Markup {
        let recent = history.recent(seconds: Self.recent)
        func tile(_ name: String, _ value: String) -> Markup { "<div><dt>\(name)</dt><dd>\(value)</dd></div>" }
        return """
            <dl class="tiles">
            \(tile("Requests a second", DashboardNumber.plain(recent.requestRate)))
            \(tile("Answered in, median", DashboardNumber.duration(recent.answerSeconds.quantile(0.5))))
            \(tile("Answered in, 99 of 100", DashboardNumber.duration(recent.answerSeconds.quantile(0.99))))
            \(tile("Devices a batch", DashboardNumber.plain(recent.batchSizes.mean)))
            \(tile("Waiting", DashboardNumber.whole(history.last.waiting)))
            \(tile("Failed", DashboardNumber.share(recent.failedShare)))
            \(tile("Refused as too many", DashboardNumber.share(recent.refusedShare)))
            \(tile("Answers", DashboardNumber.bytes(recent.answerByteRate) + "/s"))
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
            chart("Requests a second", DashboardNumber.plain, ["requests": { $0.requestRate }]),
            chart(
                "Time to the answer",
                DashboardNumber.duration,
                ["median": { $0.answerSeconds.quantile(0.5) }, "99 of 100": { $0.answerSeconds.quantile(0.99) }]
            ),
            chart("Devices a batch", DashboardNumber.plain, ["mean": { $0.batchSizes.mean }]),
            chart(
                "Time of a batch, mean",
                DashboardNumber.duration,
                ["in the queue": { $0.queueSeconds.mean }, "in the generator": { $0.computeSeconds.mean }]
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
