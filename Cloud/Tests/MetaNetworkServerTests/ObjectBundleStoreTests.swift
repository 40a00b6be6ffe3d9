import Foundation
import MetaNetwork
import MetaNetworkWire
import Synchronization
import Testing

@testable import MetaNetworkServer

@Suite("A store of bundles in a store of objects")
struct ObjectBundleStoreTests {
    private let fixture = ServerFixture()
    private let objects = MemoryObjects()
    private let file = "movies/versions/v1/device.safetensors"
    private let bundle = BundleID(model: "movies", version: "v1")

    /// A store as another process on this machine opens it.
    private func store(cache: String = "cache") throws -> ObjectBundleStore {
        ObjectBundleStore(objects, cache: BundleCache(try fixture.makeFolder().appendingPathComponent(cache)))
    }

    @Test("has the layout of a folder, with the manifest as the last of a version")
    func layout() async throws {
        try await store().publish(fixture.bundle("v1"), signing: .by(PublisherKey(), seconds: 60))
        let version = ["device.safetensors", "manifest.json", "vocabulary.tsv"].map { "movies/versions/v1/\($0)" }
        #expect(objects.keys == ["movies/log.jsonl", "movies/releases.json"] + version)
        // As a tool that copies objects into files would.
        let folder = try fixture.makeFolder().appendingPathComponent("copied")
        for key in objects.keys {
            let url = folder.appendingPathComponent(key)
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(),
                withIntermediateDirectories: true
            )
            try #require(objects[key]).write(to: url)
        }
        let copy = FolderBundleStore(folder)
        #expect(try await copy.releases(of: "movies") == store().releases(of: "movies"))
        #expect(try copy.versions(of: "movies") == ["v1"] && copy.log(of: "movies").entries.count == 1)
        #expect(try await copy.audit("movies").versions == 1)
    }

    @Test("looks at releases that did not change without reading them, and lists models now and then")
    func looks() async throws {
        try await store().publish(fixture.bundle("v1"))
        let own = try store()
        for _ in 0..<20 {
            #expect(try await own.models() == ["movies"])
            #expect(try await own.releases(of: "movies").current == "v1")
        }
        #expect(objects.asked(.list("")) == 1)
        // Two of the publisher's own; one for the list, and 20 looks.
        #expect(objects.asked(.contents("movies/releases.json")) == 1)
        #expect(objects.asked(.unchanged("movies/releases.json")) == 20)
        try await store().publish(fixture.bundle("v2"))
        #expect(try await own.releases(of: "movies").current == "v2")
        // What it adds itself it knows at once.
        try await own.publish(fixture.bundle("w1", model: "songs"))
        #expect(try await own.models() == ["movies", "songs"])
    }

    @Test("a version without its manifest is not there, and what an ended publisher left is written anew")
    func leftovers() async throws {
        try await store().publish(fixture.bundle("v0"))
        objects[file] = Data("half".utf8)
        objects["movies/versions/v1/vocabulary.tsv"] = try fixture.bundle("v1").files["vocabulary.tsv"]
        #expect(try await store().versions(of: "movies") == ["v0"])
        await #expect(throws: RegistryError.self) { try await store().withFolder(of: bundle) { _ in } }
        await #expect(throws: RegistryError.self) { try await store().rollback("movies", to: "v1") }
        try await store().publish(fixture.bundle("v1"))
        #expect(objects[file] == Data("0123456789".utf8))
        #expect(try await store().versions(of: "movies") == ["v1", "v0"])
        #expect(objects.asked(.put("movies/versions/v1/vocabulary.tsv")) == 1)
    }

    @Test("refuses a store that knows no conditions, another manifest of format 1, and names that lead elsewhere")
    func refusals() async throws {
        objects.state.withLock { $0.ignoresConditions = true }
        // What was refused must not pass because the first try has left something.
        for _ in 0..<2 {
            let ignored = await #expect(throws: RegistryError.self) { try await store().publish(fixture.bundle("v1")) }
            #expect(ignored?.description.contains("ignores the conditions of writes") == true)
            #expect(objects.keys.isEmpty, "nothing was stored")
        }
        objects.state.withLock { $0.ignoresConditions = false }
        try await store().publish(fixture.bundle("v1"))
        let other = await #expect(throws: RegistryError.self) {
            try await store().publish(fixture.bundle("v1", items: 8))
        }
        #expect(other?.description.contains("is stored already with another manifest.json") == true)
        objects["secret/releases.json"] = objects["movies/releases.json"]
        for name in ["../secret", "movies/../secret", "", "secret/"] {
            await #expect(throws: RegistryError.self, "\(name)") { try await store().releases(of: name) }
            let bundle = BundleID(model: "movies", version: name)
            await #expect(throws: RegistryError.self, "\(name)") {
                try await store().read("manifest.json", of: bundle, range: nil)
            }
        }
        objects["movies/releases.json"] = Data("{".utf8)
        let damaged = await #expect(throws: RegistryError.self) { try await store().publish(fixture.bundle("v2")) }
        #expect(damaged?.description.contains("s3://models/movies/releases.json is damaged") == true)
        #expect(!objects.keys.contains { $0.contains("v2") }, "nothing was stored either")
    }

    @Test("has a file that a stored version lacks again once the version is published again, and no other one written")
    func repair() async throws {
        try await store().publish(fixture.bundle("v1"))
        objects[file] = nil
        await #expect(throws: RegistryError.self) { try await store().withFolder(of: bundle) { _ in } }
        try await store().publish(fixture.bundle("v1"))
        #expect(objects[file] == Data("0123456789".utf8))
        #expect(objects.asked(.put("movies/versions/v1/vocabulary.tsv")) == 1)
        #expect(try await store().withFolder(of: bundle) { try BundleContents(contentsOf: $0).id } == bundle)
    }

    @Test("makes a change once where the answer to it was lost and another publisher has gone on from it")
    func lostAnswer() async throws {
        try await store().publish(fixture.bundle("v1"))
        let editor = ReleaseEditor(name: "other@host", time: 7)
        objects.state.withLock { state in
            state.overtaken = (
                "/releases.json",
                { data in
                    let own = try? JSONDecoder().decode(Releases.self, from: data)
                    return (try? RegistryFile.data(of: Releases(after: own, .publish, "v3", by: editor))) ?? data
                }
            )
        }
        try await store().publish(fixture.bundle("v2"))
        let releases = try await store().releases(of: "movies")
        #expect(releases.history.map(\.version) == ["v1", "v2", "v3"])
        #expect(releases.current == "v3" && releases.previous == "v2")
    }

    @Test("signs a release once where the answer was lost, whether or not another publisher has gone on from it")
    func lostStatement() async throws {
        let (key, other) = (PublisherKey(), PublisherKey())
        objects.state.withLock { $0.unanswered = ["/log.jsonl", "/releases.json"] }
        try await store().publish(fixture.bundle("v1"), signing: .by(key, seconds: 60))
        #expect(try await store().log(of: "movies").entries.count == 1)
        #expect(try await store().releases(of: "movies").history.map(\.version) == ["v1"])
        objects.state.withLock { state in
            state.overtaken = (
                "/log.jsonl",
                { data in
                    guard var log = try? ReleaseLog(data, of: "movies"), let last = log.entries.last?.statement else {
                        return data
                    }
                    let statement = ReleaseStatement(
                        model: "movies",
                        version: "v0",
                        manifest: last.manifest,
                        counter: last.counter + 1,
                        issued: last.issued,
                        expires: last.expires,
                        previous: log.head,
                        key: other.id
                    )
                    guard let signed = try? other.sign(statement),
                        (try? log.add(.init(statement: signed, publicKey: other.publicKey))) != nil
                    else { return data }
                    return (try? log.data) ?? data
                }
            )
        }
        try await store().publish(fixture.bundle("v2"), signing: .by(key, seconds: 60))
        let log = try await store().log(of: "movies")
        #expect(log.entries.map(\.statement.version) == ["v1", "v2", "v0"])
        #expect(try await store().releases(of: "movies").history.map(\.version) == ["v1", "v2"])
    }

    @Test("removes what publishers left that were ended more than a day ago, when the model is published again")
    func oldLeftovers() async throws {
        try await store().publish(fixture.bundle("v1"))
        objects["movies/versions/dead/device.safetensors"] = Data("half".utf8)
        objects["movies/.conditions-old"] = Data("1".utf8)
        objects["movies/versions/whole/manifest.json"] = objects["movies/versions/v1/manifest.json"]
        objects["movies/versions/whole/device.safetensors"] = Data("old".utf8)
        let recent = "movies/versions/recent/device.safetensors"
        _ = try objects.put(recent, Data("half".utf8), if: .absent)
        try await store().publish(fixture.bundle("v2"))
        let versions = Set(objects.keys.compactMap { $0.split(separator: "/").dropFirst(2).first }.map(String.init))
        #expect(versions == ["v1", "v2", "whole", "recent"] && !objects.keys.contains("movies/.conditions-old"))
        #expect(objects[recent] != nil && objects["movies/versions/whole/device.safetensors"] != nil)
    }

    @Test("fetches no further once nobody waits, and goes on while somebody does")
    func cancellation() async throws {
        let cache = BundleCache(try fixture.makeFolder().appendingPathComponent("cancelled"))
        let contents = try fixture.bundle("v1")
        let (begun, gate) = (AsyncStream<Void>.makeStream(), AsyncStream<Void>.makeStream())
        @Sendable func wait() -> Task<URL, any Error> {
            Task { [bundle] in
                try await cache.folder(of: bundle, manifest: contents.files[BundleLayout.manifest], keeping: { nil }) {
                    name,
                    url in
                    begun.continuation.yield()
                    for await _ in gate.stream { break }
                    try Task.checkCancellation()
                    guard let data = contents.files[name] else { return false }
                    try data.write(to: url)
                    return true
                }
            }
        }
        var begins = begun.stream.makeAsyncIterator()
        let alone = wait()
        await begins.next()
        alone.cancel()
        await #expect(throws: CancellationError.self) { try await alone.value }
        #expect(cache.known(bundle) == nil)

        let both = [wait(), wait()]
        await begins.next()
        try await Task.sleep(for: .milliseconds(50))
        both[0].cancel()
        gate.continuation.finish()
        #expect(try await both[1].value.path == cache.known(bundle)?.path)
    }

    /// Counts how many do something at the same time.
    private final class Busy: Sendable {
        private let state = Mutex((now: 0, most: 0))
        var most: Int { state.withLock { $0.most } }

        func begin() { state.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) } }
        func end() { state.withLock { $0.now -= 1 } }
    }

    @Test("says before it fetches that there is no room, and has one process at a time fetch the same")
    func fetchedFolders() async throws {
        let folders = FetchedFolders(try fixture.makeFolder().appendingPathComponent("fetched"))
        let error = #expect(throws: RegistryError.self) { try folders.checkRoom(for: .max) }
        #expect(error?.description.contains("XDG_CACHE_HOME") == true, "\(error as Any)")
        try folders.checkRoom(for: 1)
        let busy = Busy()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    try await folders.locked("same") {
                        busy.begin()
                        try await Task.sleep(for: .milliseconds(20))
                        busy.end()
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(busy.most == 1)
        // Somebody may hold it, however long ago it was made.
        let lock = folders[".same.lock"].path
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSinceNow: -200_000)],
            ofItemAtPath: lock
        )
        #expect(
            folders.removeOld(after: .seconds(1), except: []).isEmpty && FileManager.default.fileExists(atPath: lock)
        )
    }

    @Test("takes files below 4 GiB, which one buffer holds")
    func sizes() {
        #expect(ObjectBundleStore.sizeError("device.safetensors", Int(UInt32.max)) == nil)
        let error = ObjectBundleStore.sizeError("device.safetensors", 4 << 30)
        #expect(error?.description.contains("device.safetensors of the bundle has 4294967296 bytes") == true)
        #expect(ObjectBundleStore.sizeError("manifest.json", 65 << 20) != nil)
    }

    @Test("takes no name that begins with a dot for a version or a model")
    func hiddenNames() async throws {
        objects["movies/.conditions-1"] = Data("1".utf8)
        objects[".movies/releases.json"] = Data("{}".utf8)
        try await store().publish(fixture.bundle("v1"))
        objects["movies/versions/.v2/manifest.json"] = objects["movies/versions/v1/manifest.json"]
        #expect(try await store().models() == ["movies"])
        #expect(try await store().versions(of: "movies") == ["v1"])
    }

    @Test("finds an object that was changed by its digest, and a manifest whose files would lie elsewhere")
    func forgery() async throws {
        try await store().publish(fixture.bundle("v1"))
        objects[file] = Data("0123456780".utf8)
        let changed = await #expect(throws: RegistryError.self) { try await store().withFolder(of: bundle) { _ in } }
        #expect(changed?.description.contains("device.safetensors of version v1 is not what its manifest says") == true)
        objects[file] = nil
        let missing = await #expect(throws: RegistryError.self) { try await store().withFolder(of: bundle) { _ in } }
        #expect(missing?.description.contains("lacks the file device.safetensors") == true)
        var manifest = try fixture.bundle("v1").manifest
        manifest.files["../../../outside"] = manifest.files.removeValue(forKey: "vocabulary.tsv")
        objects["movies/versions/v1/manifest.json"] = try JSONEncoder().encode(manifest)
        objects["movies/versions/v1/../../../outside"] = Data("a\t1\n".utf8)
        await #expect(throws: (any Error).self) { try await store().withFolder(of: bundle) { _ in } }
        let left = try FileManager.default.subpathsOfDirectory(atPath: fixture.makeFolder().path)
        #expect(!left.contains { $0.contains("outside") || $0.contains("safetensors") }, "\(left)")
    }

    @Test(
        "keeps versions in a folder that outlives the process, damaged ones aside, and goes on from it while the store is away"
    )
    func cache() async throws {
        try await store().publish(fixture.bundle("v1"))
        let first = try store()
        #expect(first.localFile("device.safetensors", of: bundle) == nil)
        try await first.withFolder(of: bundle) { _ in }
        let local = try #require(first.localFile("device.safetensors", of: bundle))
        #expect(try Data(contentsOf: local) == Data("0123456789".utf8) && first.localFile("nothing", of: bundle) == nil)
        try await store().withFolder(of: bundle) { _ in }
        #expect(objects.asked(.contents(file)) == 1)
        try Data("0123456780".utf8).write(to: local)
        let files = try await store().withFolder(of: bundle) { try BundleContents(contentsOf: $0).files }
        #expect(files.count == 3)
        #expect(objects.asked(.contents(file)) == 2)
        #expect(try Data(contentsOf: local) == Data("0123456789".utf8))

        objects.setAway(true)
        let later = try store()
        #expect(try await later.read("device.safetensors", of: bundle, range: 2..<4) == Data("23".utf8))
        #expect(try await later.withFolder(of: bundle) { try BundleContents(contentsOf: $0).id } == bundle)
        await #expect(throws: ObjectStoreError.self) { try await later.releases(of: "movies") }
        try Data("0123456780".utf8).write(to: local)
        let error = await #expect(throws: RegistryError.self) { try await store().withFolder(of: bundle) { _ in } }
        #expect(error?.description.contains("the registry is away") == true)
        let other = try store(cache: "empty")
        await #expect(throws: ObjectStoreError.self) { try await other.withFolder(of: bundle) { _ in } }
        objects.setAway(false)

        // Somebody empties the cache while it is used, file by file or at once.
        try await later.withFolder(of: bundle) { _ in }
        try FileManager.default.removeItem(at: local)
        #expect(try await later.read("device.safetensors", of: bundle, range: nil) == Data("0123456789".utf8))
        try FileManager.default.removeItem(at: fixture.makeFolder().appendingPathComponent("cache"))
        #expect(later.localFile("device.safetensors", of: bundle) == nil)
        #expect(try await later.read("device.safetensors", of: bundle, range: nil) == Data("0123456789".utf8))
    }

    @Test("forgets versions that are neither released nor used when another one comes")
    func age() async throws {
        let store = try store()
        func url(_ version: String) -> URL? {
            store.localFile("manifest.json", of: BundleID(model: "movies", version: version))
        }
        for version in ["v1", "v2", "v3", "v4", "v5"] {
            try await store.publish(fixture.bundle(version))
            try await store.withFolder(of: BundleID(model: "movies", version: version)) { _ in }
            guard version != "v3" else { continue }
            try FileManager.default.setAttributes(
                [.modificationDate: Date(timeIntervalSinceNow: -7_300)],
                ofItemAtPath: try #require(url(version)).deletingLastPathComponent().path
            )
        }
        // An old one stays while it is current or the version before.
        #expect(url("v1") == nil && url("v2") == nil && url("v4") != nil)
        try await store.withFolder(of: BundleID(model: "movies", version: "v2")) { _ in }
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSinceNow: -7_300)],
            ofItemAtPath: try #require(url("v2")).deletingLastPathComponent().path
        )
        // A service says that it uses it.
        try await store.note(VersionHealth(served: 1, by: "host"), of: BundleID(model: "movies", version: "v2"))
        try await store.publish(fixture.bundle("v6"))
        try await store.withFolder(of: BundleID(model: "movies", version: "v6")) { _ in }
        let kept = ["v1", "v2", "v3", "v4", "v5", "v6"].filter { url($0) != nil }
        #expect(kept == ["v2", "v3", "v5", "v6"])
    }

    @Test("a service goes on while the store is away, says so, and takes what was published once it is back")
    func outage() async throws {
        try await store().publish(fixture.bundle("v1"))
        let service = try await fixture.service(bundles: store())
        #expect(service.models.isReady && service.models.problems.isEmpty)
        objects.setAway(true)
        await service.models.refresh()
        #expect(service.models.model("movies")?.main?.id.version == "v1")
        #expect(service.models.problems.contains { $0.contains("what is loaded stays served") })
        // One that starts meanwhile waits.
        let late = try await fixture.service(bundles: store())
        #expect(!late.models.isReady)
        objects.setAway(false)
        try await store().publish(fixture.bundle("v2"))
        for models in [service.models, late.models] {
            await models.refresh()
            #expect(models.model("movies")?.main?.id.version == "v2" && models.problems.isEmpty)
        }
        let notes = try await store().health(of: "movies")
        #expect(notes.keys.sorted() == ["v1", "v2"] && notes.values.allSatisfy(\.isGood))
    }

    @Test("is told later that a version is served where it could not be reached at first")
    func noteOutage() async throws {
        try await store().publish(fixture.bundle("v1"))
        objects.state.withLock { $0.awayPrefix = "movies/served.json" }
        let service = try await fixture.service(bundles: store())
        #expect(service.models.isReady && objects["movies/served.json"] == nil)
        objects.state.withLock { $0.awayPrefix = nil }
        await service.models.refresh()
        #expect(try await store().health(of: "movies")["v1"]?.isGood == true)
    }
}
