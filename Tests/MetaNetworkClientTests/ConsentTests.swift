import Foundation
import MetaNetworkWire
import Testing

@testable import MetaNetworkClient

@Suite("The consent with what is shared")
struct ConsentTests {
    private static let spring = SampleEvents.Event.Consent(purpose: "recommendations", version: "2026-03")
    private static let summer = SampleEvents.Event.Consent(purpose: "recommendations", version: "2026-07")

    private func consents(_ phone: borrowing Phone) async -> [String: SampleEvents.Event.Consent] {
        await phone.service.storedEvents.values.reduce(into: [:]) { $0[$1.item] = $1.consent }
    }

    @Test("is that under which a sample was recorded, whatever the app says when it is sent")
    func kept() async throws {
        let phone = try Phone()
        let first = try await phone.open {
            $0.sharesSamples = true
            $0.consent = Self.spring
        }
        await first.record("film 1")
        let second = try await phone.open {
            $0.sharesSamples = true
            $0.consent = Self.summer
        }
        await second.record("film 2")
        try await second.refresh()
        #expect(await consents(phone) == ["film 1": Self.spring, "film 2": Self.summer])
        // The history is no business of consents.
        #expect(await second.samples.events.allSatisfy { $0.consent == nil })
    }

    @Test("allows nothing by itself, and is left out where the app does not say")
    func silent() async throws {
        let phone = try Phone()
        let closed = try await phone.open { $0.consent = Self.spring }
        await closed.record("film 1")
        try await closed.refresh()
        #expect(await phone.service.count("/events") == 0)
        let open = try await phone.open { $0.sharesSamples = true }
        await open.record("film 2")
        try await open.refresh()
        #expect(await phone.service.storedEvents.values.map(\.consent) == [nil])
    }

    @Test(
        "that no service stores is told when the model opens, with the fix",
        arguments: ["", "two words", ".hidden", "größe", String(repeating: "x", count: 65)]
    )
    func misspelt(_ word: String) async throws {
        let phone = try Phone()
        for consent in [
            SampleEvents.Event.Consent(purpose: word, version: "1"), .init(purpose: "research", version: word),
        ] {
            await #expect(throws: ClientError.self) { try await phone.open { $0.consent = consent } }
            do {
                _ = try await phone.open { $0.consent = consent }
            } catch {
                #expect(
                    "\(error)".contains("cannot be sent; purpose and version of a consent are each 1 to 64 letters")
                )
            }
        }
    }

    @Test("is passed over by a service of an earlier release, and a message with many is no longer than one reads")
    func wire() throws {
        var event = SampleEvents.Event(id: "event-0001", item: String(repeating: "/", count: 40_000), time: .max)
        event.consent = Self.spring
        struct Yesterday: Decodable { let id, item: String, time: Int }
        let text = try JSONEncoder().encode(event)
        #expect(try JSONDecoder().decode(Yesterday.self, from: text).id == "event-0001")
        #expect(try JSONDecoder().decode(SampleEvents.Event.self, from: text) == event)
        let long = String(repeating: "x", count: 64)
        let events = (0..<10_000).map { number in
            var event = SampleEvents.Event(id: UUID().uuidString, item: "\(number)", time: .max)
            event.consent = .init(purpose: long, version: long)
            return event
        }
        let first = SampleEvents.beginning(of: events, count: events.count)
        #expect(first.count < events.count)
        #expect(try JSONEncoder().encode(SampleEvents(events: first)).count <= ParametersRequest.byteLimit)
    }
}
