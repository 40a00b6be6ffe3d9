import Testing

@testable import MetaNetworkExperiments

@Suite("When simulated users choose")
struct LivedTimesTests {
    @Test("is as far apart as in the data, at the same hour of the same weekday, and within a week before now")
    func moved() {
        let week = 604_800
        // 5 January 1970, a Monday, at 01:00:00.
        let monday = 345_600 + 3600
        let times = [Double(monday) + 0.9, Double(monday + 60), Double(monday + 30), Double(monday + 90_000)]
        for now in [1_800_000_000, 1_800_000_000 + week - 1, monday + 10, 5] {
            let lived = LivedTimes(times, before: now)
            #expect(lived.waits == [.seconds(60), .zero, .seconds(89_970), .zero])
            #expect((lived.start - monday).isMultiple(of: week))
            let last = lived.start + 90_030
            #expect(last <= now && last > now - week, "\(now)")
        }
    }

    @Test("is at equal distances where nobody reads it")
    func equal() {
        let lived = LivedTimes(every: .seconds(9), count: 2, start: 7)
        #expect(lived.start == 7 && lived.waits == [.seconds(9), .seconds(9)])
    }
}
