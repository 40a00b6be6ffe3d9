import Foundation
import HTTPTypes
import Hummingbird
import MetaNetworkWire

/// `/v1/models/{model}/federation`: turns, models and updates of the rounds in which devices learn a model together.
struct FederationController {
    let federation: Federation
    let key: SigningKey

    func addRoutes(to group: RouterGroup<ServerContext>) {
        group.get("models/:model/federation") { _, context in try await status(context) }
        group.post("models/:model/federation/turns") { request, context in try await join(request, context) }
        group.get("models/:model/federation/rounds/:round/model") { _, context in try await model(context) }
        group.post("models/:model/federation/rounds/:round/updates") { request, context in
            try await take(request, context)
        }
    }

    private func status(_ context: ServerContext) async throws -> Response {
        try check(context)
        return try .json(await federation.status, headers: [.cacheControl: "no-store"])
    }

    /// Longest body of a request for a turn, in bytes.
    private static let turnBytes = 1024

    private func join(_ http: Request, _ context: ServerContext) async throws -> Response {
        try check(context)
        let message = try await http.bytes(upTo: Self.turnBytes)
        let request: FederatedTurnRequest
        do { request = try FederatedTurnRequest(parsing: message) } catch { throw ProblemResponse(error) }
        let turn = try await counted { () throws(FederationRefusal) in
            try await federation.join(context.device, request)
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        let body = [UInt8](try encoder.encode(turn))
        let answer = try key.signed([.success(body)], [context.label], .turn)[0].get()
        let headers: HTTPFields = [.cacheControl: "no-store", .responseSignature: answer.signature]
        return .bytes(answer.body, "application/json", headers: headers)
    }

    private func model(_ context: ServerContext) async throws -> Response {
        try check(context)
        let number = try round(context)
        let model = try await counted { () throws(FederationRefusal) in try await federation.model(ofRound: number) }
        let headers: HTTPFields = [.eTag: "\"\(model.sha256)\"", .cacheControl: "private, no-cache"]
        return .bytes(model.bytes, "application/octet-stream", headers: headers)
    }

    private func take(_ http: Request, _ context: ServerContext) async throws -> Response {
        try check(context)
        let number = try round(context)
        let body = try await http.bytes(upTo: federation.mostUpdateBytes)
        let receipt = try await counted { () throws(FederationRefusal) in
            // On the pool of tasks: on the event loop all of its connections would wait meanwhile.
            let update = try await withTaskExecutorPreference(globalConcurrentExecutor) {
                () throws(FederationRefusal) in try federation.read(body)
            }
            return try await federation.take(update, of: context.device, round: number)
        }
        return try .json(receipt, headers: [.cacheControl: "no-store"])
    }

    /// Counts a refusal, and has it answered.
    private func counted<Result>(
        _ body: () async throws(FederationRefusal) -> Result
    ) async throws(ProblemResponse) -> Result {
        do {
            return try await body()
        } catch {
            federation.count(error)
            throw ProblemResponse(error)
        }
    }

    private func check(_ context: ServerContext) throws {
        let name = context.parameter("model")
        guard name == federation.configuration.model else {
            throw ProblemResponse(
                .notFound,
                "no-federation",
                "devices do not learn the model '\(name.cut(toBytes: 80))' together here",
                field: "model",
                fix:
                    "learn on the device alone; the operator names the model in the file of metanetwork serve --federation"
            )
        }
    }

    private func round(_ context: ServerContext) throws -> Int {
        let text = context.parameter("round")
        guard let number = Int(text), (0...FederationConfiguration.mostRounds).contains(number), String(number) == text
        else {
            throw ProblemResponse(
                .badRequest,
                "bad-request",
                "'\(text.cut(toBytes: 40))' is no number of a round",
                field: "round",
                fix: "use the round of the turn, from 0 to \(FederationConfiguration.mostRounds)"
            )
        }
        return number
    }
}

extension ProblemResponse {
    /// Why an update or a device is not taken.
    init(_ refusal: FederationRefusal) {
        let word = refusal.word
        switch refusal {
        case .roundFull(let seconds):
            self.init(
                .tooManyRequests,
                word,
                "the round has its devices, or what this one had to give",
                fix: "wait as Retry-After says, and ask for a turn again",
                retryAfter: seconds
            )
        case .over:
            self.init(
                .gone,
                word,
                "all rounds are over",
                fix: "stay with the model; its last version is published"
            )
        case .roundOver(let open):
            self.init(
                .conflict,
                word,
                "the open round is \(open)",
                field: "round",
                fix: "ask for a turn again, and learn from that round's model"
            )
        case .notJoined:
            self.init(.conflict, word, "the device has no turn in this round", fix: "ask for a turn, and learn again")
        case .alreadyArrived:
            self.init(
                .conflict,
                word,
                "the device's update of this round is there",
                fix: "do not send it again; ask for a turn in the next round"
            )
        case .damaged(let reason):
            self.init(.badRequest, word, reason, fix: "write the update as docs/wire.md says, with the turn's codec")
        case .notFinite:
            self.init(
                .unprocessableContent,
                word,
                "the update has a value that is infinite or NaN",
                fix: "send nothing of a training that came to no finite numbers"
            )
        case .tooLong(let norm, let bound):
            self.init(
                .unprocessableContent,
                word,
                "the update's norm is \(norm), at most \(bound) is taken",
                fix: "clip updates to the turn's clipNorm, or leave this round out"
            )
        }
    }
}
