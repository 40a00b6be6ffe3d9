import Foundation
import HTTPTypes
import HummingbirdTesting
import MetaNetworkWire
import Testing

@testable import MetaNetworkServer

@Suite("The Open Inference Protocol")
struct InferenceTests {
    private let fixture = ServerFixture()

    private struct Answer: Decodable {
        struct Output: Decodable {
            let name, datatype: String
            let shape: [Int]
            let data: [Float]
        }
        let model_name, model_version: String
        let id: String?
        let outputs: [Output]
    }

    /// A service whose larger model gives the sum of three values.
    private func service(
        hasModel: Bool = true,
        _ configuration: ServerConfiguration = ServerConfiguration()
    ) async throws -> MetaNetworkService {
        try await fixture.bundles.publish(fixture.bundle("v1", items: 0))
        if hasModel { try await fixture.bundles.publishCloudModel(fixture.bundle("large", items: 0)) }
        return try await fixture.service(configuration) {
            SumAnswerer(manifest: try BundleContents(contentsOf: $0).manifest)
        }
    }

    private let path = "/v2/models/movies/infer"

    private func request(
        shape: String = "[2,3]",
        data: String = "[1,2,3,4,5,6]",
        type: String = "FP32",
        name: String = "input",
        more: String = ""
    ) -> String {
        #"{"inputs":[{"name":"\#(name)","shape":\#(shape),"datatype":"\#(type)","data":\#(data)}]\#(more)}"#
    }

    @Test(
        "answers rows of numbers, flat or nested, whose dimensions make an input",
        arguments: [
            ("[2,3]", "[1,2,3,4,5,6]"), ("[2,3]", "[[1,2,3],[4,5,6]]"), ("[2.0,1,3]", "[[[1,2,3]],[[4,5,6.0]]]"),
        ]
    )
    func answers(shape: String, data: String) async throws {
        let service = try await service()
        try await service.application().test(.router) { client in
            let more = #","id":"mine","outputs":[{"name":"output"}],"parameters":{"binary_data_output":true}"#
            let response = try await client.post(path, request(shape: shape, data: data, more: more))
            #expect(response.status == .ok && response.headers[.contentType] == "application/json")
            let answer = try JSONDecoder().decode(Answer.self, from: Data(response.bytes))
            #expect(answer.model_name == "movies" && answer.model_version == "large" && answer.id == "mine")
            #expect(answer.outputs.map(\.name) == ["output"] && answer.outputs[0].datatype == "FP32")
            #expect(answer.outputs[0].shape == [2, 1] && answer.outputs[0].data == [6, 15])
        }
    }

