import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import MetaNetworkMarkup
import MetaNetworkWire
import NIOCore
import Testing

@testable import MetaNetworkServer

@Suite("The dashboard")
struct DashboardTests {
    private let fixture = ServerFixture()

    private func moment(_ time: Double, requests: Int = 0, answers: [Double] = []) -> DashboardStatistics {
        var moment = DashboardStatistics(time: time)
        moment.requests = [200: requests]
        for seconds in answers { moment.answerSeconds.record(seconds) }
        return moment
    }

    @Test("takes its figures from what happened in between two moments")
    func intervals() throws {
        var (start, end) = (moment(10, requests: 100, answers: [9, 9, 9]), DashboardStatistics(time: 14))
        start.batchSizes.record(64)
        end.requests = [200: 106, 429: 1, 500: 1]
        end.answerSeconds = start.answerSeconds
        for _ in 0..<8 { end.answerSeconds.record(0.004) }
        end.batchSizes = start.batchSizes
        for size in [2.0, 4] { end.batchSizes.record(size) }
        end.answerBytes = 1000
        let interval = DashboardInterval(from: start, to: end)
        #expect(interval.requestRate == 2 && interval.answerByteRate == 250 && interval.batchSizes.mean == 3)
        #expect(interval.failedShare == 0.125 && interval.refusedShare == 0.125)
        let median = try #require(interval.answerSeconds.quantile(0.5))
        #expect((0.0025...0.005).contains(median))
        let nothing = DashboardInterval(from: end, to: end)
        #expect(nothing.requestRate == 0 && nothing.failedShare == nil && nothing.answerSeconds.quantile(0.5) == nil)
    }

    @Test("remembers the last minutes and no more")
    func history() {
        var history = DashboardHistory(moment(0), window: 10)
        for second in 1...100 { history.append(moment(Double(second), requests: second * 3)) }
        #expect(history.moments.count == 11 && history.moments[0].time == 90)
        #expect(history.whole.requestRate == 3 && history.recent(seconds: 4).seconds == 4)
        #expect(history.intervals.count == 10)
    }

