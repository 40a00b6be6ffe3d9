import Foundation
import MetaNetwork
import Testing

@testable import MetaNetworkClient

@Suite("When the service fails")
struct FailureTests {
    @Test("After a failure the device waits, longer each time, and comes back by itself")
    func backOff() async throws {
        let phone = try Phone()
        let model = try await phone.open { $0.policy = EverySamples(1) }
        await phone.goOffline()
        let before = await phone.service.requests.count
        await model.record("film 1")
        await model.waitUntilIdle()
        for _ in 0..<5 { await model.record("film 1") }
        await model.waitUntilIdle()
        #expect(await phone.service.requests.count == before + 1)
        await phone.service.interrupt(nil)
        phone.time.advance(2)
        let deadline = ContinuousClock.now + .seconds(10)
        while await model.age == nil, ContinuousClock.now < deadline { try await Task.sleep(for: .milliseconds(5)) }
        #expect(await model.age == .init(samples: 0, seconds: 0))
    }

    @Test(
        "The pauses double up to the bound, less up to a half, and are no shorter than the service asks, of each device another"
    )
    func delays() {
        var random = SeededGenerator(state: 7)
        let backOff = BackOff()
        for failures in [1, 2, 3, 10, 11, 12, 100, .max] {
            let full = min(2 * pow(2, Double(min(failures, 60) - 1)), 3_600)
            let delays = (0..<200).map { _ in
                backOff.delay(afterFailures: failures, asked: nil, using: &random)
            }
            #expect(delays.allSatisfy { $0 >= full / 2 && $0 <= full })
            #expect(Set(delays).count > 100)
        }
        let asked = (0..<200).map { _ in backOff.delay(afterFailures: 1, asked: 100, using: &random) }
        #expect(asked.allSatisfy { $0 >= 100 && $0 <= 125 } && Set(asked).count > 100, "they were told so together")
        #expect(backOff.delay(afterFailures: 1, asked: .max, using: &random) == 3_600)
    }

    @Test("Retry-After is honoured, by an app's own wish to refresh too", arguments: [429, 503])
    func retryAfter(status: Int) async throws {
        let phone = try Phone()
        let model = try await phone.open()
        await model.record("film 1")
        let service = phone.service
        await service.interrupt { _ in service.problem(status, "busy", headers: ["retry-after": "120"]) }
        await #expect(throws: ClientError.refused(status: status, detail: "busy", fix: nil)) {
            try await model.refresh()
        }
        await service.interrupt(nil)
        phone.time.advance(119)
        await #expect(throws: ClientError.retryLater(seconds: 2)) { try await model.refresh() }
        phone.time.advance(2)
        try await model.refresh()
        #expect(await model.age != nil)
    }

    @Test("Retry-After is a number of seconds or a date, and nothing else")
    func retryAfterText() {
        #expect(RetryAfter.seconds("120", now: 0) == 120)
        #expect(RetryAfter.seconds(" -5", now: 0) == 0)
        #expect(RetryAfter.seconds("99999999999", now: 0) == 86_400)
        #expect(RetryAfter.seconds("Sun, 06 Nov 1994 08:49:37 GMT", now: 784_111_770) == 7)
        #expect(RetryAfter.seconds("Sun, 06 Nov 1994 08:49:37 GMT", now: .max) == 0)
        for text in ["", "soon", "1e9", String(repeating: "9", count: 100)] {
            #expect(RetryAfter.seconds(text, now: 0) == nil)
        }
    }

    @Test("An app key is exchanged for a token of this device; a refused token is renewed once")
    func tokens() async throws {
        let phone = try Phone()
        await phone.service.accept(["token 1"])
        let model = try await phone.open { $0.credentials = .appKey("app key") }
        await model.record("film 1")
        try await model.refresh()
        #expect(await phone.service.tokenDevices.count == 1)
        await phone.service.accept(["token 2"])
        try await model.refresh()
        let devices = await phone.service.tokenDevices
        #expect(devices.count == 2)
        #expect(Set(devices).count == 1)
        await phone.service.accept([])
        await #expect {
            try await model.refresh()
        } throws: {
            if case .refused(status: 401, _, _)? = $0 as? ClientError { true } else { false }
        }
        #expect(await phone.service.tokenDevices.count == 3)
    }

    @Test("A token may come from the app's own server")
    func provider() async throws {
        let phone = try Phone()
        await phone.service.accept(["mine"])
        let model = try await phone.open { $0.credentials = .token { "mine" } }
        await model.record("film 1")
        try await model.refresh()
        #expect(await model.age != nil)
        struct Failed: Error {}
        let other = try await phone.open { $0.credentials = .token { throw Failed() } }
        await #expect(throws: ClientError.self) { try await other.refresh() }
    }

    @Test("A version that is gone again when the new one is asked for is an error, not a circle")
    func circle() async throws {
        let phone = try Phone()
        let model = try await phone.open()
        await model.record("film 1")
        let service = phone.service
        await service.interrupt { $0.url.path.hasSuffix("/parameters") ? service.problem(409, "gone") : nil }
        await #expect {
            try await model.refresh()
        } throws: {
            if case .refused(status: 409, _, _)? = $0 as? ClientError { true } else { false }
        }
        #expect(await service.count("/parameters") == 2)
        #expect(await model.rank(["film 1"]).count == 1)
    }

    @Test("A download that is cut short leaves the version in use")
    func truncatedUpdate() async throws {
        let phone = try Phone()
        let model = try await phone.open()
        await model.record("film 1")
        try await model.refresh()
        let scores = await model.scores()
        let next = try TestBundle(seed: 2)
        await phone.service.serve(next)
        await phone.service.interrupt {
            let short = TransportResponse(status: 200, body: next.contents.device.dropLast())
            return $0.url.path.hasSuffix("/device") ? short : nil
        }
        await #expect(throws: ClientError.self) { try await model.refresh() }
        #expect(await model.scores() == scores)
        await phone.goOffline()
        #expect(try await phone.open().scores() == scores)
        let bases = try FileManager.default.contentsOfDirectory(atPath: phone.modelFolder.path + "/bases")
        // Beside it lies what came of the other one, to go on with.
        #expect(bases.filter { !$0.hasPrefix("fetching-") }.count == 1 && bases.count == 2)
    }
}
