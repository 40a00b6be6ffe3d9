import HTTPTypes
import HummingbirdTesting
import MetaNetworkWire
import Synchronization
import Testing

@testable import MetaNetworkServer

@Suite("A replica that loads a version later than another")
struct LaterReplicaTests {
    private let fixture = ServerFixture()
    private let path = "/v1/models/movies"

    /// What a device that has a version asks: for news, for a file and for weights.
    private func questions(_ version: String, _ client: any TestClientProtocol) async throws -> [HTTPResponse.Status] {
        async let news = client.execute(uri: path, method: .get, headers: [.ifNoneMatch: "\"\(version)\""]).status
        async let file = client.execute(uri: "\(path)/versions/\(version)/device", method: .get).status
        async let weights = client.post("\(path)/parameters", parametersRequest(version)).status
        return try await [news, file, weights]
    }

    @Test("answers a device that has the version once it is loaded, and does not send the device back")
    func waits() async throws {
        try await fixture.publish("v1")
        let service = try await fixture.service()
        try await service.application().test(.router) { client in
            try await fixture.publish("v2")
            async let statuses = questions("v2", client)
            try await Task.sleep(for: .milliseconds(50))
            #expect(service.models.model("movies")?.versions["v2"] == nil)
            await service.models.refresh()
            #expect(try await statuses == [.notModified, .ok, .ok])
        }
    }

    @Test("says 503 while loading takes longer than a request waits")
    func slow() async throws {
        try await fixture.publish("v1")
        var configuration = ServerConfiguration()
        configuration.batching.waitingLimit = .milliseconds(30)
        let service = try await fixture.service(configuration)
        try await service.application().test(.router) { client in
            try await fixture.publish("v2")
            let answer = try await client.execute(uri: path, method: .get, headers: [.ifNoneMatch: "W/\"v2\""])
            let wait = try #require(answer.headers[.retryAfter].flatMap { Int($0) })
            #expect(answer.status == .serviceUnavailable && (5...10).contains(wait))
            #expect(try answer.problem().type == "urn:metanetwork:problem:version-loading")
        }
    }

    @Test("sends a device back at once from a version that is rolled back, unknown, or does not load here")
    func gone() async throws {
        try await fixture.publish("v1")
        var configuration = ServerConfiguration()
        configuration.registryInterval = .milliseconds(5)
        let service = try await fixture.service(configuration)
        try await service.application().test(.router) { client in
            try await fixture.publish("v2", share: 0.5)
            _ = try await fixture.bundles.rollback("movies")
            try await fixture.publish("broken", base: .nan)
            await service.models.refresh()
            for version in ["v2", "made-up", "broken"] {
                #expect(try await questions(version, client) == [.ok, .conflict, .conflict], "\(version)")
            }
        }
    }

    private final class Reads: Sendable {
        private let number = Mutex(0)

        var count: Int { number.withLock { $0 } }

        func next() -> Int {
            number.withLock { number in
                number += 1
                return number
            }
        }
    }

    @Test("reads the registry for them once in a while, and for each from after it asked")
    func rate() async throws {
        let reads = Reads()
        let look = ReleaseLook(every: .milliseconds(200)) { _ in Releases(current: "\(reads.next())") }
        let start = ContinuousClock.now
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<100 {
                group.addTask {
                    let before = reads.count
                    let read = await look.releases(of: "movies").flatMap { Int($0.current) }
                    #expect(read.map { $0 > before } == true)
                }
            }
        }
        let count = reads.count
        // All ask at once, but a busy machine may begin to ask for some of them later.
        #expect(count >= 2 && count <= 2 + Int((ContinuousClock.now - start) / .milliseconds(200)))
        // Another model waits for none of that.
        #expect(await look.releases(of: "songs")?.current == "\(count + 1)")
    }
}
