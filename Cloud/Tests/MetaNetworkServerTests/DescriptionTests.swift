import Foundation
import Hummingbird
import HummingbirdTesting
import MetaNetwork
import MetaNetworkWire
import Testing

@testable import MetaNetworkServer

@Suite("The OpenAPI document")
struct DescriptionTests {
    private let fixture = ServerFixture()
    private let appKey = "0123456789abcdef"

    /// A service with everything that the document describes.
    private func service() async throws -> MetaNetworkService {
        // With every file that a version can have, and a larger model that answers.
        let others = [
            BundleLayout.gate, BundleLayout.switcher, BundleLayout.prompt, BundleLayout.basis, BundleLayout.onnx,
        ]
        let outputs = BundleManifest.Outputs(kind: .regression, names: ["y"])
        try await fixture.bundles.publish(fixture.bundle("v1", others: others, outputs: outputs), share: nil)
        try await fixture.bundles.publishCloudModel(fixture.bundle("large", outputs: outputs))
        var configuration = ServerConfiguration()
        configuration.authentication = .tokens(appKeys: [appKey], secret: [UInt8](repeating: 1, count: 32))
        configuration.limits.deviceRate = (perSecond: 1e6, burst: 1e6)
        // Most versions that are asked for are made up, and each has the registry looked at.
        configuration.registryInterval = .milliseconds(1)
        let federation = try FederationFixture().federation { $0.model = "movies" }
        return try await fixture.service(
            configuration,
            events: MemoryEventStore(),
            federation: federation,
            answerers: { SumAnswerer(manifest: try BundleContents(contentsOf: $0).manifest) },
            rankings: { _ in TwinRanking() }
        )
    }

    @Test("describes every route and no other")
    func routes() async throws {
        struct Document: Decodable {
            struct Operation: Decodable { let operationId: String }
            let openapi: String
            let paths: [String: [String: Operation]]
        }
        let document = try JSONDecoder().decode(Document.self, from: Data(DescriptionController.document))
        let described = document.paths.flatMap { path, methods in methods.keys.map { "\($0.uppercased()) \(path)" } }
        let routes = try await service().router().routes.map { route in
            let path = route.path.components.map { element in
                element.description.hasPrefix(":") ? "{\(element.description.dropFirst())}" : element.description
            }
            return "\(route.method.rawValue) /\(path.joined(separator: "/"))"
        }
        #expect(Set(described) == Set(routes) && document.openapi == "3.1.0")
        let names = document.paths.values.flatMap { $0.values.map(\.operationId) }
        #expect(Set(names).count == names.count)
    }

    @Test("is served to anybody, and other methods than its own are refused with those that a path has")
    func serving() async throws {
        try await service().application().test(.router) { client in
            let document = try await client.execute(uri: "/openapi.json", method: .get)
            #expect(document.status == .ok && document.bytes == DescriptionController.document)
            #expect(document.headers[.contentType] == "application/json")
            for (method, path, allowed) in [
                (HTTPRequest.Method.put, "/openapi.json", "GET, HEAD"), (.get, "/v1/models/movies/parameters", "POST"),
                (.init("QUERY") ?? .trace, "/v1/devices/me/events", "DELETE"),
            ] {
                let refused = try await client.execute(uri: path, method: method)
                #expect(refused.status == .methodNotAllowed && refused.headers[.allow] == allowed)
                #expect(try refused.problem().fix == "use \(allowed)")
            }
            let head = try await client.execute(uri: "/v1/tokens", method: .head)
            #expect(head.status == .methodNotAllowed && head.bytes.isEmpty)
        }
    }

    @Test("holds to what Schemathesis makes up", .enabled(if: Script.hasPackages, "make setup-tests"))
    func madeUp() async throws {
        let application = try await service().application()
        try await application.test(.live) { client in
            let port = try #require(client.port)
            let output = try await Script.run("check-openapi", "http://127.0.0.1:\(port)", appKey)
            #expect(output.status == 0, "\(output.text)")
        }
    }
}
