import Foundation
import Hummingbird
import HummingbirdTesting
import Logging
import MetaNetwork
import Synchronization
import Testing

@testable import MetaNetworkServer

@Suite("Trouble with the registry")
struct RegistryTroubleTests {
    private let fixture = ServerFixture()

    /// A clock that a test sets, and a loader that fails while it is told to.
    private final class Stage: Sendable {
        let time = Mutex(ContinuousClock.now)
        let broken = Mutex<Set<String>>([])
        let tries = Mutex<[String]>([])

        func advance(_ seconds: Int) { time.withLock { $0 += .seconds(seconds) } }

        func load(_ folder: URL) throws -> any ParameterProvider {
            let provider = try ServerFixture.load(folder)
            tries.withLock { $0.append(provider.manifest.version) }
            if broken.withLock({ $0.contains(provider.manifest.version) }) { throw RegistryError("it is broken") }
            return provider
        }
    }

    private func models(_ store: any BundleStore, _ stage: Stage, _ check: (any BundleCheck)? = nil) -> ServedModels {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let loader = VersionLoader(
            load: { try stage.load($0) },
            check: check,
            batching: .init(),
            key: SigningKey(),
            allToBase: false
        )
        return ServedModels(store, loader, logger) { stage.time.withLock { $0 } }
    }

    @Test(
        "a version that cannot be fetched while the store is away has not failed, and is tried again soon however long that lasts"
    )
    func outageOfAVersion() async throws {
        let objects = MemoryObjects()
        let cache = BundleCache(try fixture.makeFolder().appendingPathComponent("cache"))
        let store = ObjectBundleStore(objects, cache: cache)
        let stage = Stage()
        let models = models(store, stage)
        try await store.publish(fixture.bundle("v1"))
        await models.refresh()
        try await store.publish(fixture.bundle("v2"))
        objects.state.withLock { $0.awayPrefix = "movies/versions/v2/" }
        for _ in 0..<5 {
            await models.refresh()
            #expect(models.model("movies")?.main?.id.version == "v1")
            #expect(models.problems.contains { $0.contains("version v2: s3://models cannot be reached") })
            stage.advance(2)
        }
        #expect(try await store.health(of: "movies").keys.sorted() == ["v1"])
        objects.state.withLock { $0.awayPrefix = nil }
        await models.refresh()
        #expect(models.model("movies")?.main?.id.version == "v2" && models.problems.isEmpty)
        #expect(try await store.health(of: "movies").values.filter(\.isGood).count == 2)
    }

    @Test("an empty, a missing and a damaged registry keep what is loaded, and say so")
    func nothingIsDropped() async throws {
        let store = fixture.folderStore
        try await store.publish(fixture.bundle("v1"))
        try await store.publish(fixture.bundle("s1", model: "songs"))
        let models = models(store, Stage())
        await models.refresh()
        #expect(models.all.count == 2 && models.problems.isEmpty)
        let (place, away) = (store.directory, fixture.folder.appendingPathComponent("away"))
        let files = FileManager.default
        try files.moveItem(at: place, to: away)
        await models.refresh()
        #expect(models.all.count == 2 && models.problems.first?.contains("cannot be read") == true)
        try files.createDirectory(at: place, withIntermediateDirectories: true)
        await models.refresh()
        #expect(models.all.count == 2 && models.isReady && models.problems.first?.contains("is empty") == true)
        try files.copyItem(at: away.appendingPathComponent("movies"), to: place.appendingPathComponent("movies"))
        await models.refresh()
        #expect(models.all.count == 2 && models.problems.first?.hasPrefix("songs: it is no longer") == true)
        let releases = place.appendingPathComponent("movies/releases.json")
        try Data("{".utf8).write(to: releases)
        await models.refresh()
        #expect(models.all.count == 2 && models.problems.first?.contains("releases cannot be read") == true)
        try files.removeItem(at: place)
        try files.moveItem(at: away, to: place)
        await models.refresh()
        #expect(models.all.count == 2 && models.problems.isEmpty)
    }