    @Test("keeps the order of the rows through batches of others")
    func order() async throws {
        let service = try await service()
        try await service.application().test(.router) { client in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<20 {
                    group.addTask {
                        let rows = (0..<64).map { "[\(number),\($0),0]" }.joined(separator: ",")
                        let response = try await client.post(path, request(shape: "[64,3]", data: "[\(rows)]"))
                        let answer = try JSONDecoder().decode(Answer.self, from: Data(response.bytes))
                        #expect(answer.outputs[0].data == (0..<64).map { Float(number + $0) })
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test("says what is wrong with a request, also in the member that its clients read")
    func problems() async throws {
        let service = try await service()
        try await service.application().test(.router) { client in
            for (body, refusal, field) in [
                ("{}", "400 bad-request", "inputs"), (request(data: "[true]"), "400 bad-request", "inputs"),
                (request(shape: "[1.5,3]"), "400 bad-request", "inputs"),
                (#"{"inputs":[]}"#, "422 wrong-tensor", "inputs"),
                (request(name: "x"), "422 wrong-tensor", "inputs"),
                (request(type: "INT8"), "422 wrong-tensor", "inputs[0].datatype"),
                (request(shape: "[6]"), "422 wrong-tensor", "inputs[0].shape"),
                (request(shape: "[3,2]"), "422 wrong-tensor", "inputs[0].shape"),
                (request(shape: "[0,3]", data: "[]"), "422 wrong-tensor", "inputs[0].shape"),
                (request(shape: "[2,-1,-3]"), "422 wrong-tensor", "inputs[0].shape"),
                (request(shape: "[2,4611686018427387904,12]"), "422 wrong-tensor", "inputs[0].shape"),
                (request(shape: "[65,3]"), "422 too-many-rows", "inputs[0].shape"),
                (request(data: "[1,2,3]"), "422 wrong-tensor", "inputs[0].data"),
                (request(data: "[1,2,3,4,5,1e300]"), "422 wrong-tensor", "inputs[0].data"),
                (request(data: "[1,2,3,-4,5,6]"), "422 not-representable", "inputs[0].data"),
                (request(more: #","outputs":[{"name":"x"}]"#), "422 wrong-tensor", "outputs"),
            ] {
                let response = try await client.post(path, body)
                let problem = try response.problem()
                #expect("\(response.status.code) \(problem.type.dropFirst(24))" == refusal, "\(body)")
                #expect(problem.field == field, "\(body)")
                let members = try JSONSerialization.jsonObject(with: Data(response.bytes)) as? [String: Any]
                #expect(members?["error"] as? String == problem.detail)
            }
        }
    }

    @Test("describes the service and the model, and says whether they are ready")
    func metadata() async throws {
        let service = try await service()
        try await service.application().test(.router) { client in
            for (path, text) in [
                ("/v2", #"{"extensions":[],"name":"metanetwork","version":"1"}"#),
                ("/v2/health/live", #"{"live":true}"#),
                ("/v2/health/ready", #"{"ready":true}"#),
                ("/v2/models/movies/ready", #"{"name":"movies","ready":true}"#),
                (
                    "/v2/models/movies",
                    #"{"inputs":[{"datatype":"FP32","name":"input","shape":[-1,3]}],"name":"movies","#
                        + #""outputs":[{"datatype":"FP32","name":"output","shape":[-1,1]}],"platform":"metanetwork","#
                        + #""versions":["large"]}"#
                ),
            ] {
                let response = try await client.execute(uri: path, method: .get)
                #expect(response.status == .ok)
                let said = try JSONSerialization.jsonObject(with: Data(response.bytes)) as? NSDictionary
                let expected = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? NSDictionary
                #expect(said == expected && said != nil, "\(path)")
            }
        }
    }

    @Test("is a problem that says so where no larger model is published, and not ready")
    func missing() async throws {
        let service = try await service(hasModel: false)
        try await service.application().test(.router) { client in
            for response in [
                try await client.post(path, request()),
                try await client.execute(uri: "/v2/models/movies", method: .get),
            ] {
                #expect(response.status == .notFound)
                #expect(try response.problem().type == "urn:metanetwork:problem:no-cloud-model")
            }
            for name in ["movies", "others"] {
                let ready = try await client.execute(uri: "/v2/models/\(name)/ready", method: .get)
                #expect(ready.status == .serviceUnavailable)
            }
        }
    }

    @Test("asks for the same tokens as the other routes, but for its probes")
    func tokens() async throws {
        var configuration = ServerConfiguration()
        configuration.authentication = .tokens(appKeys: ["0123456789abcdef"], secret: [UInt8](repeating: 1, count: 32))
        configuration.limits.deviceRate = (perSecond: 1e-6, burst: 3)
        let service = try await service(configuration)
        try await service.application().test(.router) { client in
            #expect(try await client.post(path, request()).status == .unauthorized)
            #expect(try await client.execute(uri: "/v2", method: .get).status == .unauthorized)
            #expect(try await client.execute(uri: "/v2/health/live", method: .get).status == .ok)
            #expect(try await client.execute(uri: "/v2/models/movies/ready", method: .get).status == .ok)
            let given = try await client.post("/v1/tokens", #"{"device":"inference-1"}"#, token: "0123456789abcdef")
            let token = try JSONDecoder().decode(DeviceToken.self, from: Data(given.bytes)).token
            for status in [HTTPResponse.Status.ok, .ok, .tooManyRequests] {
                #expect(try await client.post(path, request(), token: token).status == status)
            }
        }
    }
}
