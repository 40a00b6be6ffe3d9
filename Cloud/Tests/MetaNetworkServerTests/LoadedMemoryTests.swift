import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import MetaNetwork
import MetaNetworkWire
import Synchronization
import Testing

@testable import MetaNetworkServer

@Suite("Memory of loaded versions")
struct LoadedMemoryTests {
    private let fixture = ServerFixture()
    /// Bytes of each version's files.
    private let each = 10_004

    /// What a test's service loads, and when.
    private final class Stage: Sendable {
        let time = Mutex(ContinuousClock.now)
        let loads = Mutex<[String]>([])

        func load(_ folder: URL) throws -> any ParameterProvider {
            let provider = try ServerFixture.load(folder)
            loads.withLock { $0.append(provider.manifest.version) }
            return provider
        }
    }

    /// Models of the fixture's registry, of which so many versions may be loaded.
    private func models(_ stage: Stage, versions: Int) -> ServedModels {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let loader = VersionLoader(
            load: { try stage.load($0) },
            check: nil,
            batching: .init(),
            key: SigningKey(),
            allToBase: false
        )
        return ServedModels(fixture.bundles, loader, logger, memory: LoadedMemory(limit: versions * each)) {
            stage.time.withLock { $0 }
        }
    }

    private func publish(
        _ version: String,
        of model: String = "movies",
        share: Double? = nil,
        rollout: Int? = nil
    ) async throws {
        let bundle = try fixture.bundle(version, model: model, device: Data(repeating: 7, count: each - 4))
        try #require(bundle.files.reduce(0) { $0 + ($1.key == "manifest.json" ? 0 : $1.value.count) } == each)
        try await fixture.bundles.publish(bundle, share: share, rollout: rollout)
    }

    private func loaded(_ models: ServedModels, _ name: String = "movies") -> Set<String> {
        Set((models.model(name)?.versions ?? [:]).keys)
    }

    @Test("that is too much lets the least recently used one go, of all models, and loads it for a rollback alone")
    func leastRecent() async throws {
        let stage = Stage()
        let models = models(stage, versions: 3)
        try await publish("v1")
        try await publish("s1", of: "songs")
        await models.refresh()
        try await publish("v2")
        await models.refresh()
        #expect(loaded(models) == ["v1", "v2"] && loaded(models, "songs") == ["s1"])
        // Devices of both models still come with the first versions, those of the songs last.
        for (name, version) in [("songs", "s1"), ("movies", "v1"), ("songs", "s1")] {
            stage.time.withLock { $0 += .seconds(1) }
            models.noteUse(of: try #require(models.model(name)?.versions[version]))
        }
        try await publish("s2", of: "songs")
        await models.refresh()
        #expect(loaded(models) == ["v2"] && loaded(models, "songs") == ["s1", "s2"])
        #expect(models.isUnloaded(BundleID(model: "movies", version: "v1")) && models.problems.isEmpty)
        let loads = stage.loads.withLock { $0 }
        for _ in 0..<3 { await models.refresh() }
        #expect(stage.loads.withLock { $0 } == loads && loads.sorted() == ["s1", "s2", "v1", "v2"])

        try await fixture.bundles.rollback("movies", to: "v1")
        await models.refresh()
        #expect(models.model("movies")?.main?.id.version == "v1")
        // Nobody used the second version.
        #expect(loaded(models) == ["v1"] && loaded(models, "songs") == ["s1", "s2"])
        #expect(stage.loads.withLock { $0 } == loads + ["v1"])
        #expect(!models.isUnloaded(BundleID(model: "movies", version: "v1")))
    }

    @Test("is never taken from what devices are given: current versions, candidates, and the one before in a roll-out")
    func given() async throws {
        let models = models(Stage(), versions: 0)
        try await publish("v1")
        await models.refresh()
        #expect(loaded(models) == ["v1"])
        try await publish("v2", rollout: 86_400)
        await models.refresh()
        #expect(loaded(models) == ["v1", "v2"])
        let model = try #require(models.model("movies"))
        let spare = { (days: Double) in
            model.spare(at: Date().timeIntervalSince1970 + days * 86_400).map(\.id.version)
        }
        #expect(spare(0.5) == [] && spare(2) == ["v1"])
        try await publish("v3")
        await models.refresh()
        #expect(loaded(models) == ["v3"])
        try await publish("v4", share: 0.5)
        await models.refresh()
        #expect(loaded(models) == ["v3", "v4"])
    }

    @Test("that was let go is a version that is gone to devices, which are told the current one at once")
    func gone() async throws {
        try await publish("v1")
        try await publish("v2")
        var configuration = ServerConfiguration()
        configuration.loadedBytes = each
        configuration.batching.waitingLimit = .seconds(60)
        let start = ContinuousClock.now
        try await fixture.service(configuration).application().test(.router) { client in
            let path = "/v1/models/movies/parameters"
            let refused = try await client.post(path, parametersRequest("v1"))
            let problem = try refused.problem()
            #expect(refused.status == .conflict && problem.currentVersion == "v2")
            #expect(try await client.post(path, parametersRequest("v2")).status == .ok)
            for (version, status) in [("v1", HTTPResponse.Status.conflict), ("v2", .ok)] {
                let file = "/v1/models/movies/versions/\(version)/device"
                #expect(try await client.execute(uri: file, method: .get).status == status)
            }
        }
        #expect(ContinuousClock.now - start < .seconds(50), "a version that will not come was waited for")
    }
}
