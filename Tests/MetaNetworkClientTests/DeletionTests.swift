import Foundation
import MetaNetworkWire
import Testing

@testable import MetaNetworkClient

@Suite("Deletion at the service")
struct DeletionTests {
    private let change: @Sendable (inout PersonalModel.Configuration) -> Void = {
        $0.credentials = .appKey("app key")
        $0.sharesSamples = true
    }

    /// A model that has shared a sample, and the id under which it did.
    private func shared(_ phone: borrowing Phone) async throws -> (model: PersonalModel, id: String) {
        let model = try await phone.open(change)
        await model.record("film 1")
        try await model.refresh()
        return (model, try #require(await phone.service.tokenDevices.last))
    }

    private func forgottenFile(_ phone: borrowing Phone) -> String {
        phone.modelFolder.appendingPathComponent("forgotten").path
    }

    @Test(
        "is not done by a balancer's answer, whatever its status, and is asked for again",
        arguments: [(404, "no backend"), (405, ""), (200, "<html>welcome</html>"), (204, ""), (502, "bad gateway")]
    )
    func balancer(status: Int, body: String) async throws {
        let phone = try Phone()
        let (model, id) = try await shared(phone)
        await phone.service.interrupt { request in
            guard request.method == "DELETE" else { return nil }
            return TransportResponse(status: status, body: Data(body.utf8))
        }
        try await model.forget()
        await model.waitUntilIdle()
        #expect(FileManager.default.fileExists(atPath: forgottenFile(phone)))
        await phone.service.interrupt(nil)
        let again = try await phone.open(change)
        await again.waitUntilIdle()
        #expect(await phone.service.deletions == [id])
        #expect(!FileManager.default.fileExists(atPath: forgottenFile(phone)))
    }

    @Test("is done where the service itself says that it keeps no events")
    func noEvents() async throws {
        let phone = try Phone()
        let (model, _) = try await shared(phone)
        await phone.service.interrupt { request in
            guard request.method == "DELETE" else { return nil }
            let problem = Problem(type: "urn:metanetwork:problem:not-found", title: "", status: 404, detail: "")
            return TransportResponse(status: 404, body: try JSONEncoder().encode(problem.document(.newest)))
        }
        try await model.forget()
        await model.waitUntilIdle()
        #expect(!FileManager.default.fileExists(atPath: forgottenFile(phone)))
    }

    @Test("names everybody: a token that was on its way when the device was forgotten is not used")
    func exchange() async throws {
        let phone = try Phone()
        let service = phone.service
        let model = try await phone.open(change)
        await model.record("film 1")
        // The token of the first launch has ended.
        phone.time.advance(2_000_000)
        let (asked, isAsked) = AsyncStream.makeStream(of: Void.self)
        let (forgotten, isForgotten) = AsyncStream.makeStream(of: Void.self)
        await service.interrupt { request in
            guard request.url.path.hasSuffix("/tokens") else { return nil }
            isAsked.finish()
            for await _ in forgotten {}
            return nil
        }
        let running = Task { try await model.refresh() }
        for await _ in asked {}
        try await model.forget()
        isForgotten.finish()
        await service.interrupt(nil)
        await #expect(throws: ClientError.forgotten) { try await running.value }
        await model.waitUntilIdle()
        let first = try #require(await service.tokenDevices.first)
        await model.record("film 2")
        try await model.refresh()
        #expect(await service.storedEvents.values.map(\.item) == ["film 2"])
        let sender = try #require(await service.eventDevices.last)
        let last = await service.tokenDevices.last
        #expect(sender != first && sender == last)
    }

    @Test("needs the id: it is stored twice before anything is shared, and survives damage to one copy")
    func twice() async throws {
        let phone = try Phone()
        let (_, id) = try await shared(phone)
        for name in ["device", "device.copy"] {
            let file = phone.modelFolder.appendingPathComponent(name)
            #expect(try String(contentsOf: file, encoding: .utf8).contains(id))
            try Data("damaged".utf8).write(to: file)
            let model = try await phone.open(change)
            await model.record("film 2")
            try await model.refresh()
            #expect(await phone.service.eventDevices.last == id)
            #expect(try String(contentsOf: file, encoding: .utf8).contains(id))
        }
    }

    @Test("could not be asked for without the id: nothing is shared where it cannot be stored")
    func unstored() async throws {
        let phone = try Phone()
        try FileManager.default.createDirectory(at: phone.folder, withIntermediateDirectories: true)
        try Data().write(to: phone.modelFolder)
        let model = try await phone.open(change)
        for number in 0..<2 * Outbox.batch { await model.record("film \(number % 12)") }
        try await model.refresh()
        await model.waitUntilIdle()
        #expect(await model.age != nil)
        #expect(await phone.service.count("/events") == 0)
    }
}
