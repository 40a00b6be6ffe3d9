import Crypto
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import MetaNetwork
import MetaNetworkWire
import NIOCore
import Testing

@testable import MetaNetworkServer

@Suite("The service")
struct ServiceTests {
    private let fixture = ServerFixture()
    private let path = "/v1/models/movies/parameters"

    private func published() async throws { try await fixture.publish("v1", base: 100) }

    @Test(
        "answers with the generated weights, bound to the request and signed",
        arguments: ["f32", "f16", "int8", nil]
    )
    func parameters(format: String?) async throws {
        try await published()
        let service = try await fixture.service()
        try await service.application().test(.router) { client in
            let more = format.map { #","format":"\#($0)""# } ?? ""
            let request = parametersRequest("v1", #""samples":["9","unknown","1","2","3","4"]"# + more)
            let response = try await client.post(path, request)
            #expect(response.status == .ok)
            let (weights, strings) = try SafeTensors.decode(response.bytes)
            // The window is 4: the last four samples, 1 to 4.
            #expect(weights["user.bias"]?.values == [110, 110, 110])
            #expect(weights["user.weight"]?.shape == [2, 3])
            let metadata = try #require(ParametersMetadata(strings))
            #expect(metadata.version == "v1" && metadata.model == "movies" && metadata.samples == 4)
            #expect(request.contains(metadata.nonce) && metadata.expires > metadata.generated)
            // Answered alone, it has no path to a root.
            #expect(try pathLength(response, signedBy: service) == 0)
        }
    }

    /// The bytes of the path behind an answer's signature, once that is found to be good.
    private func pathLength(_ response: TestResponse, signedBy service: MetaNetworkService) throws -> Int {
        let name = try #require(HTTPField.Name(ResponseSignature.header))
        let signature = try #require(ResponseSignature(response.headers[name] ?? ""))
        let raw = try #require(Data(base64Encoded: service.key.publicKey))
        let key = try Curve25519.Signing.PublicKey(rawRepresentation: raw)
        let bytes = try #require(Data(base64Encoded: signature.base64))
        let path = bytes.dropFirst(ResponseSignature.length)
        func hash(_ bytes: [UInt8]) -> [UInt8] { Array(SHA256.hash(data: bytes)) }
        let leaf = DigestTree.leaf(of: response.bytes, signature.label, hash: hash)
        let root = try #require(DigestTree.root(above: leaf, along: path, signature.label, hash: hash))
        let signed = Data(ResponseSignature.Subject.parameters.message(root, signature.label))
        #expect(signature.keyID == service.key.id)
        #expect(key.isValidSignature(bytes.prefix(ResponseSignature.length), for: signed))
        return path.count
    }

    @Test("gives each of those that it answers together their own weights, signed")
    func together() async throws {
        try await published()
        let service = try await fixture.service(takes: 0.05)
        try await service.application().test(.router) { client in
            let lengths = try await withThrowingTaskGroup(of: Int.self) { group in
                for item in 1...9 {
                    group.addTask {
                        let response = try await client.post(path, parametersRequest("v1", #""samples":["\#(item)"]"#))
                        let bias = try SafeTensors.decode(response.bytes).weights["user.bias"]?.values
                        #expect(bias == [Float](repeating: 100 + Float(item), count: 3))
                        return try pathLength(response, signedBy: service)
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(lengths.max() ?? 0 > 0)
        }
    }

    @Test("reads embeddings as it reads ids")
    func embeddings() async throws {
        try await published()
        try await fixture.service().application().test(.router) { client in
            let request = parametersRequest("v1", #""embeddings":[[1,2],[0.5,-1]],"format":"f32""#)
            let response = try await client.post(path, request)
            #expect(try SafeTensors.decode(response.bytes).weights["user.bias"]?.values == [102.5, 102.5, 102.5])
        }
    }

    @Test("reads an embedding that stands for several samples as so many, and refuses counts that are none of theirs")
    func counts() async throws {
        try await published()
        try await fixture.service().application().test(.router) { client in
            let request = parametersRequest("v1", #""embeddings":[[1,2],[0.5,-1]],"counts":[2,1],"format":"f32""#)
            let response = try await client.post(path, request)
            let (weights, metadata) = try SafeTensors.decode(response.bytes)
            #expect(weights["user.bias"]?.values == [105.5, 105.5, 105.5])
            #expect(ParametersMetadata(metadata)?.samples == 3)
            for bad in [
                #""embeddings":[[1,2]],"counts":[1,1]"#, #""samples":["1"],"counts":[1]"#,
                #""embeddings":[[1,2],[1,2]],"counts":[9999,9999]"#,
            ] {
                let refused = try await client.post(path, parametersRequest("v1", bad))
                let problem = try refused.problem()
                #expect(refused.status == .unprocessableContent && problem.field == "counts", "\(bad)")
            }
        }
    }

    @Test("refuses embeddings where the generator reads items by a table of its own, and says what to send instead")
    func ownTable() async throws {
        try await fixture.bundles.publish(fixture.bundle("v1", model: "apart"), share: nil)
        try await fixture.service().application().test(.router) { client in
            let path = "/v1/models/apart/parameters"
            let refused = try await client.post(path, parametersRequest("v1", #""embeddings":[[1,2]]"#))
            let problem = try refused.problem()
            #expect(refused.status == .unprocessableContent && problem.type.hasSuffix("no-embeddings"))
            #expect(problem.field == "embeddings" && problem.fix?.contains("\"samples\"") == true)
            #expect(try await client.post(path, parametersRequest("v1")).status == .ok)
        }
    }

    @Test("refuses ids where the version has no catalogue, and says what to send instead")
    func noCatalogue() async throws {
        try await fixture.bundles.publish(fixture.bundle("v1", items: 0), share: nil)
        try await fixture.service().application().test(.router) { client in
            let refused = try await client.post(path, parametersRequest("v1", #""samples":["1"]"#))
            let problem = try refused.problem()
            #expect(refused.status == .unprocessableContent && problem.type.hasSuffix("no-items"))
            #expect(problem.field == "samples" && problem.fix?.contains("\"embeddings\"") == true)
            let narrow = try await client.post(path, parametersRequest("v1", #""embeddings":[[1]]"#)).problem()
            #expect(narrow.type.hasSuffix("wrong-width") && narrow.fix?.contains("sample node") == true)
            let answered = try await client.post(path, parametersRequest("v1", #""embeddings":[[1,2]]"#))
            #expect(answered.status == .ok)
        }
    }

    @Test("answers bad input with a problem that names the field and the fix, and goes on")
    func badInput() async throws {
        try await published()
        var configuration = ServerConfiguration()
        configuration.limits.bodyBytes = 2000
        configuration.limits.samples = 5
        try await fixture.service(configuration).application().test(.router) { client in
            let cases: [(String, Int, String?)] = [
                ("not json", 400, nil), ("[1]", 400, nil), (parametersRequest("v0"), 409, "version"),
                (parametersRequest("v1", #""samples":["nobody"]"#), 422, "samples"),
                (parametersRequest("v1", #""samples":[]"#), 400, "samples"),
                (parametersRequest("v1", #""samples":["1","1","1","1","1","1"]"#), 400, "samples"),
                (parametersRequest("v1", #""embeddings":[[1,2],[1]]"#), 422, "embeddings[1]"),
                (parametersRequest("v1", #""embeddings":[[1,1e99]]"#), 400, "embeddings[0][1]"),
                (parametersRequest("v1", #""embeddings":[[1,NaN]]"#), 400, nil),
                (parametersRequest("v1", #""samples":["\#(String(repeating: "x", count: 3000))"]"#), 413, nil),
            ]
            for (body, status, field) in cases {
                let response = try await client.post(path, body)
                let problem = try response.problem()
                #expect(response.status.code == status && problem.status == status, "\(body.prefix(90))")
                #expect(problem.field == field && problem.fix?.isEmpty == false, "\(body.prefix(90)): \(problem)")
                #expect(response.headers[.contentType] == "application/problem+json")
            }
            let gone = try await client.post(path, parametersRequest("v0")).problem()
            #expect(gone.currentVersion == "v1")
            let unknown = try await client.post("/v1/models/nobody/parameters", parametersRequest())
            #expect(try unknown.status == .notFound && unknown.problem().field == "model")
            let nowhere = try await client.execute(uri: "/v1/nowhere", method: .get)
            #expect(try nowhere.status == .notFound && nowhere.problem().type.hasSuffix("not-found"))
            let request = parametersRequest()
            #expect(try await client.post(path, request).status == .ok)
            let replayed = try await client.post(path, request)
            #expect(try replayed.status == .unprocessableContent && replayed.problem().field == "nonce")
            #expect(try await client.post(path, parametersRequest()).status == .ok)
        }
    }

    @Test("embeddings whose weights are no numbers, and weights too large for the format, are the question's fault")
    func notRepresentable() async throws {
        try await published()
        try await fixture.service().application().test(.router) { client in
            // The sum of these, which stands for a generator, is infinite, or too large for half precision.
            let cases = [
                (#""embeddings":[[3.4e38,3.4e38]],"format":"f32""#, "embeddings"),
                (#""embeddings":[[1e6,1]]"#, "format"),
                (#""embeddings":[[3.4e38,3.4e38]],"format":"int8""#, "embeddings"),
            ]
            for (question, field) in cases {
                let answer = try await client.post(path, parametersRequest("v1", question))
                let problem = try answer.problem()
                #expect(
                    answer.status == .unprocessableContent && problem.type.hasSuffix("not-representable"),
                    "\(problem)"
                )
                #expect(problem.field == field && problem.fix?.isEmpty == false)
            }
            let question = #""embeddings":[[1e6,1]],"format":"f32""#
            #expect(try await client.post(path, parametersRequest("v1", question)).status == .ok)
        }
    }

    @Test("takes as many samples as a generator may read")
    func longWindows() async throws {
        try await published()
        try await fixture.service().application().test(.router) { client in
            let samples = [String](repeating: "\"1\"", count: 10_000).joined(separator: ",")
            let many = try await client.post(path, parametersRequest("v1", "\"samples\":[\(samples)]"))
            let more = try await client.post(path, parametersRequest("v1", "\"samples\":[\(samples),\"1\"]"))
            #expect(many.status == .ok && more.status == .badRequest)
        }
    }

    @Test("gives all devices the base weights where it is told to, without asking the generator")
    func allToBase() async throws {
        var weights = Weights()
        weights["user.weight"] = try WeightTensor(shape: [2, 3], values: [1, 2, 3, 4, 5, 6])
        weights["user.bias"] = try WeightTensor(shape: [3], values: [7, 8, 9])
        weights["items.embedding"] = try WeightTensor(shape: [1], values: [0])
        let (device, base) = (Data(try SafeTensors.encode(weights)), weights)
        // A generator whose values are not finite: it would never be served.
        try await fixture.bundles.publish(fixture.bundle("v1", base: .nan, device: device))
        #expect(try await fixture.service().models.model("movies") == nil)
        var configuration = ServerConfiguration()
        configuration.allToBase = true
        let service = try await fixture.service(configuration)
        try await service.application().test(.router) { client in
            for question in [#""samples":["1"]"#, #""embeddings":[[5,5]]"#] {
                let answer = try await client.post(path, parametersRequest("v1", question + #","format":"f32""#))
                let (given, strings) = try SafeTensors.decode(answer.bytes)
                #expect(answer.status == .ok && ParametersMetadata(strings)?.version == "v1")
                #expect(given["user.weight"] == base["user.weight"] && given["user.bias"] == base["user.bias"])
                _ = try pathLength(answer, signedBy: service)
            }
            let ready = try await client.execute(uri: "/readyz", method: .get)
            #expect(ready.status == .ok && String(decoding: ready.bytes, as: UTF8.self).contains("--all-to-base"))
        }
        try await fixture.bundles.publish(fixture.bundle("v2"))
        await service.models.refresh()
        #expect(service.models.model("movies")?.main?.id.version == "v1", "v2 has no base weights to give")
    }

    @Test("asks for a token, gives one for an app key, and limits what a device may ask")
    func tokens() async throws {
        try await published()
        var configuration = ServerConfiguration()
        configuration.authentication = .tokens(appKeys: ["0123456789abcdef"], secret: [UInt8](repeating: 1, count: 32))
        configuration.limits.deviceRate = (perSecond: 0.01, burst: 3)
        try await fixture.service(configuration).application().test(.router) { client in
            #expect(try await client.post(path, parametersRequest()).status == .unauthorized)
            #expect(try await client.post(path, parametersRequest(), token: "a.b.c").status == .unauthorized)
            let wrong = try await client.post("/v1/tokens", #"{"device":"device-1"}"#, token: "wrong")
            #expect(try wrong.status == .unauthorized && wrong.problem().field == "Authorization")
            #expect(
                try await client.post("/v1/tokens", #"{"device":"x"}"#, token: "0123456789abcdef").status == .badRequest
            )
            let given = try await client.post("/v1/tokens", #"{"device":"device-1"}"#, token: "0123456789abcdef")
            let token = try JSONDecoder().decode(DeviceToken.self, from: Data(given.bytes)).token
            for _ in 0..<2 { #expect(try await client.post(path, parametersRequest(), token: token).status == .ok) }
            let limited = try await client.post(path, parametersRequest(), token: token)
            let seconds = try #require(limited.headers[.retryAfter].flatMap { Int($0) })
            #expect(limited.status == .tooManyRequests && (1...100).contains(seconds))
            #expect(try await client.execute(uri: "/healthz", method: .get).status == .ok)
        }
    }

    @Test("a full queue answers 429 with Retry-After")
    func fullQueue() async throws {
        try await published()
        var configuration = ServerConfiguration()
        configuration.batching.batchSize = 1
        configuration.batching.queueLimit = 1
        try await fixture.service(configuration, takes: 0.1).application().test(.router) { client in
            let statuses = try await withThrowingTaskGroup(of: HTTPResponse.Status.self) { group in
                for _ in 0..<8 { group.addTask { try await client.post(path, parametersRequest()).status } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(statuses.contains(.ok) && statuses.contains(.tooManyRequests))
            #expect(statuses.allSatisfy { [.ok, .tooManyRequests].contains($0) })
        }
    }
}
