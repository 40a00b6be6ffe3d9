import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import MetaNetworkWire
import Testing

@testable import MetaNetworkServer

@Suite("A label of the wire")
struct LabelTests {
    private let fixture = ServerFixture()

    private func headers(_ labels: String?) -> HTTPFields {
        var headers: HTTPFields = [.contentType: "application/json"]
        headers[.acceptedLabels] = labels
        return headers
    }

    @Test("is the newest that the client names, and 2 where it names none, in signatures and in problems")
    func negotiation() async throws {
        try await fixture.publish("v1")
        try await fixture.service().application().test(.router) { client in
            for (labels, label) in [
                (nil, WireLabel.two), ("2", .two), ("3", .three), ("3, 2", .three), ("2,3", .three), ("9, 2", .two),
            ] {
                let manifest = try await client.execute(
                    uri: "/v1/models/movies",
                    method: .get,
                    headers: headers(labels)
                )
                let signature = try #require(ResponseSignature(manifest.headers[.responseSignature] ?? ""))
                #expect(signature.label == label)
                #expect(manifest.headers[.vary] == "\(WireLabel.header), Accept-Encoding")
                let parameters = try await client.execute(
                    uri: "/v1/models/movies/parameters",
                    method: .post,
                    headers: headers(labels),
                    body: .init(string: parametersRequest())
                )
                #expect(ResponseSignature(parameters.headers[.responseSignature] ?? "")?.label == label)
                for path in ["/v1/models/nobody", "/v1/nowhere", "/nowhere"] {
                    let answer = try await client.execute(uri: path, method: .get, headers: headers(labels))
                    let members = try #require(
                        JSONSerialization.jsonObject(with: Data(answer.bytes)) as? [String: Any]
                    )
                    #expect((members["mend"] != nil) == (label == .two) && (members["fix"] != nil) == (label == .three))
                    #expect(answer.headers[.vary] == WireLabel.header)
                }
            }
        }
    }

    @Test("that nobody here speaks is refused, before a token is asked for, but by what has no label")
    func unknown() async throws {
        try await fixture.publish("v1")
        var configuration = ServerConfiguration()
        configuration.authentication = .tokens(appKeys: ["0123456789abcdef"], secret: [UInt8](repeating: 1, count: 32))
        try await fixture.service(configuration).application().test(.router) { client in
            for labels in ["1", "4", "9, 1", "", "three", String(repeating: "9", count: 5_000)] {
                for (path, method) in [("/v1/models", HTTPRequest.Method.get), ("/v1/tokens", .post)] {
                    let refused = try await client.execute(uri: path, method: method, headers: headers(labels))
                    let problem = try refused.problem()
                    #expect(refused.status == .notAcceptable && problem.type == "urn:metanetwork:problem:unknown-label")
                    #expect(problem.field == "MetaNetwork-Accept" && problem.fix?.contains("3, 2") == true)
                    #expect(refused.bytes.count < 1_000)
                }
                for path in ["/healthz", "/readyz", "/openapi.json"] {
                    let answer = try await client.execute(uri: path, method: .get, headers: headers(labels))
                    #expect(answer.status == .ok, "\(path)")
                }
            }
        }
    }
}
