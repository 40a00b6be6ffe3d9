import Foundation
import MetaNetworkWire
import Testing

@testable import MetaNetworkClient

@Suite("The place of a shared choice")
struct SharedRankingTests {
    /// What the service has of an item.
    private func ranking(of item: String, _ phone: borrowing Phone) async throws -> SampleEvents.Event.Ranking {
        let events = await phone.service.storedEvents.values.filter { $0.item == item }
        return try #require(events.first?.ranking)
    }

    @Test("is the one at which the weights in use had it before it was chosen, and says which weights these were")
    func place() async throws {
        let phone = try Phone()
        let weights = try phone.bundle.personalWeights(1)
        await phone.service.forge { $0.weights = weights }
        let model = try await phone.open { $0.sharesSamples = true }
        let version = await model.version
        func place(_ item: String) async throws -> Int {
            try #require(await model.topItems(.max).firstIndex { $0.id == item }) + 1
        }
        let alone = try await place("film 1")
        await model.record("film 1")
        try await model.refresh()
        #expect(try await ranking(of: "film 1", phone) == .init(version: version, weights: .base, rank: alone))
        let personal = try await place("film 3")
        await model.record("film 3")
        await model.record("a film of next year")
        try await model.refresh()
        #expect(try await ranking(of: "film 3", phone) == .init(version: version, weights: .personal, rank: personal))
        #expect(try await ranking(of: "a film of next year", phone).rank == nil)
        // The history is no business of rankings.
        #expect(await model.samples.events.allSatisfy { $0.ranking == nil })
    }

    @Test("names the base model where the guard holds personal weights back")
    func guarded() async throws {
        let phone = try Phone()
        let model = try await phone.open { $0.sharesSamples = true }
        await model.record("film 1")
        try await model.refresh()
        await model.preferBase()
        await model.record("film 2")
        try await model.refresh()
        #expect(try await ranking(of: "film 2", phone).weights == .guarded)
    }

    @Test("is passed over by a reader that does not know it, and read with a word of a release to come")
    func words() throws {
        let text = #"{"id":"event-01","item":"a","time":1,"ranking":{"version":"v","weights":"distilled","rank":2}}"#
        let event = try JSONDecoder().decode(SampleEvents.Event.self, from: Data(text.utf8))
        #expect(event.ranking == .init(version: "v", weights: .other, rank: 2))
        struct Yesterday: Decodable { let id, item: String, time: Int }
        let bytes = try JSONEncoder().encode(event)
        #expect(try JSONDecoder().decode(Yesterday.self, from: bytes).item == "a")
        var long = event
        long.item = String(repeating: "x", count: 9)
        #expect(try JSONEncoder().encode(long).count < 88 + 76 + 40)
    }
}

extension PersonalModel {
    /// As if personal weights had foreseen the last choices worse.
    fileprivate func preferBase() {
        for _ in 0..<QualityGuard.fewest { qualityGuard.add(personal: 5, base: 1) }
        useBetterWeights()
    }
}