    @Test("a version that failed is tried again, after longer and longer pauses, and served once it loads")
    func backOff() async throws {
        let stage = Stage()
        let store = fixture.bundles
        try await store.publish(fixture.bundle("v1"))
        let models = models(store, stage)
        await models.refresh()
        stage.broken.withLock { $0 = ["v2"] }
        try await store.publish(fixture.bundle("v2"))
        var tries: [Int] = []
        for second in 0..<700 {
            let before = stage.tries.withLock { $0.count }
            await models.refresh()
            if stage.tries.withLock({ $0.count }) > before { tries.append(second) }
            stage.advance(1)
        }
        #expect(tries == [0, 2, 6, 14, 30, 62, 126, 254, 510])
        #expect(
            models.model("movies")?.main?.id.version == "v1" && models.problems.first?.contains("it is broken") == true
        )
        stage.broken.withLock { $0 = [] }
        await models.refresh()
        #expect(models.model("movies")?.main?.id.version == "v1", "not before its pause is over")
        stage.advance(256)
        await models.refresh()
        #expect(models.model("movies")?.main?.id.version == "v2" && models.problems.isEmpty)
        let health = try await store.health(of: "movies")
        #expect(health["v1"]?.isGood == true && health["v2"]?.isGood == true && health["v2"]?.reason == "it is broken")
    }

    @Test("a service that starts where the current version is broken serves the one before")
    func brokenAtStart() async throws {
        let stage = Stage()
        try await fixture.bundles.publish(fixture.bundle("v1"))
        try await fixture.bundles.publish(fixture.bundle("v2"))
        stage.broken.withLock { $0 = ["v2"] }
        let models = models(fixture.bundles, stage)
        await models.refresh()
        #expect(models.model("movies")?.version(for: "device")?.id.version == "v1" && models.isReady)
        #expect(models.problems.first?.contains("it is broken") == true)
        stage.broken.withLock { $0 = [] }
        stage.advance(10)
        await models.refresh()
        #expect(models.model("movies")?.version(for: "device")?.id.version == "v2" && models.problems.isEmpty)
    }

    @Test("one broken model of two takes nothing from the other, and is not ready itself")
    func eachModel() async throws {
        let stage = Stage()
        stage.broken.withLock { $0 = ["s1"] }
        try await fixture.bundles.publish(fixture.bundle("v1"))
        try await fixture.bundles.publish(fixture.bundle("s1", model: "songs"))
        let models = models(fixture.bundles, stage)
        let readiness = Readiness(models)
        #expect(!readiness.isReady && !readiness.isReady(for: "movies"))
        await models.refresh()
        #expect(readiness.isReady && readiness.isReady(for: "movies") && !readiness.isReady(for: "songs"))
    }

    @Test("a folder that holds another version or model than its name says is refused")
    func otherFolder() async throws {
        let store = fixture.folderStore
        try await store.publish(fixture.bundle("v1"))
        let versions = store.directory.appendingPathComponent("movies/versions")
        try FileManager.default.copyItem(
            at: versions.appendingPathComponent("v1"),
            to: versions.appendingPathComponent("v2")
        )
        #expect(try await store.replace(store.releases(of: "movies"), with: Releases(current: "v2"), of: "movies"))
        try FileManager.default.copyItem(
            at: versions.deletingLastPathComponent(),
            to: store.directory.appendingPathComponent("songs")
        )
        let models = models(store, Stage())
        await models.refresh()
        #expect(models.all.isEmpty && models.problems.count == 2)
        #expect(models.problems.allSatisfy { $0.contains("its folder holds version v1 of 'movies'") })
    }

    @Test("a registry that cannot be written to is served all the same")
    func readOnly() async throws {
        let store = ReadOnlyStore(base: fixture.bundles)
        try await fixture.bundles.publish(fixture.bundle("v1"))
        let models = models(store, Stage())
        for _ in 0..<3 { await models.refresh() }
        #expect(models.model("movies") != nil && models.problems.isEmpty)
    }

    @Test("a version whose check fails is not loaded, and named with the reason; the one before goes on")
    func refusedByCheck() async throws {
        let (stage, check) = (Stage(), StubCheck())
        try await fixture.bundles.publish(fixture.bundle("v1"))
        let models = models(fixture.bundles, stage, check)
        await models.refresh()
        check.refused.withLock { $0 = "its check was ended by signal 4" }
        try await fixture.bundles.publish(fixture.bundle("v2"))
        await models.refresh()
        #expect(stage.tries.withLock { $0 } == ["v1"], "the service itself does not touch it")
        #expect(models.model("movies")?.main?.id.version == "v1")
        #expect(models.problems.first?.contains("ended by signal 4") == true)
        #expect(try await fixture.bundles.health(of: "movies")["v2"]?.reason?.contains("signal 4") == true)
        check.refused.withLock { $0 = nil }
        stage.advance(10)
        await models.refresh()
        #expect(models.model("movies")?.main?.id.version == "v2")
    }

    @Test("a version that is served no more has no metric of its own")
    func labels() async throws {
        let service = try await fixture.service()
        func known() -> Set<String> {
            Set(
                ServerFixture.metrics.counters(.answers).filter { $0.dimensions["model"] == "labels" }.compactMap {
                    $0.dimensions["version"]
                }
            )
        }
        for version in ["l1", "l2", "l3", "l4"] {
            try await fixture.bundles.publish(fixture.bundle(version, model: "labels"))
            await service.models.refresh()
        }
        #expect(known() == ["l3", "l4"])
    }

    /// A check that refuses while it is told to.
    private final class StubCheck: BundleCheck {
        let refused = Mutex<String?>(nil)

        func check(_ folder: URL) throws {
            if let reason = refused.withLock({ $0 }) { throw RegistryError(reason) }
        }
    }

    /// A registry on a disk that takes no writes.
    private struct ReadOnlyStore: BundleStore {
        let base: MemoryBundleStore

        func models() -> [String] { base.models() }
        func versions(of model: String) throws -> [String] { try base.versions(of: model) }
        func findReleases(of model: String) -> Releases? { base.findReleases(of: model) }
        func releases(of model: String) throws -> Releases { try base.releases(of: model) }
        func log(of model: String) -> ReleaseLog { base.log(of: model) }
        func extend(_ old: ReleaseLog, to new: ReleaseLog, of model: String) throws -> Bool { throw refusal }
        func replace(_ old: Releases?, with new: Releases, of model: String) throws -> Bool { throw refusal }
        func put(_ bundle: BundleContents) throws { throw refusal }
        func remove(_ bundle: BundleID) throws -> Bool { throw refusal }
        func health(of model: String) -> [String: VersionHealth] { base.health(of: model) }
        func note(_ health: VersionHealth, of bundle: BundleID) throws { throw refusal }
        func read(_ file: String, of bundle: BundleID, range: Range<Int>?) throws -> Data {
            try base.read(file, of: bundle, range: range)
        }
        private var refusal: RegistryError { RegistryError("the disk is read-only") }
    }
}
