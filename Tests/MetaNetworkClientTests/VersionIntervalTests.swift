import Foundation
import Testing

@testable import MetaNetworkClient

@Suite("The interval of looks for new versions")
struct VersionIntervalTests {
    private let hours = VersionInterval(.seconds(6 * 3_600), model: "movies")

    @Test("is an installation's own: the same every time, another for another model, and evenly spread over a fleet")
    func spread() {
        let ids = (0..<10_000).map { "device \($0)" }
        let own = ids.map { hours.own(of: $0) }
        #expect(own == ids.map { hours.own(of: $0) })
        #expect(own.allSatisfy { $0 >= .seconds(16_200) && $0 <= .seconds(21_600) })
        #expect(hours.own(of: "device 1") != VersionInterval(.seconds(21_600), model: "songs").own(of: "device 1"))
        // 5,400 seconds in 90 parts of a minute: 111 devices each; 5 standard deviations are 53.
        var parts = [Int](repeating: 0, count: 90)
        for interval in own { parts[min(89, Int((interval - .seconds(16_200)).components.seconds / 60))] += 1 }
        #expect(parts.allSatisfy { abs($0 - 111) <= 53 }, "\(parts)")
    }

    @Test("is another each time where the installation has no id, and none where the app wants none")
    func edges() {
        #expect(Set((0..<100).map { _ in hours.own(of: nil) }).count > 90)
        #expect(VersionInterval(.zero, model: "m").own(of: "a") == .zero)
        #expect(VersionInterval(.seconds(-1), model: "m").own(of: "a") == .zero)
        let never = VersionInterval(.seconds(Int64.max), model: "m").own(of: "a")
        #expect(never > .seconds(1 << 39))
    }

    @Test("spreads the second looks of devices that were opened together")
    func fleet() async throws {
        var looks: [Int] = []
        for number in 0..<6 {
            let phone = try Phone()
            let model = try await phone.open { $0.versionInterval = .seconds(600) }
            let id = Data("00000000-0000-4000-8000-00000000000\(number)".utf8)
            try SealedFile.write(id, to: phone.modelFolder.appendingPathComponent("device"))
            await model.record("film 1")
            try await model.refresh()
            let first = await phone.service.count("/movies")
            var seconds = 449
            phone.time.advance(449)
            try await model.refresh()
            #expect(await phone.service.count("/movies") == first)
            while await phone.service.count("/movies") == first, seconds < 600 {
                seconds += 10
                phone.time.advance(10)
                try await model.refresh()
            }
            looks.append(seconds)
        }
        #expect(looks.allSatisfy { $0 <= 609 })
        #expect(Set(looks).count >= 4, "\(looks)")
    }
}
