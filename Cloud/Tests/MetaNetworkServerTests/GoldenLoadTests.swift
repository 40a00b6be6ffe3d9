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

/// What released clients asked, all at once: answers are then signed in trees, and for clients of both labels in one batch.
@Suite("Released clients under load")
struct GoldenLoadTests {
    private let fixture = ServerFixture()

    /// A generator of the tensors that the recorded model has; every value is the number of samples.
    private struct RecordedShapes: ParameterProvider {
        let manifest: BundleManifest
        let tensors: [GeneratedTensor]
        let window = 6
        let sampleWidth = 4

        func index(ofItem rawID: String) -> Int32? { rawID.hasPrefix("film-") ? Int32(rawID.dropFirst(5)) : nil }

        func generate(_ devices: [DeviceSamples]) -> [Float] {
            // As long as others take to gather meanwhile.
            Thread.sleep(forTimeInterval: 0.02)
            let count = tensors.reduce(0) { $0 + $1.count }
            return devices.flatMap { _ in [Float](repeating: 0.5, count: count) }
        }
    }

    private func service() async throws -> MetaNetworkService {
        let (weights, _) = try SafeTensors.decode(GoldenExchange("parameters-ids-f32").body)
        let tensors = try weights.names.sorted().map {
            GeneratedTensor(name: $0, shape: try #require(weights[$0]).shape)
        }
        return try await fixture.goldenService {
            RecordedShapes(manifest: try BundleContents(contentsOf: $0).manifest, tensors: tensors)
        }
    }

    /// An answer as a client had it.
    private struct Answer: Sendable {
        let kind: String
        let body: Data
        let header: String
        let labels: String?
    }

    /// Asks as recorded, with a nonce of its own.
    private func ask(
        _ name: String,
        _ number: Int,
        labels: String?,
        _ client: any TestClientProtocol,
        _ token: String
    ) async throws -> Answer {
        let exchange = try GoldenExchange(name)
        var message = try JSONDecoder().decode(
            ParametersRequest.self,
            from: Data((exchange.request.text ?? "").utf8)
        )
        message.nonce = "\(name)-\(number)"
        var headers: HTTPFields = [.authorization: "Bearer \(token)", .contentType: "application/json"]
        headers[.acceptedLabels] = labels
        let answer = try await client.execute(
            uri: exchange.request.path,
            method: .post,
            headers: headers,
            body: ByteBuffer(bytes: try JSONEncoder().encode(message))
        )
        #expect(answer.status == .ok)
        let (_, strings) = try SafeTensors.decode(answer.bytes)
        #expect(strings["nonce"] == message.nonce && strings["version"] == message.version)
        return Answer(
            kind: "parameters",
            body: Data(answer.bytes),
            header: try #require(answer.headers[.responseSignature]),
            labels: labels
        )
    }

    private func answers() async throws -> [Answer] {
        let service = try await service()
        let names = try GoldenExchange.names(in: "wire").filter { $0.hasPrefix("parameters-") }
        return try await service.application().test(.router) { client in
            let token = try await client.goldenToken()
            return try await withThrowingTaskGroup(of: Answer.self) { group in
                for number in 0..<12 {
                    for (index, name) in names.enumerated() {
                        let labels = [nil, "3, 2", "2"][(number + index) % 3]
                        group.addTask { try await ask(name, number, labels: labels, client, token) }
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
        }
    }

    private func pinnedKey() throws -> (id: String, key: Curve25519.Signing.PublicKey) {
        let parts = try GoldenExchange("manifest").key.split(separator: "=", maxSplits: 1).map(String.init)
        let raw = try #require(Data(base64Encoded: parts[1]))
        return (parts[0], try Curve25519.Signing.PublicKey(rawRepresentation: raw))
    }

    /// What a client of label 2 did, written down from the document of that time and from nothing of today's.
    ///
    /// - Returns: Steps of the path; `nil` where it refuses the answer.
    private func stepsOfLabel2(_ answer: Answer) throws -> Int? {
        let (id, key) = try pinnedKey()
        guard let equals = answer.header.firstIndex(of: "="), answer.header[..<equals] == id,
            let raw = Data(base64Encoded: String(answer.header[answer.header.index(after: equals)...])).map(Array.init),
            raw.count >= 64, (raw.count - 64) % 33 == 0
        else { return nil }
        var digest = Array(SHA256.hash(data: answer.body))
        for at in stride(from: 64, to: raw.count, by: 33) {
            let neighbour = Array(raw[(at + 1)..<(at + 33)])
            guard raw[at] < 2 else { return nil }
            let pair = raw[at] == 0 ? neighbour + digest : digest + neighbour
            digest = Array(SHA256.hash(data: Array("metanetwork/node/2\n".utf8) + pair))
        }
        let line = Array("metanetwork/\(answer.kind)/2\n".utf8)
        return key.isValidSignature(Array(raw[..<64]), for: line + digest) ? (raw.count - 64) / 33 : nil
    }

    @Test("which say nothing of labels, accept every answer, signed in trees with those of newer clients beside them")
    func yesterday() async throws {
        let answers = try await answers()
        #expect(answers.count == 96)
        var steps: [Int] = []
        for answer in answers {
            let accepted = try stepsOfLabel2(answer)
            #expect((accepted != nil) == (answer.labels != "3, 2"), "\(answer.header.prefix(30))")
            if let accepted { steps.append(accepted) }
            #expect(answer.header.hasPrefix("3:") == (answer.labels == "3, 2"))
        }
        // Else nothing was signed together, and the test looks at nothing.
        #expect(steps.max() ?? 0 >= 3, "\(steps)")
        // The verifier itself accepts what was recorded, and nothing else.
        for name in try GoldenExchange.names(in: "wire") {
            let exchange = try GoldenExchange(name)
            guard let header = exchange.response.headers["metanetwork-signature"] else { continue }
            let kind = name.hasPrefix("parameters") ? "parameters" : "manifest"
            let body = Data(try exchange.body)
            #expect(try stepsOfLabel2(Answer(kind: kind, body: body, header: header, labels: nil)) != nil, "\(name)")
            #expect(try stepsOfLabel2(Answer(kind: kind, body: body + [0], header: header, labels: nil)) == nil)
        }
    }

    @Test("are read by the Python of docs/wire.md, as are the recorded answers of both labels")
    func documented() async throws {
        var answers = try await answers()
        for folder in ["wire", "wire-3"] {
            for name in try GoldenExchange.names(in: folder) {
                let exchange = try GoldenExchange(name, in: folder)
                guard let header = exchange.response.headers["metanetwork-signature"] else { continue }
                let kind = name.hasPrefix("parameters") ? "parameters" : "manifest"
                answers.append(Answer(kind: kind, body: Data(try exchange.body), header: header, labels: nil))
            }
        }
        let file = try fixture.makeFolder().appendingPathComponent("answers.jsonl")
        let lines = try answers.map {
            try JSONEncoder().encode(["kind": $0.kind, "body": $0.body.base64EncodedString(), "header": $0.header])
        }
        try Data(lines.joined(separator: Data("\n".utf8))).write(to: file)
        let output = try await Script.run("run-wire-docs", file.path)
        try #require(output.status == 0, "\(output.text)")
        let read = output.text.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
        #expect(read.count == answers.count)
        let (id, key) = try pinnedKey()
        for (answer, words) in zip(answers, read) {
            let signature = try #require(Data(base64Encoded: words[1]))
            let message = try #require(Data(base64Encoded: words[2]))
            #expect(words[0] == id && key.isValidSignature(signature, for: message), "\(answer.header.prefix(40))")
        }
    }
}
