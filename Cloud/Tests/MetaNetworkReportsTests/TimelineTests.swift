import Foundation
import MetaNetworkExperiments
import Testing

@testable import MetaNetworkReports

@Suite("Who was at work when")
struct TimelineTests {
    private func turn(_ device: Int, _ version: Int, _ start: Double, arrived: Double?, isUsed: Bool = true)
        -> Timeline.Turn
    {
        Timeline.Turn(
            device: device,
            version: version,
            start: start,
            received: start + 1,
            trained: start + 5,
            arrived: arrived,
            isUsed: isUsed
        )
    }

    @Test("a row a device and a bar a turn: down, learning, up; who never answered is hatched, and models are lines")
    func bars() throws {
        let timeline = Timeline(
            method: "fedavg",
            devices: 7,
            turns: [
                turn(3, 0, 0, arrived: 7), turn(1, 0, 0, arrived: nil, isUsed: false), turn(3, 1, 10, arrived: 20),
                turn(4, 1, 10, arrived: 16, isUsed: false),
            ]
        )
        let drawing = try #require(TimelineDrawing(timeline))
        let svg = drawing.svg
        func count(_ text: String) -> Int { svg.components(separatedBy: text).count - 1 }
        #expect(drawing.caption == "3 of 7 devices, their first 4 turns, 20.0 simulated seconds")
        // One of each kind is the legend's.
        #expect(count(#"class="down""#) == 5 && count(#"class="work""#) == 3 && count(#"class="wasted""#) == 3)
        #expect(count(#"class="up""#) == 4 && count(#"<line class="model""#) == 2)
        #expect(svg.contains("device 1, model 0: 0.0 to 5.0 s, never answered"))
        #expect(svg.contains("device 4, model 1: 10.0 to 16.0 s, refused"))
        let places = ["device 1<", "device 3<", "device 4<"].map { svg.range(of: $0)?.lowerBound }
        #expect(places.allSatisfy { $0 != nil } && svg.range(of: "device 2<") == nil)
    }

    @Test("where nothing takes time there is nothing to see, and many devices are the first forty")
    func bounds() throws {
        let instant = Timeline.Turn(device: 0, version: 0, start: 0, received: 0, trained: 0, arrived: 0, isUsed: true)
        #expect(TimelineDrawing(Timeline(method: "a", devices: 1, turns: [instant])) == nil)
        #expect(TimelineDrawing(Timeline(method: "a", devices: 1, turns: [])) == nil)
        let many = (0..<90).map { turn($0, $0, Double($0), arrived: Double($0) + 6) }
        let drawing = try #require(TimelineDrawing(Timeline(method: "a", devices: 90, turns: many)))
        #expect(drawing.caption.hasPrefix("40 of 90 devices"))
    }

    @Test("the page has the section where a result has timelines, and not otherwise")
    func page() throws {
        var result = Made.ranking(changes: ["sasrec": 0.01])
        #expect(try !PageContent(result).titles.contains("Who was at work when"))
        result.timelines = [Timeline(method: "<b>", devices: 1, turns: [turn(0, 0, 0, arrived: 6)])]
        let page = try PageContent(result)
        #expect(page.titles.contains("Who was at work when"))
        #expect(try page.section("Who was at work when").contains("&lt;b&gt;: 1 devices"))
    }
}
