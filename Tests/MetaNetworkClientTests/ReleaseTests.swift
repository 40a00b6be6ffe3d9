import Crypto
import Foundation
import MetaNetworkWire
import Testing

@testable import MetaNetworkClient

@Suite("What a publisher says of a version")
struct ReleaseTests {
    private let publisher = FakePublisher()

    private func trust(_ phone: borrowing Phone, _ publishers: FakePublisher...) throws -> Trust {
        .keys([try phone.service.publicKey], publishers: try publishers.map { try $0.pinned })
    }

    @Test("A version that a pinned publisher signed is used and kept, whatever the service's key says of it")
    func signed() async throws {
        let phone = try Phone()
        let trust = try trust(phone, publisher)
        await phone.service.pass(on: try publisher.statement(of: phone.bundle))
        // A manifest needs no signature of the service.
        await phone.service.signManifests(false)
        let scores = try await phone.open { $0.trust = trust }.scores()
        await phone.goOffline()
        #expect(try await phone.open { $0.trust = trust }.scores() == scores)
        // Nor does a long time offline make it useless.
        phone.time.advance(10_000_000)
        #expect(try await phone.open { $0.trust = trust }.scores() == scores)
    }

    @Test("The word that nothing has changed is believed with a statement alone, and a newer one is kept")
    func unchanged() async throws {
        let phone = try Phone()
        let trust = try trust(phone, publisher)
        let first = try publisher.statement(of: phone.bundle)
        await phone.service.pass(on: first)
        let model = try await phone.open { $0.trust = trust }
        await model.record("film 5")
        let second = try publisher.statement(of: phone.bundle, after: first, issued: 1_050_000)
        await phone.service.pass(on: second)
        try await model.refresh()
        #expect(
            try ModelFolder(directory: phone.folder, model: TestBundle.model, limits: Limits()).knownRelease() == second
        )
        // What was signed before it is refused from now on, by the next launch too.
        await phone.service.pass(on: first)
        let notices = try await notices(of: phone.open { $0.trust = trust })
        #expect(notices.contains { $0.contains("it is played again") }, "\(notices)")
    }

    @Test("A base is checked again at each launch: an app that dropped the publisher's key does not run it")
    func droppedKey() async throws {
        let phone = try Phone()
        let (trust, other) = (try trust(phone, publisher), try trust(phone, FakePublisher("p2")))
        await phone.service.pass(on: try publisher.statement(of: phone.bundle))
        _ = try await phone.open { $0.trust = trust }
        await phone.goOffline()
        await #expect {
            _ = try await phone.open { $0.trust = other }
        } throws: {
            guard case .noModel? = $0 as? ClientError else { return false }
            return true
        }
        // It was left where it is, for an app that pins the key.
        _ = try await phone.open { $0.trust = trust }
        // A bundle in the app is the app's own word.
        let app = phone.folder.appendingPathComponent("app")
        try phone.bundle.write(to: app)
        _ = try await phone.open {
            $0.trust = other
            $0.bundle = app
        }
    }

    @Test("What an app kept that pinned no publisher is fetched again by one that does")
    func upgrade() async throws {
        let phone = try Phone()
        let trust = try trust(phone, publisher)
        let scores = try await phone.open().scores()
        await phone.service.pass(on: try publisher.statement(of: phone.bundle))
        let model = try await phone.open { $0.trust = trust }
        #expect(await model.scores() == scores)
        // Its files were there already.
        #expect(await phone.service.count("/device") == 1)
        await phone.goOffline()
        #expect(try await phone.open { $0.trust = trust }.scores() == scores)
    }

    @Test("A key that is the service's and the publisher's is refused, whatever it is called")
    func sharedKey() async throws {
        let phone = try Phone()
        let key = try phone.service.publicKey
        let same = try PinnedKey(id: "another name", base64: phone.service.rawKey)
        await #expect(throws: ClientError.sharedKey(id: "another name")) {
            _ = try await phone.open { $0.trust = .keys([key], publishers: [same]) }
        }
    }

    @Test("A damaged note of the last statement is set aside and told of, and the model goes on")
    func damagedNote() async throws {
        let phone = try Phone()
        let trust = try trust(phone, publisher)
        await phone.service.pass(on: try publisher.statement(of: phone.bundle))
        _ = try await phone.open { $0.trust = trust }
        try Data("damaged".utf8).write(to: phone.modelFolder.appendingPathComponent("release"))
        let notices = try await notices(of: phone.open { $0.trust = trust })
        #expect(notices.contains { $0.contains("publisher's last statement is damaged") }, "\(notices)")
    }

    @Test(
        "A number that no statement has in the note of the last one is damage as well, and nothing is computed with it"
    )
    func numbersOutOfRange() async throws {
        for number in [Int.max, Int.min, -1, ReleaseStatement.counterLimit + 1] {
            for change: (inout ReleaseStatement) -> Void in [
                { $0.issued = number }, { $0.expires = number }, { $0.counter = number },
            ] {
                let phone = try Phone()
                let trust = try trust(phone, publisher)
                await phone.service.pass(on: try publisher.statement(of: phone.bundle))
                _ = try await phone.open { $0.trust = trust }
                let damaged = try publisher.statement(of: phone.bundle, change: change)
                try SealedFile.write(
                    JSONEncoder().encode(damaged),
                    to: phone.modelFolder.appendingPathComponent("release")
                )
                let notices = try await notices(of: phone.open { $0.trust = trust })
                #expect(notices.contains { $0.contains("publisher's last statement is damaged") }, "\(notices)")
            }
        }
    }

    @Test("The last counter that there is, signed with a stolen key, counts no more once the app has dropped that key")
    func stolenKey() async throws {
        let phone = try Phone()
        let (thief, honest) = (publisher, FakePublisher("p2"))
        let both = try trust(phone, thief, honest)
        let last = try thief.statement(of: phone.bundle) { $0.counter = ReleaseStatement.counterLimit }
        await phone.service.pass(on: last)
        _ = try await phone.open { $0.trust = both }
        let next = try honest.statement(of: phone.bundle) { $0.counter = 7 }
        await phone.service.pass(on: next)
        let refused = try await notices(of: phone.open { $0.trust = both })
        #expect(refused.contains { $0.contains("it is played again") }, "\(refused)")
        let alone = try trust(phone, honest)
        let model = try await phone.open { $0.trust = alone }
        await model.record("film 5")
        try await model.refresh()
        let folder = ModelFolder(directory: phone.folder, model: TestBundle.model, limits: Limits())
        #expect(try folder.knownRelease() == next)
    }

    /// What a model tells of after a refresh.
    private func notices(of model: PersonalModel) async throws -> [String] {
        let states = await model.states
        await model.record("film 3")
        try? await model.refresh()
        var (notices, hasBegun) = ([String](), false)
        for await state in states {
            switch state {
            case .notice(let error): notices.append("\(error)")
            case .refreshing: hasBegun = true
            case .offline(let error): return notices + ["\(error)"]
            case .personal where hasBegun: return notices
            default: break
            }
        }
        return notices
    }
}
