import Crypto
import Foundation
import MetaNetwork
import MetaNetworkWire

@testable import MetaNetworkClient

/// A federation of one device in memory: each update is added to the model, and the next round begins.
actor FakeFederation {
    private(set) var turn: FederatedTurn
    private(set) var updates: [FederatedUpdate] = []
    private(set) var requests: [FederatedTurnRequest] = []
    private var parameters: [Float]
    private let graph: ModelGraph
    private let service: FakeService
    /// Changes a turn before it is signed.
    private var forge: @Sendable (inout FederatedTurn) -> Void = { _ in }
    /// Answers of the next requests, by the last part of the path, in place of the federation's.
    private var refusals: [String: [(status: Int, word: String, wait: Int?)]] = [:]
    /// What turns are signed as.
    private var subject = ResponseSignature.Subject.turn

    init(_ phone: borrowing Phone, rounds: Int = 3, work: LocalWork) throws {
        service = phone.service
        let manifest = phone.bundle.manifest
        graph = try ModelGraph(manifest.architecture)
        parameters = graph.values(of: phone.bundle.weights) ?? []
        turn = FederatedTurn(
            model: manifest.name,
            nonce: "",
            round: 0,
            rounds: rounds,
            device: 0,
            seed: 5,
            architecture: manifest.architecture,
            outputs: manifest.outputs ?? .init(kind: .classification, names: []),
            weights: .init(bytes: 0, sha256: ""),
            work: work,
            codec: .whole,
            usesErrorFeedback: true,
            clipNorm: nil,
            seconds: 60
        )
    }

    func change(_ body: @Sendable (inout FederatedTurn) -> Void) { body(&turn) }
    func forge(_ body: @escaping @Sendable (inout FederatedTurn) -> Void) { forge = body }
    func sign(as subject: ResponseSignature.Subject) { self.subject = subject }
    func refuse(_ part: String, _ status: Int, _ word: String, wait: Int? = nil) {
        refusals[part, default: []].append((status, word, wait))
    }
    var model: [Float] { parameters }

    /// Has the service of a phone be the federation's.
    func begin() async { await service.interrupt { request in try await self.answer(request) } }

    private func answer(_ request: TransportRequest) async throws -> TransportResponse? {
        let part = request.url.lastPathComponent
        guard request.url.path.contains("/federation/") else { return nil }
        if let refusal = refusals[part]?.first {
            refusals[part]?.removeFirst()
            return Self.problem(refusal)
        }
        switch part {
        case "turns": return try await join(request)
        case "model": return TransportResponse(status: 200, body: try file())
        default: return try take(request)
        }
    }

    private func file() throws -> Data {
        guard let weights = graph.weights(of: parameters) else { throw ClientError.forgotten }
        return Data(try SafeTensors.encode(weights))
    }

    private func join(_ request: TransportRequest) async throws -> TransportResponse {
        let message = try FederatedTurnRequest(parsing: [UInt8](request.body ?? Data()))
        requests.append(message)
        guard turn.round < turn.rounds else { return Self.problem((410, "federation-over", nil)) }
        let file = try file()
        turn.nonce = message.nonce
        turn.weights = .init(bytes: file.count, sha256: SHA256.hexadecimal(of: file))
        var answer = turn
        forge(&answer)
        let body = try JSONEncoder().encode(answer)
        let signature = try await service.sign(body, subject)
        return TransportResponse(status: 200, headers: ["MetaNetwork-Signature": signature], body: body)
    }

    private func take(_ request: TransportRequest) throws -> TransportResponse {
        let update = try FederatedUpdate(
            parsing: [UInt8](request.body ?? Data()),
            count: parameters.count,
            hasGradient: turn.work.wantsGradient
        )
        updates.append(update)
        let values = try UpdateCodec.decoded(update.encoded, count: parameters.count)
        parameters = zip(parameters, values).map { $0 + $1 }
        turn.round += 1
        let receipt = FederatedReceipt(round: turn.round - 1, arrived: 1)
        return TransportResponse(status: 200, body: try JSONEncoder().encode(receipt))
    }

    private static func problem(_ refusal: (status: Int, word: String, wait: Int?)) -> TransportResponse {
        let document =
            #"{"type":"urn:metanetwork:problem:\#(refusal.word)","title":"","status":\#(refusal.status),"detail":"no"}"#
        let headers = refusal.wait.map { ["Retry-After": "\($0)"] } ?? [:]
        return TransportResponse(status: refusal.status, headers: headers, body: Data(document.utf8))
    }
}
