import HTTPTypes
import Hummingbird
import MetaNetwork
import MetaNetworkWire

/// `POST /v1/models/{model}/rank`: a history in, ranked items out, for clients that cannot run the model.
struct RankingController {
    let models: ServedModels
    let limits: ServerConfiguration.Limits
    /// The devices that get the base weights.
    let holdOut: HoldOut
    /// Whether all get them.
    let allToBase: Bool

    func addRoutes(to group: RouterGroup<ServerContext>) {
        group.post("models/:model/rank") { request, context in try await rank(request, context) }
    }

    private func rank(_ http: Request, _ context: ServerContext) async throws -> Response {
        // Before the body, which a model that is not there need not wait for.
        _ = try ranking(context)
        let body = try await http.bytes(upTo: limits.bodyBytes)
        let reading = ContinuousClock.now
        let request: RankingRequest
        do {
            request = try await Request.message(in: body) { [limits] bytes throws(MessageError) in
                try RankingRequest(parsing: bytes, itemLimit: limits.samples)
            }
        } catch {
            throw ProblemResponse(error)
        }
        let usesBase = allToBase || holdOut.includes(context.device)
        let question = LoadedRanking.Question(
            ranking: RankingQuestion(request, usesBase: usesBase),
            isWanted: context.isWanted
        )
        do {
            let (body, times) = try await ranking(context).queue.answer(question)
            context.note(since: reading, times)
            return .bytes(body, "application/json", headers: [.cacheControl: "no-store"])
        } catch let error as BatchError {
            throw ProblemResponse(error)
        } catch let error as RankingInputError {
            throw ProblemResponse(
                .unprocessableContent,
                "wrong-context",
                error.reason,
                field: error.input.map { "context.\($0.cut(toBytes: 80))" } ?? "context",
                fix: "send what the architecture of the manifest names, and leave out what is not known"
            )
        }
    }

    /// What ranks with the version for this device.
    private func ranking(_ context: ServerContext) throws -> LoadedRanking {
        let model = try models.requestedModel(context)
        guard let version = model.version(for: context.device) else { throw HTTPError(.notFound) }
        guard version.manifest.items > 0 else {
            throw ProblemResponse(
                .unprocessableContent,
                "no-items",
                "the model reads vectors and ranks no items",
                field: "model",
                fix: "run it on the device; GET /v1/models/{model} has its manifest"
            )
        }
        guard let ranking = version.ranking else {
            throw ProblemResponse(
                .notFound,
                "no-ranking",
                "this service ranks for no clients",
                field: "model",
                fix: "run the model on the device, or have the operator start the service with --rank"
            )
        }
        return ranking
    }
}
