import Foundation
import MetaNetwork
import Testing

@testable import MetaNetworkServer

@Suite("Quality of versions")
struct QualityTests {
    /// What numpy, scipy and hashlib make of it.
    private struct Fixture: Decodable {
        struct Group: Decodable {
            let values: [Double]
            let mean: Double
            let shown, deciding: [Double]
        }

        struct Share: Decodable {
            let part, count: Int
            let least: Double
        }

        let intervals: [Group]
        let shares: [Share]
        let heldOut: [String: Double]
    }

    private func fixture() throws -> Fixture {
        let file = try #require(Bundle.module.url(forResource: "Fixtures/quality", withExtension: "json"))
        return try JSONDecoder().decode(Fixture.self, from: Data(contentsOf: file))
    }

    @Test("has the intervals that scipy finds")
    func intervals() throws {
        let fixture = try fixture()
        func isClose(_ left: Double, _ right: Double) -> Bool { abs(left - right) < 1e-12 }
        for group in fixture.intervals {
            let (sum, squares) = (group.values.reduce(0, +), group.values.reduce(0) { $0 + $1 * $1 })
            let shown = MeanInterval(count: group.values.count, sum: sum, squares: squares)
            let deciding = MeanInterval(
                count: group.values.count,
                sum: sum,
                squares: squares,
                errors: CandidateStops.errors
            )
            #expect(isClose(shown.mean, group.mean) && isClose(shown.lower, group.shown[0]))
            #expect(isClose(shown.upper, group.shown[1]) && isClose(deciding.lower, group.deciding[0]))
            #expect(
                isClose(deciding.upper, group.deciding[1]) && shown.lower <= shown.mean && shown.mean <= shown.upper
            )
        }
        for share in fixture.shares {
            let least = MeanInterval.leastShare(share.part, of: share.count, errors: CandidateStops.errors)
            #expect(isClose(least, share.least), "\(share.part) of \(share.count)")
        }
    }

    @Test("the devices that are held out follow from their ids alone, as in any language")
    func holdOut() throws {
        for (device, place) in try fixture().heldOut {
            #expect(!HoldOut(share: place).includes(device) && HoldOut(share: place + 1e-9).includes(device))
        }
        #expect(!HoldOut(share: 1).includes("") && !HoldOut.none.includes("device-1"))
        #expect(HoldOut(share: 1).includes("device-1"))
    }

    @Test("who is held out has nothing to do with who gets a candidate")
    func independence() {
        let (holdOut, candidate) = (HoldOut(share: 0.1), Releases.Candidate(version: "v2", share: 0.3))
        let devices = (0..<100_000).map { "device-\($0)" }
        let heldOut = devices.filter(holdOut.includes)
        let both = heldOut.count { candidate.includes(device: $0) }
        // Four standard deviations of a binomial number.
        #expect(abs(heldOut.count - 10_000) < 4 * 95 && abs(Double(both) - 0.3 * Double(heldOut.count)) < 4 * 46)
        #expect(heldOut.allSatisfy(HoldOut(share: 0.2).includes))
    }

    private func sums(_ devices: Int, gain: Double) -> ChoiceSums {
        var sums = ChoiceSums()
        for number in 0..<devices {
            // Devices that spread around the mean by a tenth.
            var counts = ChoiceCounts()
            (counts.choices, counts.hits, counts.gain) = (10, 5, 10 * gain + (number % 2 == 0 ? 1 : -1))
            sums.add(counts)
        }
        return sums
    }

    private func quality(_ groups: [(ModelQuality.Role, Int, Double)]) -> ModelQuality {
        ModelQuality(
            model: "movies",
            groups: groups.map { .init(role: $0.0, version: $0.0.rawValue, sums: sums($0.1, gain: $0.2)) }
        )
    }

    @Test("a candidate stops only where it is surely worse, over enough devices on both sides")
    func verdicts() throws {
        let stops = CandidateStops()
        func verdict(_ groups: [(ModelQuality.Role, Int, Double)]) -> CandidateVerdict? {
            stops.verdict(on: quality(groups))
        }
        #expect(verdict([(.current, 1000, 0.5), (.candidate, 1000, 0.5), (.holdout, 1000, 0.5)]) == nil)
        #expect(verdict([(.current, 1000, 0.5), (.candidate, 1000, 0.48)]) == nil)
        #expect(verdict([(.current, 1000, 0.5), (.candidate, 49, 0.2)]) == nil)
        #expect(verdict([(.current, 49, 0.5), (.candidate, 1000, 0.2)]) == nil)
        #expect(verdict([(.current, 1000, 0.2), (.candidate, 1000, 0.4)]) == nil)
        let worse = try #require(verdict([(.current, 1000, 0.5), (.candidate, 1000, 0.4)]))
        #expect(worse.ground == .quality && worse.reason.contains("0.4000") && worse.reason.contains("1000 devices"))
        let byHoldOut = verdict([(.current, 1000, 0.4), (.candidate, 1000, 0.4), (.holdout, 1000, 0.5)])
        #expect(byHoldOut?.reason.contains("hold-out") == true)
        #expect(verdict([(.candidate, 1000, 0.4)]) == nil)
    }

    @Test("a candidate stops where generation fails for more devices than may, each counted once")
    func failures() {
        let record = CandidateRecord()
        record.note(.failed, of: "early")
        record.begin(7)
        for _ in 0..<1000 { record.note(.failed, of: "one") }
        for number in 0..<100 { record.note(number < 30 ? .tooLong : .good, of: "device-\(number)") }
        record.note(.good, of: "one")
        #expect(record.reading == .init(devices: 101, tooLong: 30, failed: 1))
        let stops = CandidateStops()
        #expect(stops.verdict(on: record.reading)?.ground == .norms)
        #expect(stops.verdict(on: .init(devices: 101, tooLong: 3, failed: 4)) == nil)
        #expect(stops.verdict(on: .init(devices: 2, tooLong: 0, failed: 2)) == nil)
        #expect(stops.verdict(on: .init(devices: 3, tooLong: 0, failed: 3))?.ground == .errors)
        record.begin(7)
        #expect(record.reading.devices == 101)
        record.begin(8)
        #expect(record.reading == .init())
        record.begin(nil)
        record.note(.failed, of: "one")
        #expect(record.reading == .init())
    }
}
