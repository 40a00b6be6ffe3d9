import Foundation
import MetaNetworkWire
import Testing

@testable import MetaNetworkClient

@Suite("What the service does not take")
struct RefusedSampleTests {
    private func problem(_ status: Int, _ word: String, field: String? = nil) throws -> TransportResponse {
        let type = "urn:metanetwork:problem:\(word)"
        let problem = Problem(type: type, title: "", status: status, detail: "no", field: field)
        return TransportResponse(
            status: status,
            headers: status == 429 ? ["Retry-After": "7000"] : [:],
            body: try JSONEncoder().encode(problem.document(.newest))
        )
    }

    @Test("is dropped alone: the others of its batch are sent again", arguments: [(400, ""), (422, ".time")])
    func one(status: Int, suffix: String) async throws {
        let phone = try Phone()
        let model = try await phone.open { $0.sharesSamples = true }
        for number in 1...5 { await model.record("film \(number)") }
        let answer = try problem(status, "future-event", field: "events[2]\(suffix)")
        await phone.service.interrupt { request in
            guard request.url.path.hasSuffix("/events"),
                try JSONDecoder().decode(SampleEvents.self, from: request.body ?? Data()).events.contains(where: {
                    $0.item == "film 3"
                })
            else { return nil }
            return answer
        }
        try await model.refresh()
        #expect(Set(await phone.service.storedEvents.values.map(\.item)) == ["film 1", "film 2", "film 4", "film 5"])
        #expect(await phone.service.count("/events") == 2)
        try await model.refresh()
        #expect(await phone.service.count("/events") == 2)
    }

    @Test("is named in the receipt of the others, and told of")
    func receipt() async throws {
        let phone = try Phone()
        let model = try await phone.open { $0.sharesSamples = true }
        let states = await model.states
        for number in 1...3 { await model.record("film \(number)") }
        await phone.service.interrupt { request in
            guard request.url.path.hasSuffix("/events") else { return nil }
            let refused = SampleEventsReceipt.Refusal(index: 1, reason: "bad item")
            let receipt = SampleEventsReceipt(stored: 2, repeated: 0, refused: [refused])
            return TransportResponse(status: 200, body: try JSONEncoder().encode(receipt))
        }
        try await model.refresh()
        try await model.refresh()
        #expect(await phone.service.count("/events") == 1)
        for await state in states {
            guard case .notice(.refused(_, let detail, _)) = state else { continue }
            #expect(detail.contains("bad item"))
            break
        }
    }

    @Test(
        "is kept where the answer is not the service's own",
        arguments: [(200, "<html>"), (204, ""), (400, "bad"), (422, "{}"), (429, "")]
    )
    func balancer(status: Int, body: String) async throws {
        let phone = try Phone()
        let model = try await phone.open { $0.sharesSamples = true }
        await model.record("film 1")
        await phone.service.interrupt { request in
            guard request.url.path.hasSuffix("/events") else { return nil }
            return TransportResponse(status: status, body: Data(body.utf8))
        }
        await #expect(throws: ClientError.self) { try await model.refresh() }
        await phone.service.interrupt(nil)
        phone.time.advance(7_200)
        try await phone.open { $0.sharesSamples = true }.refresh()
        #expect(await phone.service.storedEvents.values.map(\.item) == ["film 1"])
    }

    @Test(
        "for now waits as long as the service says, and weights are asked for meanwhile",
        arguments: [(429, "event-quota", 7_000), (507, "event-store-full", 3_600)]
    )
    func later(status: Int, word: String, pause: Int) async throws {
        let phone = try Phone()
        let model = try await phone.open { $0.sharesSamples = true }
        let answer = try problem(status, word)
        await phone.service.interrupt { $0.url.path.hasSuffix("/events") ? answer : nil }
        for number in 0..<2 * Outbox.batch { await model.record("film \(number % 12)") }
        await model.waitUntilIdle()
        try await model.refresh()
        #expect(await phone.service.count("/events") == 1)
        #expect(await model.age != nil)
        await phone.service.interrupt(nil)
        phone.time.advance(pause - 1)
        try await model.refresh()
        #expect(await phone.service.storedEvents.isEmpty)
        phone.time.advance(1)
        try await model.refresh()
        #expect(await phone.service.storedEvents.count == 2 * Outbox.batch)
    }
}
