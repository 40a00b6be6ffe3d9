import Crypto
import Foundation
import MetaNetwork
import MetaNetworkDevice
import MetaNetworkWire
import Testing

@testable import MetaNetworkClient

/// What released services said must be understood for ever: apps and services are not updated together.
@Suite("Answers of released services")
struct GoldenWireTests {
    private let time = ManualTime()
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("golden-\(UUID().uuidString)")
    private static let server = URL(string: "http://localhost:1")

    /// Opens the recorded model for a device that has nothing yet.
    private func open(_ answers: [String], _ wire: GoldenWire) async throws -> PersonalModel {
        let manifest = try wire("manifest")
        time.setWall(manifest.recorded)
        var configuration = PersonalModel.Configuration(trust: try manifest.trust)
        configuration.transport = try wire.transport(answers)
        configuration.time = time
        configuration.credentials = .appKey("golden-app-key-0123456789")
        configuration.policy = AnyOf([])
        let server = try #require(Self.server)
        return try await PersonalModel(
            server: server,
            model: "movies",
            directory: folder,
            configuration: configuration
        )
    }

    private func recordedManifest(_ wire: GoldenWire) throws -> BundleManifest {
        try JSONDecoder().decode(BundleManifest.self, from: wire("manifest").response.body)
    }

    @Test("open a model: token, signed manifest, weights and vocabulary", arguments: GoldenWire.labels)
    func opening(wire: GoldenWire) async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let model = try await open(["token", "manifest", "device", "vocabulary"], wire)
        let manifest = try recordedManifest(wire)
        #expect(await model.version == manifest.version)
        #expect(manifest.items == 120)
        #expect(await model.topItems(.max).count == manifest.items)
        #expect(await model.rank(["film-1", "film-120"]).allSatisfy(\.score.isFinite))
    }

    @Test("name the models and say what a device's token is", arguments: GoldenWire.labels)
    func tokens(wire: GoldenWire) throws {
        struct Models: Decodable { let models: [String] }
        #expect(
            try JSONDecoder().decode(Models.self, from: wire("models").response.body).models == ["movies"]
        )
        let exchange = try wire("token")
        let request = try JSONDecoder().decode(DeviceTokenRequest.self, from: exchange.request.body)
        let token = try JSONDecoder().decode(DeviceToken.self, from: exchange.response.body)
        #expect(request.device == "golden-device-1" && !token.token.isEmpty && token.expires > exchange.recorded)
    }

    @Test(
        "have the manifest's signature, and files that are those of the manifest, whole and in part",
        arguments: GoldenWire.labels
    )
    func files(wire: GoldenWire) throws {
        let exchange = try wire("manifest")
        let manifest = try recordedManifest(wire)
        try exchange.trust.check(exchange.response.body, exchange.signature, as: .manifest)
        #expect(throws: ClientError.self) {
            try exchange.trust.check(exchange.response.body + Data([0]), exchange.signature, as: .manifest)
        }
        #expect(exchange.response.headers["etag"] == "\"\(manifest.version)\"")
        #expect(try wire("manifest-unchanged").response.status == 304)
        for file in BundleFile.files(of: manifest) {
            let whole = try wire(file.route)
            let part = try wire(file.route + "-range")
            let body = try whole.response.body
            #expect(manifest.files[file.name]?.sha256 == SHA256.hexadecimal(of: body))
            #expect(manifest.files[file.name]?.bytes == body.count)
            #expect(try part.response.status == 206 && part.response.body == body[8..<40])
            #expect(part.response.headers["content-range"] == "bytes 8-39/\(body.count)")
            #expect(part.response.headers["etag"] == whole.response.headers["etag"])
            #expect(try wire(file.route + "-unchanged").response.status == 304)
        }
    }

    @Test(
        "hold personal weights that pass every check: of ids and embeddings, in each format, signed alone and together",
        arguments: GoldenWire.labels
    )
    func parameters(wire: GoldenWire) throws {
        let contents = BundleContents(
            manifest: try wire("manifest").response.body,
            device: try wire("device").response.body,
            vocabulary: try wire("vocabulary").response.body
        )
        let base = try BaseModel(contents, model: "movies", limits: Limits())
        let names = try wire.names("parameters-")
        #expect(names.count == 8)
        var read: [String: [Float]] = [:]
        for name in names {
            let exchange = try wire(name)
            let request = try JSONDecoder().decode(ParametersRequest.self, from: exchange.request.body)
            let check = ParametersCheck(
                trust: try exchange.trust,
                model: "movies",
                version: base.manifest.version,
                graph: base.device.graph,
                globalNorms: base.globalNorms,
                normBound: 10,
                limit: 1 << 16
            )
            let body = try exchange.response.body
            let (weights, metadata) = try check.weights(
                in: body,
                signature: exchange.signature,
                nonce: request.nonce
            )
            #expect(metadata.samples == request.samples?.count ?? request.embeddings?.count)
            read[name] = weights.names.sorted().flatMap { weights[$0]?.values ?? [] }
            let forged = Data(body.dropLast()) + Data([(body.last ?? 0) ^ 1])
            #expect(throws: ClientError.self) {
                try check.weights(in: forged, signature: exchange.signature, nonce: request.nonce)
            }
        }
        try checkFormats(read)
        // 64 bytes of a signature, and the path to what was signed together.
        let together = try #require(try ResponseSignature(wire("parameters-batch").signature ?? ""))
        #expect(try #require(Data(base64Encoded: together.base64)).count > 64)
        #expect(together.label == (wire == .label2 ? .two : .three))
    }

    /// The same samples give the same weights, to the precision of each format; half precision where none is named.
    private func checkFormats(_ read: [String: [Float]]) throws {
        for how in ["ids", "embeddings"] {
            let exact = try #require(read["parameters-\(how)-f32"])
            let scale = try #require(exact.map(abs).max())
            for (format, tolerance) in [("f16", Float(1e-3)), ("int8", 1e-2)] {
                let coarse = try #require(read["parameters-\(how)-\(format)"])
                #expect(coarse.count == exact.count && !exact.isEmpty)
                let error = zip(exact, coarse).map { abs($0 - $1) }.max() ?? .infinity
                #expect(error <= tolerance * scale, "\(how) \(format): \(error) of \(scale)")
            }
        }
        #expect(read["parameters-default"] == read["parameters-ids-f16"])
    }

    @Test("refuse with problem documents that say what is wrong and what to do", arguments: GoldenWire.labels)
    func problems(wire: GoldenWire) throws {
        var statuses: Set<Int> = []
        for name in try wire.names("problem-") {
            let exchange = try wire(name)
            let problem = try JSONDecoder().decode(Problem.self, from: exchange.response.body)
            #expect(problem.status == exchange.response.status && name.contains("-\(problem.status)"))
            #expect(problem.type.hasPrefix("urn:metanetwork:problem:") && !problem.detail.isEmpty, "\(name)")
            #expect(problem.fix?.isEmpty == false, "\(name)")
            #expect(exchange.response.headers["content-type"] == "application/problem+json")
            statuses.insert(problem.status)
            if problem.status == 409 { #expect(try problem.currentVersion == recordedManifest(wire).version) }
            if problem.status == 429 {
                let wait = try #require(exchange.response.headers["retry-after"])
                #expect(RetryAfter.seconds(wait, now: exchange.recorded) ?? 0 > 0)
            }
        }
        let known: Set = [400, 401, 404, 405, 409, 413, 422, 429]
        #expect(statuses == (wire == .label2 ? known : known.union([406])))
    }

    @Test("refuse an app with what the problem document says", arguments: GoldenWire.labels)
    func refusal(wire: GoldenWire) async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let exchange = try wire("problem-401-app-key")
        let problem = try JSONDecoder().decode(Problem.self, from: exchange.response.body)
        let expected = ClientError.refused(status: 401, detail: problem.detail, fix: problem.fix)
        let error = await #expect(throws: ClientError.self) {
            _ = try await open(["problem-401-app-key", "manifest"], wire)
        }
        if case .noModel(let reason)? = error {
            #expect(reason.contains(problem.detail))
        } else {
            #expect(error == expected)
        }
    }

    @Test("take events once each, in the receipt that an app reads", arguments: GoldenWire.labels)
    func events(wire: GoldenWire) throws {
        let first = try wire("events")
        let sent = try JSONDecoder().decode(SampleEvents.self, from: first.request.body).events
        #expect(sent.count == 12 && sent[0].id == "golden-event-00" && sent[0].item == "film-1")
        let decoder = JSONDecoder()
        let receipt = try decoder.decode(SampleEventsReceipt.self, from: first.response.body)
        #expect(receipt == SampleEventsReceipt(stored: 12, repeated: 0))
        let again = try decoder.decode(SampleEventsReceipt.self, from: wire("events-repeated").response.body)
        #expect(again == SampleEventsReceipt(stored: 0, repeated: 6))
    }
}
