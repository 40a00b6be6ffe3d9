import Films
import Foundation
import MetaNetworkClient
import Testing

@Suite("The shelf of the app Films")
@MainActor
struct FilmShelfTests {
    @available(iOS 17, macOS 14, *)
    private func shelf(_ phone: borrowing Phone) async throws -> FilmShelf {
        let model = try await phone.open()
        return FilmShelf(titles: ["film 1": "The First"]) { model }
    }

    /// Waits until the shelf, which follows the model in a task of its own, shows something.
    private func eventually(_ condition: () -> Bool) async throws {
        let deadline = ContinuousClock.now + .seconds(10)
        while !condition() {
            try #require(ContinuousClock.now < deadline)
            try await Task.sleep(for: .milliseconds(2))
        }
    }

    @Test("shows the best films by title, and no chosen one again")
    @available(iOS 17, macOS 14, *)
    func choosing() async throws {
        let phone = try Phone()
        let shelf = try await shelf(phone)
        #expect(shelf.status == .opening(nil) && shelf.best.isEmpty)
        await shelf.start()
        try await eventually { shelf.status == .base }
        #expect(shelf.best.count == 12)
        let first = try #require(shelf.best.first { $0.id == "film 1" })
        #expect(first.title == "The First" && shelf.best.contains { $0.title == "film 2" })
        await shelf.choose(first)
        #expect(shelf.chosen == [first] && !shelf.best.contains(first) && shelf.best.count == 11)
    }

    @Test("becomes personal when it is refreshed, goes on without a network, and forgets")
    @available(iOS 17, macOS 14, *)
    func refreshing() async throws {
        let phone = try Phone()
        let shelf = try await shelf(phone)
        await shelf.start()
        await shelf.choose(try #require(shelf.best.first))
        let before = shelf.best
        await shelf.refreshInBackground()
        try await eventually { shelf.status == .personal }
        #expect(Set(shelf.best.map(\.id)) == Set(before.map(\.id)))
        await phone.goOffline()
        await shelf.refresh()
        try await eventually { shelf.status == .offline }
        #expect(shelf.best.count == 11)
        await phone.service.interrupt(nil)
        try await shelf.forget()
        #expect(shelf.chosen.isEmpty && shelf.best.count == 12)
    }

    @Test("says how large a new model is that waits for another network, and ranks on")
    @available(iOS 17, macOS 14, *)
    func waiting() async throws {
        let phone = try Phone()
        let shelf = try await shelf(phone)
        await shelf.start()
        await shelf.choose(try #require(shelf.best.first))
        let next = try TestBundle(seed: 2)
        await phone.service.serve(next, beside: [phone.bundle])
        await phone.goConstrained()
        await shelf.refresh()
        try await eventually { shelf.waitingBytes == next.fetchedBytes }
        #expect(shelf.status == .personal && shelf.best.count == 11)
        await phone.service.interrupt(nil)
        await shelf.refresh()
        try await eventually { shelf.waitingBytes == nil && shelf.status == .personal }
    }

    @Test("says why there is no model, and tries again")
    @available(iOS 17, macOS 14, *)
    func failing() async throws {
        let phone = try Phone()
        await phone.goOffline()
        let (service, folder) = (phone.service, phone.folder)
        let key = try phone.service.publicKey
        let shelf = FilmShelf(titles: [:]) {
            var configuration = PersonalModel.Configuration(trust: .keys([key], publishers: []))
            configuration.transport = service.transport
            return try await PersonalModel(
                server: try #require(URL(string: "https://service.test")),
                model: TestBundle.model,
                directory: folder,
                configuration: configuration
            )
        }
        await shelf.start()
        if case .failed(let reason) = shelf.status {
            #expect(reason.contains("no network"))
        } else {
            Issue.record("\(shelf.status)")
        }
        await phone.service.interrupt(nil)
        await shelf.start()
        try await eventually { shelf.status == .base }
    }
}
