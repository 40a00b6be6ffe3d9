import HTTPTypes
import Hummingbird
import MetaNetwork
import MetaNetworkWire

/// `POST /v1/models/{model}/answers`: an input in, what the larger model in the cloud makes of it out.
struct AnswersController {
    let models: ServedModels
    let nonces: NonceCache
    let limits: ServerConfiguration.Limits

    func addRoutes(to group: RouterGroup<ServerContext>) {
        group.post("models/:model/answers") { request, context in try await answer(request, context) }
    }

    private func answer(_ http: Request, _ context: ServerContext) async throws -> Response {
        // Before the body, which a model that is not there need not wait for.
        _ = try models.requestedModel(context)
        let body = try await http.bytes(upTo: limits.bodyBytes)
        let reading = ContinuousClock.now
        let request: AnswerRequest
        do {
            request = try AnswerRequest(parsing: body)
        } catch {
            throw ProblemResponse(error)
        }
        let version = try await models.requestedVersion(request.version, context)
        let answerer = try Self.answerer(of: models.requestedModel(context), for: version)
        guard request.input.count == answerer.inputCount else {
            throw ProblemResponse(
                .unprocessableContent,
                "wrong-width",
                "the input has \(request.input.count) values, the cloud's model reads \(answerer.inputCount)",
                field: "input",
                fix: "send what the cloud's model was trained to read"
            )
        }
        try nonces.use(request.nonce, of: context.device)
        let question = LoadedAnswerer.Question(
            input: request.input,
            device: .init(version: request.version, nonce: request.nonce, label: context.label),
            isWanted: context.isWanted
        )
        do {
            let outputs = try await nonces.answer(question, request.nonce, answerer.batcher, since: reading, context)
            guard let answer = outputs.signed else { preconditionFailure("a device's question is answered signed") }
            let headers: HTTPFields = [.cacheControl: "no-store", .responseSignature: answer.signature]
            return .bytes(answer.body, "application/json", headers: headers)
        } catch is LoadedAnswerer.NotFinite {
            throw ProblemResponse.notFiniteOutputs("input")
        }
    }

    /// The model that answers for a version: one that gives the same outputs.
    private static func answerer(of model: ServedModels.Model, for version: LoadedVersion) throws -> LoadedAnswerer {
        let name = version.manifest.name
        guard let answerer = model.answerer else { throw ProblemResponse.noCloudModel(name) }
        guard answerer.manifest.outputs == version.manifest.outputs else {
            throw ProblemResponse(
                .notFound,
                "no-cloud-model",
                "the larger model of '\(name)' gives other outputs than this version",
                field: "version",
                fix: "keep the device's answer; the operator may publish a larger model of this version's outputs"
            )
        }
        return answerer
    }
}

extension ProblemResponse {
    /// The model has no larger one that answers.
    static func noCloudModel(_ name: String) -> ProblemResponse {
        ProblemResponse(
            .notFound,
            "no-cloud-model",
            "no larger model answers for '\(name)'",
            field: "model",
            fix:
                "keep the device's answer; the operator may publish one with: metanetwork publish BUNDLE --cloud-model"
        )
    }

    /// The larger model makes no finite numbers of an input.
    static func notFiniteOutputs(_ field: String) -> ProblemResponse {
        ProblemResponse(
            .unprocessableContent,
            "not-representable",
            "what the cloud's model makes of this input are no finite numbers",
            field: field,
            fix: "send inputs as they were seen in training, or keep the device's answer"
        )
    }
}
