import Foundation
import MetaNetwork
import MetaNetworkWire
import Testing

@testable import MetaNetworkServer

@Suite("A log of what publishers said")
struct ReleaseLogTests {
    private let fixture = ServerFixture()
    private let key = PublisherKey()
    private let other = PublisherKey()
    private let day = 86_400

    private func signing(_ key: PublisherKey) -> ReleaseSigning { .by(key, seconds: day) }

    @Test("is read as a whole chain or not at all, and says in which line it is none")
    func damage() async throws {
        let store = fixture.folderStore
        for version in ["v1", "v2", "v3"] { try await store.publish(fixture.bundle(version), signing: signing(key)) }
        let file = store.logFile("movies")
        let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map(String.init)
        for (changed, words) in [
            ([lines[0], lines[2]], "line 2 of the log of 'movies' has the counter 3"),
            (
                [lines[0], lines[1].replacingOccurrences(of: "\"counter\":2", with: "\"counter\":3")],
                "has the counter 3"
            ),
            (
                [lines[0].replacingOccurrences(of: "\"v1\"", with: "\"v9\""), lines[1]],
                "line 2 of the log of 'movies' does not follow"
            ),
            ([lines[0], "rubbish"], "line 2 of the log of 'movies' is no statement"),
            ([lines[0].replacingOccurrences(of: "\"movies\"", with: "\"songs\"")], "of the model 'songs'"),
        ] {
            try Data((changed.joined(separator: "\n") + "\n").utf8).write(to: file)
            let error = #expect(throws: RegistryError.self) { try store.log(of: "movies") }
            #expect(error?.description.contains(words) == true, "\(String(describing: error))")
            // Nothing is published beside a log that is none.
            await #expect(throws: RegistryError.self) {
                try await store.publish(fixture.bundle("v4"), signing: signing(key))
            }
            #expect(try store.releases(of: "movies").current == "v3")
        }
    }

    @Test(
        "keeps a model signed that is: nobody publishes or rolls back without a key, and a clock that was set back makes nothing older"
    )
    func order() async throws {
        let store = fixture.folderStore
        let late = ReleaseEditor(name: "ann@build", time: 2_000_000)
        let early = ReleaseEditor(name: "bob@build", time: 1_000_000)
        try await store.publish(fixture.bundle("v1"), signing: signing(key), by: late)
        try await store.publish(fixture.bundle("v2"), signing: signing(key), by: early)
        #expect(try store.log(of: "movies").entries.map(\.statement.issued) == [2_000_000, 2_000_000])
        for attempt in 0..<3 {
            let error = await #expect(throws: RegistryError.self) {
                switch attempt {
                case 0: _ = try await store.publish(fixture.bundle("v3"))
                case 1: _ = try await store.rollback("movies")
                default: _ = try await store.rollback("movies", to: "v1")
                }
            }
            #expect(error?.description.contains("--publisher-key") == true)
        }
        #expect(try await store.rollback("movies", signing: signing(key), by: late).current == "v1")
        #expect(try store.log(of: "movies").newest(of: "v1")?.statement.counter == 3)
        // The way back from a candidate needs no key: a service goes it by itself.
        try await store.publish(fixture.bundle("v3"), share: 0.5, signing: signing(key), by: late)
        #expect(try await store.stop("v3", of: "movies", because: "it does harm"))
        #expect(try store.log(of: "movies").entries.map(\.statement.version).suffix(3) == ["v1", "v3", "v1"])
    }

    @Test(
        "an audit finds what was changed, taken out, forked, signed by others or has ended, and names the digest that others compare"
    )
    func audit() async throws {
        let store = fixture.folderStore
        let editor = ReleaseEditor(name: "ann@build", time: 2_000_000)
        for version in ["v1", "v2"] {
            try await store.publish(fixture.bundle(version), signing: signing(key), by: editor)
        }
        let (name, file) = ("\(key.id)=\(key.publicKey)", store.logFile("movies"))
        let (before, text) = (try store.log(of: "movies"), try Data(contentsOf: store.logFile("movies")))
        try await store.sign("movies", by: key, seconds: day, editor: editor)
        let audit = try await store.audit("movies", publishers: [name], against: before, at: 2_000_001)
        #expect(
            audit.statements == 3 && audit.keys == [name] && audit.versions == 2 && audit.expires == 2_000_000 + day
        )
        #expect(try audit.head == store.log(of: "movies").head)
        func fault(_ publishers: [String]? = nil, against log: ReleaseLog? = nil, at time: Int = 2_000_001) async
            -> String
        {
            do {
                _ = try await store.audit("movies", publishers: publishers, against: log, at: time)
                return ""
            } catch { return "\(error)" }
        }
        #expect(await fault(["\(other.id)=\(other.publicKey)"]).contains("none of the publishers'"))
        #expect(await fault(at: 2_000_000 + day).contains("ended 0 hours ago"))
        let whole = try store.log(of: "movies")
        try text.write(to: file)
        #expect(await fault(against: whole).contains("were taken out"))
        // The same publisher signs something else as statement 3: somebody has its key.
        try await store.publish(fixture.bundle("v3"), signing: signing(key), by: editor)
        #expect(await fault(against: whole).contains("forks at statement 3"))
        var lines = String(decoding: text, as: UTF8.self).split(separator: "\n").map(String.init)
        lines[1] = lines[1].replacingOccurrences(of: key.publicKey, with: other.publicKey)
        try Data(lines.joined(separator: "\n").utf8).write(to: file)
        #expect(await fault().contains("statement 2 of 'movies' bears no signature"))
        try text.write(to: file)
        let manifest = try #require(
            store.localFile(BundleLayout.manifest, of: BundleID(model: "movies", version: "v2"))
        )
        try (Data(contentsOf: manifest) + Data(" ".utf8)).write(to: manifest)
        #expect(await fault().contains("the manifest of version v2 was changed"))
    }
}
