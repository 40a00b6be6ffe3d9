import Foundation
import MetaNetwork
import Testing

@testable import MetaNetworkServer

@Suite(
    "A registry in S3",
    .serialized,
    .enabled(if: SeaweedServer.isInstalled, "make setup-tests"),
    SeaweedTrait()
)
struct S3RegistryTests {
    private let fixture = ServerFixture()
    /// Each test has a place of its own in the bucket.
    private let prefix = UUID().uuidString

    private var server: SeaweedServer { get throws { try #require(SeaweedServer.current) } }

    /// The registry, as a process on a machine of its own opens it.
    private func registry(as key: String = "publisher") throws -> ObjectBundleStore {
        let cache = try fixture.makeFolder().appendingPathComponent("cache-\(UUID().uuidString)")
        return ObjectBundleStore(try server.store(prefix, as: key), cache: BundleCache(cache))
    }

    @Test("keeps to the rules of all", arguments: BundleStoreRule.all)
    func rules(_ rule: BundleStoreRule) async throws { try await rule.check { try registry() } }

    @Test("says which keys are wrong, which right and which bucket are missing, and that nobody is there")
    func refusals() async throws {
        let server = try server
        func error(_ address: String, _ environment: [String: String]) async throws -> ObjectStoreError? {
            let address = try RegistryAddress(address)
            let store = try address.open(cache: fixture.makeFolder(), environment: environment)
            return await #expect(throws: ObjectStoreError.self) { try await store.publish(fixture.bundle("v1")) }
        }
        let place = "s3://models/\(prefix)"
        let secret = try await error(place, server.environment(secret: "hush-hush"))
        #expect(
            secret?.description.contains("the secret key is not that of the access key") == true,
            "\(secret as Any)"
        )
        #expect(secret?.description.contains("hush-hush") == false && secret?.isOutage == false)
        let key = try await error(place, server.environment(as: "nobody"))
        #expect(key?.description.contains("correct AWS_ACCESS_KEY_ID") == true, "\(key as Any)")
        let right = try await error(place, server.environment(as: "replica"))
        #expect(
            right?.description.contains("give them s3:PutObject on arn:aws:s3:::models/\(prefix)/*") == true,
            "\(right as Any)"
        )
        let bucket = try await error("s3://nothing/\(prefix)", server.environment())
        #expect(bucket?.description.contains("there is no bucket 'nothing'") == true, "\(bucket as Any)")
        let none = try await error(
            place,
            server.environment().merging(["AWS_ENDPOINT_URL": "http://127.0.0.1:1"]) { $1 }
        )
        #expect(none?.description.contains("127.0.0.1:1 cannot be reached") == true && none?.isOutage == true)
    }

    @Test("is served by a replica that may only read, and by one whose own clock is an hour wrong not at all")
    func replica() async throws {
        try await registry().publish(fixture.bundle("v1"))
        let service = try await fixture.service(bundles: registry(as: "replica"))
        #expect(service.models.isReady && service.models.problems.isEmpty)
        #expect(try await registry().health(of: "movies").isEmpty)
        var store = try server.store(prefix, as: "replica")
        store.now = { Date(timeIntervalSinceNow: -3_600) }
        let late = store
        let error = await #expect(throws: ObjectStoreError.self) { try await late.list("", isDeep: true) }
        #expect(error?.description.contains("this machine's clock is 60 minutes off") == true, "\(error as Any)")
    }

    @Test("may lose its power: a service goes on, a publisher is told, nothing is half there, and both go on after it")
    func powerCut() async throws {
        try await registry().publish(fixture.bundle("v1"))
        let service = try await fixture.service(bundles: registry())
        let server = try server
        try await server.stop()
        let begin = ContinuousClock.now
        let error = await #expect(throws: ObjectStoreError.self) { try await registry().publish(fixture.bundle("v2")) }
        #expect(error?.isOutage == true && ContinuousClock.now - begin < .seconds(10))
        await service.models.refresh()
        #expect(service.models.model("movies")?.main?.id.version == "v1")
        #expect(service.models.problems.contains { $0.contains("what is loaded stays served") })
        try await server.start()
        #expect(try await registry().releases(of: "movies").now == Releases(current: "v1"))
        try await registry().publish(fixture.bundle("v2"))
        try await eventually {
            await service.models.refresh()
            return service.models.model("movies")?.main?.id.version == "v2" && service.models.problems.isEmpty
        }
    }

    @Test("lists more versions than one page has")
    func pages() async throws {
        let store = try server.store(prefix)
        // Keys of a page are 1000.
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<1_050 {
                group.addTask {
                    _ = try await store.put("movies/versions/v\(number)/manifest.json", Data("{}".utf8), if: .absent)
                }
                if number >= 16 { try await group.next() }
            }
            try await group.waitForAll()
        }
        #expect(try await Set(registry().versions(of: "movies")) == Set((0..<1_050).map { "v\($0)" }))
    }
}
