import Foundation
import MetaNetworkWire
import Testing

@testable import MetaNetworkClient

@Suite("Sharing samples")
struct SharingTests {
    @Test("Nothing is shared unless the app says so")
    func consent() async throws {
        let phone = try Phone()
        let model = try await phone.open()
        await model.record("film 1")
        try await model.refresh()
        #expect(await phone.service.count("/events") == 0)
        #expect(!FileManager.default.fileExists(atPath: phone.modelFolder.appendingPathComponent("outbox.jsonl").path))
    }

    @Test("Samples are sent in batches with a refresh, or when a batch is full")
    func batches() async throws {
        let phone = try Phone()
        let model = try await phone.open { $0.sharesSamples = true }
        for number in 0..<Outbox.batch { await model.record("film \(number % 12)") }
        await model.waitUntilIdle()
        #expect(await phone.service.storedEvents.count == Outbox.batch)
        #expect(await phone.service.questions.isEmpty)
        await model.record("film 3")
        #expect(await phone.service.storedEvents.count == Outbox.batch)
        try await model.refresh()
        let events = await phone.service.storedEvents
        #expect(events.count == Outbox.batch + 1)
        #expect(Set(events.values.map(\.item)).count == 12)
        #expect(events.values.allSatisfy { $0.time == 1_000_000 && (8...64).contains($0.id.utf8.count) })
    }

    @Test("What was not acknowledged waits on the disk and is sent again with the same ids")
    func retry() async throws {
        let phone = try Phone()
        var model = try await phone.open { $0.sharesSamples = true }
        await model.record("film 1")
        await model.record("film 2")
        let service = phone.service
        // The service stores the samples, but its answer is lost.
        await service.interrupt { request in
            guard request.url.path.hasSuffix("/events") else { return nil }
            await service.interrupt(nil)
            _ = try await service.transport.send(request)
            throw TransportError.failed("connection lost")
        }
        await #expect(throws: ClientError.self) { try await model.refresh() }
        let first = await service.storedEvents
        #expect(first.count == 2)
        model = try await phone.open { $0.sharesSamples = true }
        try await model.refresh()
        #expect(await service.count("/events") == 3)
        #expect(await service.storedEvents == first)
        try await model.refresh()
        #expect(await service.count("/events") == 3)
    }

    @Test("Samples that the service will never take do not hold up the others")
    func poison() async throws {
        let phone = try Phone()
        let model = try await phone.open { $0.sharesSamples = true }
        await model.record("film 1")
        let service = phone.service
        await service.interrupt { $0.url.path.hasSuffix("/events") ? service.problem(400, "bad time") : nil }
        try await model.refresh()
        await service.interrupt(nil)
        await model.record("film 2")
        try await model.refresh()
        #expect(await service.storedEvents.values.map(\.item) == ["film 2"])
    }

    @Test("When a user withdraws, what still waits is deleted")
    func withdrawal() async throws {
        let phone = try Phone()
        let first = try await phone.open { $0.sharesSamples = true }
        await first.record("film 1")
        let second = try await phone.open()
        try await second.refresh()
        let third = try await phone.open { $0.sharesSamples = true }
        try await third.refresh()
        #expect(await phone.service.storedEvents.isEmpty)
    }
}
