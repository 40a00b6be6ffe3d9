import Foundation
import Hummingbird
import HummingbirdTesting
import MetaNetwork
import MetaNetworkWire
import Testing

@testable import MetaNetworkServer

/// The in-memory twin of a larger model: its one output is the sum of the input, and NaN where the first value is below zero.
struct SumAnswerer: AnswerProvider {
    let manifest: BundleManifest
    let inputCount = 3

    func outputs(of inputs: [[Float]]) -> [Float] { inputs.map { $0[0] < 0 ? .nan : $0.reduce(0, +) } }
}

@Suite("Answers of a larger model")
struct AnswerRouteTests {
    private let fixture = ServerFixture()

    /// A service whose devices run a version of one output, and that answers with sums where `large` is published.
    private func service(_ large: BundleContents?) async throws -> MetaNetworkService {
        try await fixture.bundles.publish(fixture.bundle("v1", items: 0))
        if let large { try await fixture.bundles.publishCloudModel(large) }
        return try await fixture.service { SumAnswerer(manifest: try BundleContents(contentsOf: $0).manifest) }
    }

    private func large(_ version: String = "large") throws -> BundleContents { try fixture.bundle(version, items: 0) }

    private func request(_ input: String = "[1,2,3]", version: String = "v1") -> String {
        #"{"version":"\#(version)","nonce":"\#(UUID().uuidString)","input":\#(input)}"#
    }

    private func expect(_ refusal: String, _ response: TestResponse) throws {
        let word = try #require(try response.problem().type.split(separator: ":").last)
        #expect("\(response.status.code) \(word)" == refusal)
    }

    /// Which larger model answers once the registry was read again; `nil` where none does.
    private func expect(
        _ version: String?,
        after service: MetaNetworkService,
        _ client: some TestClientProtocol
    ) async throws {
        await service.models.refresh()
        let response = try await client.post(path, request())
        let answer = try? JSONDecoder().decode(CloudAnswer.self, from: Data(response.bytes))
        #expect(answer?.cloudVersion == version)
    }

    private let path = "/v1/models/movies/answers"

    @Test("are signed, name the versions, and repeat the nonce")
    func answer() async throws {
        let service = try await service(large())
        try await service.application().test(.router) { client in
            let response = try await client.post(path, request())
            #expect(response.status == .ok)
            let answer = try JSONDecoder().decode(CloudAnswer.self, from: Data(response.bytes))
            #expect(answer.model == "movies" && answer.version == "v1" && answer.cloudVersion == "large")
            #expect(answer.outputs == [6])
            #expect(response.headers[.responseSignature] != nil)
        }
    }

    @Test("say what is wrong with a request: width, JSON, nonce, version, values that come to no number")
    func problems() async throws {
        let service = try await service(large())
        try await service.application().test(.router) { client in
            try await expect("422 wrong-width", client.post(path, request("[1,2]")))
            try await expect("400 bad-request", client.post(path, request("[]")))
            try await expect("400 bad-request", client.post(path, request(#"["a"]"#)))
            try await expect("422 not-representable", client.post(path, request("[-1,2,3]")))
            try await expect("409 version-gone", client.post(path, request(version: "v0")))
            let once = request()
            #expect(try await client.post(path, once).status == .ok)
            try await expect("422 replayed-nonce", client.post(path, once))
        }
    }

    @Test("are a 404 with the fix where no larger model is published")
    func missing() async throws {
        let service = try await service(nil)
        try await service.application().test(.router) { client in
            let response = try await client.post(path, request())
            #expect(response.status == .notFound)
            let problem = try response.problem()
            #expect(problem.type == "urn:metanetwork:problem:no-cloud-model")
            #expect(problem.fix?.contains("--cloud-model") == true)
        }
    }

    @Test("follow the registry: a new larger model answers, a dropped one does not, a broken one leaves the old")
    func follow() async throws {
        let service = try await service(large())
        try await service.application().test(.router) { client in
            try await fixture.bundles.publishCloudModel(large("larger"))
            try await expect("larger", after: service, client)
            try await fixture.bundles.publish(fixture.bundle("v2", items: 0))
            // A version of the devices changes nothing of it.
            try await expect("larger", after: service, client)
            try await fixture.bundles.dropCloudModel("movies")
            try await expect(nil, after: service, client)
        }
    }
}

@Suite("The cloud's model in a registry")
struct CloudModelTests {
    private let fixture = ServerFixture()

    @Test("needs a version of the devices with the same outputs")
    func outputs() async throws {
        let store: any BundleStore = fixture.folderStore
        let large = try fixture.bundle("large", items: 0)
        await #expect(throws: RegistryError.self) { try await store.publishCloudModel(large) }
        try await store.publish(fixture.bundle("v1"))
        await #expect(throws: RegistryError.self) { try await store.publishCloudModel(large) }
        try await store.publish(fixture.bundle("v2", items: 0))
        try await store.publishCloudModel(large)
        #expect(try await store.releases(of: "movies").cloudModel == "large")
    }

    @Test("stays over publishing, rolling back and pruning, and is no version to roll back to")
    func stays() async throws {
        let store: any BundleStore = fixture.folderStore
        for version in ["v1", "v2"] { try await store.publish(fixture.bundle(version, items: 0)) }
        try await store.publishCloudModel(fixture.bundle("large", items: 0))
        try await store.publish(fixture.bundle("v3", items: 0), share: 0.5)
        try await store.promote("movies")
        try await store.rollback("movies")
        _ = try await store.prune("movies", keeping: 1, at: 1 << 40)
        let releases = try await store.releases(of: "movies")
        #expect(releases.cloudModel == "large" && releases.current == "v2")
        #expect(try await store.versions(of: "movies").contains("large"))
        await #expect(throws: RegistryError.self) { try await store.rollback("movies", to: "large") }
        try await store.dropCloudModel("movies")
        #expect(try await store.releases(of: "movies").cloudModel == nil)
        await #expect(throws: RegistryError.self) { try await store.dropCloudModel("movies") }
        let actions = try await store.releases(of: "movies").history.map(\.action.rawValue)
        #expect(actions.suffix(1) == ["drop-cloud-model"] && actions.contains("cloud-model"))
    }
}
