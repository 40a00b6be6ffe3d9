import Foundation
import MetaNetworkWire

extension CloudService {
    /// What became of a request to join a round.
    enum TurnAnswer: Sendable {
        case turn(body: Data, signature: String?)
        /// The round has its devices, or this one's update: there may be a turn in so many seconds.
        case later(seconds: Int)
        /// All rounds are over.
        case over
    }

    /// Asks for a turn in the open round.
    func turn(_ message: FederatedTurnRequest) async throws -> TurnAnswer {
        let limit = max(limits.manifestBytes, Self.smallAnswer)
        // A turn whose model may not be fetched would be another device's.
        let response = try await sendLarge(try post(message, to: address.turns, limit: limit))
        if response.status == 200 {
            return .turn(body: response.body, signature: response.header(ResponseSignature.header))
        }
        let refusal = refusal(response)
        switch (response.status, refusal.word) {
        case (429, "round-full"): return .later(seconds: max(1, refusal.wait ?? 1))
        case (410, "federation-over"): return .over
        default: throw refusal
        }
    }

    /// Fetches the model of a round.
    ///
    /// - Parameter bytes: Its size.
    /// - Returns: `nil` where the round is over.
    func federatedModel(round: Int, bytes: Int) async throws -> Data? {
        let limit = max(bytes, Self.smallAnswer)
        let response = try await sendLarge(small("GET", address.model(ofRound: round), limit: limit))
        if response.status == 200 { return response.body }
        let refusal = refusal(response)
        if refusal.word == "round-over" { return nil }
        throw refusal
    }

    /// Sends what the device learned.
    ///
    /// - Returns: `nil` where the round ended without it.
    func send(_ update: FederatedUpdate, round: Int) async throws -> FederatedReceipt? {
        var request = small("POST", address.updates(ofRound: round))
        request.body = Data(update.bytes)
        request.headers["Content-Type"] = "application/octet-stream"
        // A model goes up as slowly as the network lets it.
        request.timeout = Self.uploadTimeout
        // Over a constrained network too: the model came over another, and what was learned would be lost.
        let response = try await send(request)
        if response.status == 200 {
            guard let receipt = try? JSONDecoder().decode(FederatedReceipt.self, from: response.body) else {
                throw ClientError.unusable(what: "the answer to an update", reason: "it is no receipt")
            }
            return receipt
        }
        let refusal = refusal(response)
        switch refusal.word {
        // The service began the round anew, or a repeated message arrived after all.
        case "round-over", "not-joined", "already-arrived": return nil
        default: throw refusal
        }
    }

    /// Sends what begins a turn, which moves whole models.
    private func sendLarge(_ request: TransportRequest) async throws -> TransportResponse {
        var request = request
        request.allowsConstrainedNetwork = downloads.allow(first: false)
        return try await send(request)
    }

    /// Longest wait for the answer to an update, in seconds.
    private static let uploadTimeout = 300.0
}
