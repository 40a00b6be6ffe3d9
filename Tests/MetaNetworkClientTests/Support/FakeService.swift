import Crypto
import Foundation
import MetaNetwork
import MetaNetworkWire

@testable import MetaNetworkClient

/// The service in memory: signs, checks nonces and versions, counts requests; can be told to misbehave.
actor FakeService {
    var bundle: TestBundle
    /// Versions that have weights beside the current one.
    var earlier: [TestBundle] = []
    /// Answers instead of the service where it returns something.
    var interrupt: (@Sendable (TransportRequest) async throws -> TransportResponse?)?
    /// Changes an answer with parameters before (`true`) or after (`false`) it is signed.
    var forge: (@Sendable (inout ForgedParameters) throws -> Void)?
    /// Tokens that the service takes; `nil` for an open service.
    var validTokens: Set<String>?
    var lifetime = 3_600
    /// How it signs: as today, or as a service that was not updated yet.
    var label = WireLabel.newest
    /// How files are sent.
    var files = FakeFiles()
    /// Where it says that files are besides itself.
    var filesAddress: String?
    /// What a publisher says of the version, as the service passes it on.
    var release: String?
    /// Whether manifests are signed, as for apps that pin no publisher.
    var signsManifests = true
    private(set) var requests: [TransportRequest] = []
    private(set) var questions: [ParametersRequest] = []
    /// Inputs that the larger model was asked for.
    private(set) var answered: [AnswerRequest] = []
    /// Changes what the larger model says, before it is signed.
    var forgeAnswer: (@Sendable (inout CloudAnswer) -> Void)?
    /// What its answers are signed as.
    var answerSubject = ResponseSignature.Subject.answer
    private(set) var storedEvents: [String: SampleEvents.Event] = [:]
    private(set) var tokenDevices: [String] = []
    /// Whether it gives challenges, as services of release 0.1 do not.
    var givesChallenges = false
    /// Whether it answers only devices that have shown their key.
    var needsProofs = false
    /// The proofs of its tokens.
    private(set) var proofs: [DeviceProof?] = []
    /// The devices of the messages with events, where devices are known.
    private(set) var eventDevices: [String] = []
    /// Devices that had their events deleted.
    private(set) var deletions: [String] = []
    private var tokens: [String: String] = [:]
    private let key = Curve25519.Signing.PrivateKey()

    /// An answer with parameters on its way.
    struct ForgedParameters {
        var weights: Weights
        var metadata: [String: String]
        /// Changes the bytes that are signed.
        var body: (Data) throws -> Data = { $0 }
        /// Changes the bytes behind the signature's back.
        var tamper: (Data) -> Data = { $0 }
        /// Changes the signature.
        var signature: (String) -> String? = { $0 }
        var subject = ResponseSignature.Subject.parameters
        /// Other answers that are signed together with this one.
        var neighbours: [Data] = []
    }

    init(_ bundle: TestBundle) { self.bundle = bundle }

    nonisolated var transport: InMemoryTransport {
        InMemoryTransport { try await self.answer($0) }
    }

    nonisolated var rawKey: String { key.publicKey.rawRepresentation.base64EncodedString() }

    nonisolated var publicKey: PinnedKey {
        get throws { try PinnedKey(id: "k1", base64: rawKey) }
    }

    func serve(_ bundle: TestBundle, beside earlier: [TestBundle] = []) {
        (self.bundle, self.earlier) = (bundle, earlier)
    }
    func interrupt(_ answer: (@Sendable (TransportRequest) async throws -> TransportResponse?)?) { interrupt = answer }
    func forge(_ change: (@Sendable (inout ForgedParameters) throws -> Void)?) { forge = change }
    func forgeAnswer(_ change: @escaping @Sendable (inout CloudAnswer) -> Void) { forgeAnswer = change }
    func signAnswers(as subject: ResponseSignature.Subject) { answerSubject = subject }
    func accept(_ tokens: Set<String>) { validTokens = tokens }
    func send(_ files: FakeFiles) { self.files = files }
    func name(filesAddress: String) { self.filesAddress = filesAddress }
    func pass(on release: ReleaseStatement?) { self.release = release?.headerValue }
    func pass(onHeader release: String?) { self.release = release }
    func challenge(_ gives: Bool, needs: Bool = false) { (givesChallenges, needsProofs) = (gives, needs) }
    func signManifests(_ signs: Bool) { signsManifests = signs }
    func sign(_ label: WireLabel) { self.label = label }
    func setLifetime(_ seconds: Int) { lifetime = seconds }
    func count(_ suffix: String) -> Int { requests.filter { $0.url.path.hasSuffix(suffix) }.count }

    private func answer(_ request: TransportRequest) async throws -> TransportResponse {
        requests.append(request)
        if let interrupt, let response = try await interrupt(request) { return response }
        let path = request.url.path
        if path.hasSuffix("/v1/tokens") { return try token(request) }
        if path.hasSuffix("/v1/challenges") { return try challenge(request) }
        let bearer = request.headers["Authorization"]?.split(separator: " ").last.flatMap { Int($0) }
        if needsProofs, request.method != "DELETE", bearer.map({ proofs[$0 - 1] == nil }) != false {
            return problem(403, "the token was given without a proof", word: "device-unproven")
        }
        if let validTokens {
            let token = request.headers["Authorization"]?.replacingOccurrences(of: "Bearer ", with: "")
            guard let token, validTokens.contains(token) else { return problem(401, "the token is not valid") }
        }
        if path.hasSuffix("/device") { return file(request, bundle.contents.device) }
        if path.hasSuffix("/vocabulary") { return file(request, bundle.contents.vocabulary) }
        for (kind, data) in bundle.contents.others where path.hasSuffix("/\(kind.route)") { return file(request, data) }
        if path.hasSuffix("/answers") { return try cloudAnswer(request) }
        if path.hasSuffix("/parameters") { return try parameters(request) }
        if path.hasSuffix("/events") { return try events(request) }
        return try manifest(request)
    }

    private func manifest(_ request: TransportRequest) throws -> TransportResponse {
        let tag = "\"\(bundle.manifest.version)\""
        var headers = ["ETag": tag]
        headers[ReleaseStatement.header] = release
        if request.headers["If-None-Match"] == tag { return TransportResponse(status: 304, headers: headers) }
        if signsManifests { headers["metanetwork-signature"] = try sign(bundle.contents.manifest, .manifest) }
        headers[FilesAddress.header] = filesAddress
        return TransportResponse(status: 200, headers: headers, body: bundle.contents.manifest)
    }

    private func file(_ request: TransportRequest, _ data: Data) -> TransportResponse {
        guard request.url.path.contains("/versions/\(bundle.manifest.version)/") else {
            return problem(404, "no such version")
        }
        return files.answer(data, request)
    }

    private func parameters(_ request: TransportRequest) throws -> TransportResponse {
        let question = try JSONDecoder().decode(ParametersRequest.self, from: request.body ?? Data())
        questions.append(question)
        let asked = ([bundle] + earlier).first { $0.manifest.version == question.version }
        guard let asked else { return problem(409, "that version is gone") }
        let samples = question.samples?.count ?? question.embeddings?.count ?? 0
        let metadata = ParametersMetadata(
            model: bundle.manifest.name,
            version: question.version,
            nonce: question.nonce,
            samples: samples,
            generated: 1_000_000,
            expires: 1_000_000 + lifetime
        )
        var answer = ForgedParameters(weights: try asked.personalWeights(samples), metadata: metadata.strings)
        try forge?(&answer)
        let format = question.format?.elementType ?? .float16
        let encoded = try SafeTensors.encode(answer.weights, metadata: answer.metadata, as: format)
        let body = try answer.body(Data(encoded))
        let signature = answer.signature(try sign(body, answer.subject, with: answer.neighbours))
        return TransportResponse(
            status: 200,
            headers: signature.map { ["MetaNetwork-Signature": $0] } ?? [:],
            body: answer.tamper(body)
        )
    }

    private func cloudAnswer(_ request: TransportRequest) throws -> TransportResponse {
        let question = try JSONDecoder().decode(AnswerRequest.self, from: request.body ?? Data())
        answered.append(question)
        var answer = CloudAnswer(
            model: bundle.manifest.name,
            version: question.version,
            cloudVersion: "large",
            nonce: question.nonce,
            outputs: [-5, 5]
        )
        forgeAnswer?(&answer)
        let body = try JSONEncoder().encode(answer)
        let signature = try sign(body, answerSubject)
        return TransportResponse(status: 200, headers: ["MetaNetwork-Signature": signature], body: body)
    }

    private func events(_ request: TransportRequest) throws -> TransportResponse {
        if request.method == "DELETE" {
            let device = tokens[request.headers["Authorization"] ?? ""] ?? ""
            deletions.append(device)
            return TransportResponse(status: 200, body: Data(#"{"deleted":1}"#.utf8))
        }
        let message = try JSONDecoder().decode(SampleEvents.self, from: request.body ?? Data())
        if let device = tokens[request.headers["Authorization"] ?? ""] { eventDevices.append(device) }
        for event in message.events { storedEvents[event.id] = event }
        let receipt = SampleEventsReceipt(stored: message.events.count, repeated: 0)
        return TransportResponse(status: 200, body: try JSONEncoder().encode(receipt))
    }

    private func challenge(_ request: TransportRequest) throws -> TransportResponse {
        guard givesChallenges else { return problem(404, "there is no such path") }
        guard request.headers["Authorization"] == "Bearer app key" else { return problem(401, "no such app key") }
        let challenge = DeviceChallenge(challenge: "challenge \(proofs.count)", expires: 2_000_000)
        return TransportResponse(status: 200, body: try JSONEncoder().encode(challenge))
    }

    private func token(_ request: TransportRequest) throws -> TransportResponse {
        guard request.headers["Authorization"] == "Bearer app key" else { return problem(401, "no such app key") }
        let message = try JSONDecoder().decode(DeviceTokenRequest.self, from: request.body ?? Data())
        tokenDevices.append(message.device)
        proofs.append(message.proof)
        let token = DeviceToken(token: "token \(tokenDevices.count)", expires: 2_000_000)
        tokens["Bearer \(token.token)"] = message.device
        return TransportResponse(status: 200, body: try JSONEncoder().encode(token))
    }

    func sign(
        _ body: Data,
        _ subject: ResponseSignature.Subject,
        with neighbours: [Data] = []
    ) throws -> String {
        try key.sign(body, subject, label, with: neighbours)
    }

    /// Changes a byte of a header's signature, or of the path behind it, and how many there are.
    static func damage(_ header: String, at place: Int, adding count: Int = 0) -> String {
        guard var signature = ResponseSignature(header), var bytes = Data(base64Encoded: signature.base64) else {
            return header
        }
        bytes[place] ^= 1
        signature.base64 = (count < 0 ? bytes.dropLast(-count) : bytes + Data(count: count)).base64EncodedString()
        return signature.headerValue
    }

    nonisolated func problem(
        _ status: Int,
        _ detail: String,
        headers: [String: String] = [:],
        word: String = "test"
    ) -> TransportResponse {
        let problem = Problem(type: "urn:metanetwork:problem:\(word)", title: "Test", status: status, detail: detail)
        return TransportResponse(
            status: status,
            headers: headers,
            body: (try? JSONEncoder().encode(problem.document(.newest))) ?? Data()
        )
    }
}

extension Curve25519.Signing.PrivateKey {
    /// The header with the signature of an answer, as a service makes it; its key is called k1.
    ///
    /// - Parameter neighbours: Other answers that are signed together with this one.
    func sign(
        _ body: Data,
        _ subject: ResponseSignature.Subject,
        _ label: WireLabel = .newest,
        with neighbours: [Data] = []
    ) throws -> String {
        func hash(_ bytes: [UInt8]) -> [UInt8] { Array(SHA256.hash(data: bytes)) }
        let leaves = (neighbours + [body]).map { DigestTree.leaf(of: $0, label, hash: hash) }
        let tree = DigestTree(leaves, label, hash: hash)
        let signature = try signature(for: subject.message(tree.root, label)) + tree.path(of: neighbours.count)
        return ResponseSignature(label, keyID: "k1", base64: signature.base64EncodedString()).headerValue
    }
}
