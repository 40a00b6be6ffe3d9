import Foundation
import Testing

@testable import MetaNetworkServer

@Suite("The clock of a store")
struct StoreClockTests {
    @Test("goes on from what the last quick answer said, in the middle of its second and of the time that it took")
    func reading() {
        let (clock, start) = (StoreClock(), ContinuousClock.now)
        #expect(clock.date(at: start) == nil)
        clock.note(Date(timeIntervalSince1970: 1000), sent: start, received: start + .seconds(60))
        #expect(clock.date(at: start + .seconds(30)) == Date(timeIntervalSince1970: 1000.5))
        clock.note(Date(timeIntervalSince1970: 2000), sent: start, received: start + .seconds(1))
        #expect(clock.date(at: start + .seconds(10)) == Date(timeIntervalSince1970: 2010))
        clock.note(Date(timeIntervalSince1970: 9000), sent: start, received: start + .seconds(3))
        #expect(clock.date(at: start + .seconds(10)) == Date(timeIntervalSince1970: 2010), "it may be 3 s old")
    }
}