    @Test("writes numbers in the unit that suits them")
    func figures() {
        let numbers = NumberText.typographic
        #expect(
            [0, 7, 1234, -1_234_567].map { numbers.grouped($0) } == ["0", "7", "1,234", "\u{2212}1,234,567"]
        )
        #expect([0.0, 0.5, 12.34, 999.6].map { numbers.short($0) } == ["0", "0.50", "12.3", "1,000"])
        #expect(
            [0.0, 4.25e-5, 0.0042, 12].map { numbers.duration($0) } == [
                "0 ms", "42.5 \u{00B5}s", "4.20 ms", "12 s",
            ]
        )
        #expect([12.0, 25_412, 3e9].map { numbers.bytes($0) } == ["12 B", "25.4 kB", "3 GB"])
        #expect([0, 1e-6, 0.05, 1].map { numbers.share($0) } == ["0 %", "<0.01 %", "5 %", "100 %"])
        #expect(numbers.short(nil) == "\u{2013}" && numbers.duration(.nan) == "\u{2013}")
    }

    @Test("draws gaps where there is no value, and a scale that holds all values")
    func charts() {
        #expect([0, 0.3, 1, 1.1, 4, 60, 0.002].map { DashboardChart.roundedUp($0) } == [1, 0.5, 1, 2, 5, 100, 0.002])
        let series = DashboardChart.Series(name: "one", values: [1, 2, nil, 2])
        let chart = DashboardChart(
            title: "T",
            ages: [3, 2, 1, 0],
            window: 3,
            series: [series],
            text: NumberText.typographic.short
        )
        #expect(chart.markup.html.contains("d=\"M0.0 50.0h0L100.0 0.0M300.0 0.0h0\""))
    }

    @Test("shows text of others as text")
    func escaping() {
        var moment = DashboardStatistics(time: 1)
        moment.problems = ["<img src=x onerror=alert(1)>"]
        moment.models = [
            .init(name: "a\"b'c&d", versions: [.init(version: "<v>", role: .current, share: 1, answers: 3)])
        ]
        let html = DashboardPage(DashboardHistory(moment), hasTrial: false).html
        #expect(html.contains("&lt;img src=x") && html.contains("a&quot;b&#39;c&amp;d") && html.contains("&lt;v&gt;"))
        #expect(!html.contains("<img") && !html.contains("Try it"))
        // The browser is told to run no scripts and take no styles but the dashboard's files.
        #expect(!html.contains(" style=") && !html.contains("<script>") && !html.contains("<style"))
    }

    @Test("answers a trial, and names what is wrong with a history")
    func trial() async throws {
        let service = try await dashboardService()
        try await service.adminApplication(.init(host: "127.0.0.1", port: 0)).test(.router) { client in
            for (path, type) in [("/", "text/html"), ("/try", "text/html"), ("/dashboard/style.css", "text/css")] {
                let response = try await client.execute(uri: path, method: .get)
                #expect(response.status == .ok && response.headers[.contentType] == "\(type); charset=utf-8")
                #expect(response.headers[.contentSecurityPolicy]?.hasPrefix("default-src 'self'") == true)
            }
            let found = try await client.execute(uri: "/dashboard/items?query=item%203", method: .get)
            #expect(String(decoding: found.bytes, as: UTF8.self).contains("Item 3 & more"))
            let answer = try await client.post("/dashboard/try", #"{"items":["3","1"]}"#)
            let trial = try JSONDecoder().decode(Trial.self, from: Data(answer.bytes))
            #expect(trial.history.map(\.item) == ["3", "1"] && trial.base.count == 10 && trial.personal != trial.base)
            for body in ["{}", #"{"items":[]}"#, #"{"items":[1]}"#] {
                let response = try await client.post("/dashboard/try", body)
                #expect(try response.status == .badRequest && response.problem().field == "items", "\(body)")
            }
            let none = try await fixture.service(bundles: MemoryBundleStore(), trial: TwinTrial())
            // A version that the service refuses is not loaded for a trial either.
            try await none.adminApplication(.init(host: "127.0.0.1", port: 0)).test(.router) { client in
                let refused = try await client.post("/dashboard/try", #"{"items":["1"]}"#)
                #expect(refused.status == .serviceUnavailable)
            }
            let unknown = try await client.post("/dashboard/try", #"{"items":["nobody"]}"#)
            #expect(try unknown.status == .unprocessableContent && unknown.problem().detail.contains("nobody"))
        }
    }

    @Test("reads the service's metrics and versions, and tells whoever looks until the service stops")
    func updates() async throws {
        let service = try await dashboardService()
        try await fixture.publish("v2", share: 0.25)
        await service.models.refresh()
        try await service.application().test(.router) { client in
            for _ in 0..<3 { _ = try await client.post("/v1/models/movies/parameters", parametersRequest()) }
            _ = try await client.post("/v1/models/movies/parameters", parametersRequest("gone"))
        }
        let statistics = DashboardStatistics(
            time: 5,
            ServerFixture.metrics,
            service.models,
            service.quality,
            isDraining: false
        )
        #expect(statistics.readiness == .ready && statistics.requests[200] ?? 0 >= 3)
        #expect(statistics.requests[409] ?? 0 >= 1 && statistics.answerSeconds.count >= 4 && statistics.answerBytes > 0)
        #expect(statistics.batchSizes.count > 0 && statistics.dispatches["idle"] ?? 0 > 0)
        let versions = try #require(statistics.models.first?.versions)
        #expect(versions.map(\.version) == ["v1", "v2"] && versions.map(\.share) == [0.75, 0.25])
        #expect(versions[0].answers >= 3)
        let feed = DashboardFeed(interval: .milliseconds(5), hasTrial: false) { statistics }
        let updates = try #require(feed.updates())
        let running = Task { try await feed.run() }
        var seen = 0
        for await live in updates {
            #expect(live.contains("<td data-label=\"Share of devices\">25 %</td>"))
            seen += 1
            if seen == 2 { running.cancel() }
        }
        try await running.value
        #expect(feed.updates() == nil)
    }

    @Test("lets open pages go when the service stops")
    func stopping() async throws {
        let service = try await dashboardService()
        let feed = try #require(service.dashboard)
        try await service.adminApplication(.init(host: "127.0.0.1", port: 0)).test(.live) { client in
            let running = Task { try await feed.run() }
            defer { running.cancel() }
            // It answers once the events end.
            async let open = client.execute(uri: "/dashboard/events", method: .get)
            try await eventually { feed.viewerCount == 1 }
            feed.sample()
            running.cancel()
            let response = try await open
            #expect(response.headers[.contentType] == "text/event-stream")
            #expect(String(decoding: response.bytes, as: UTF8.self).hasPrefix("data: <p class=\"state good\">"))
            #expect(response.bytes.suffix(2) == [10, 10])
            try await eventually { feed.viewerCount == 0 }
            let late = try await client.execute(uri: "/dashboard/events", method: .get)
            #expect(try late.status == .serviceUnavailable && late.problem().fix?.isEmpty == false)
        }
    }

    @Test(
        "works in a browser, on a phone and on a desk, in the light and in the dark",
        .enabled(if: Script.browser != nil, "make packages, which installs chromium")
    )
    func browser() async throws {
        let service = try await dashboardService()
        let admin = service.adminApplication(.init(host: "127.0.0.1", port: 0))
        try await admin.test(.live) { client in
            // The service waits for events that are open; a browser may leave some behind.
            let running = Task { try await service.dashboard?.run() }
            defer { running.cancel() }
            let output = try await Script.run(
                "check-dashboard",
                "http://127.0.0.1:\(try #require(client.port))",
                "--browser",
                Script.browser ?? ""
            )
            #expect(output.status == 0, "\(output.text)")
        }
    }

    private func dashboardService() async throws -> MetaNetworkService {
        try await fixture.publish("v1")
        return try await fixture.service(trial: TwinTrial())
    }
}
