import Foundation
import HTTPTypes
import Hummingbird
import MetaNetwork

/// `/v2`: the Open Inference Protocol, version 2, for the larger models that answer in the cloud.
struct InferenceController {
    let models: ServedModels
    let readiness: Readiness
    let limits: ServerConfiguration.Limits
    /// Maximum number of rows of a request.
    let rowLimit: Int

    /// What load balancers ask, who have no token.
    func addProbes(to router: Router<ServerContext>) {
        struct Live: Encodable { let live = true }
        struct Ready: Encodable { let ready: Bool }
        struct ModelReady: Encodable {
            let name: String
            let ready: Bool
        }
        router.get("/v2/health/live") { _, _ in try Response.json(Live()) }
        router.get("/v2/health/ready") { _, _ in
            let isReady = readiness.isReady
            return try Response.json(Ready(ready: isReady), status: Self.status(isReady))
        }
        router.get("/v2/models/:model/ready") { _, context in
            let name = context.parameter("model")
            let isReady = readiness.isReady(for: name) && models.model(name)?.answerer != nil
            return try Response.json(ModelReady(name: name, ready: isReady), status: Self.status(isReady))
        }
    }

    private static func status(_ isReady: Bool) -> HTTPResponse.Status { isReady ? .ok : .serviceUnavailable }

    func addRoutes(to group: RouterGroup<ServerContext>) {
        struct Service: Encodable {
            let name = "metanetwork"
            let version = "1"
            let extensions: [String] = []
        }
        group.get("/v2") { _, _ in try Response.json(Service()) }
        group.get("/v2/models/:model") { _, context in try describe(answerer(context)) }
        group.post("/v2/models/:model/infer") { request, context in try await infer(request, context) }
    }

    private func answerer(_ context: ServerContext) throws -> LoadedAnswerer {
        guard let answerer = try models.requestedModel(context).answerer else {
            throw ProblemResponse.noCloudModel(context.parameter("model"))
        }
        return answerer
    }

    private func describe(_ answerer: LoadedAnswerer) throws -> Response {
        func tensor(_ name: String, _ width: Int) -> InferenceMetadata.Tensor {
            .init(name: name, datatype: InferenceInput.datatype, shape: [-1, width])
        }
        return try .json(
            InferenceMetadata(
                name: answerer.manifest.name,
                versions: [answerer.manifest.version],
                inputs: [tensor(InferenceInput.name, answerer.inputCount)],
                outputs: [tensor(InferenceInput.outputName, answerer.outputCount)]
            )
        )
    }

    private func infer(_ http: Request, _ context: ServerContext) async throws -> Response {
        // Before the body, which a model that is not there need not wait for.
        let answerer = try answerer(context)
        let body = try await http.bytes(upTo: limits.bodyBytes)
        let reading = ContinuousClock.now
        let request = try await Self.parsed(body)
        let input = try InferenceInput(request, width: answerer.inputCount, limit: rowLimit)
        let values = try await Self.outputs(of: input.rows, answerer, since: reading, context)
        return try .json(
            InferenceResponse(
                modelName: answerer.manifest.name,
                modelVersion: answerer.manifest.version,
                id: request.id,
                outputs: [
                    .init(
                        name: InferenceInput.outputName,
                        shape: [input.rows.count, answerer.outputCount],
                        datatype: InferenceInput.datatype,
                        data: values
                    )
                ]
            ),
            headers: [.cacheControl: "no-store"]
        )
    }

    /// On the pool of tasks: on the event loop all of its connections would wait meanwhile.
    private static func parsed(_ body: [UInt8]) async throws -> InferenceRequest {
        try await withTaskExecutorPreference(globalConcurrentExecutor) {
            do {
                return try JSONDecoder().decode(InferenceRequest.self, from: Data(body))
            } catch {
                throw ProblemResponse(
                    .badRequest,
                    "bad-request",
                    "the body is no inference request in JSON",
                    field: "inputs",
                    fix:
                        "send {\"inputs\":[{\"name\":…,\"shape\":[…],\"datatype\":…,\"data\":[…]}]}; binary data is not read"
                )
            }
        }
    }

    /// Each row goes into a batch of its own accord, with those of others.
    private static func outputs(
        of rows: [[Float]],
        _ answerer: LoadedAnswerer,
        since reading: ContinuousClock.Instant,
        _ context: ServerContext
    ) async throws -> [Float] {
        do {
            let answers = try await withThrowingTaskGroup(of: (Int, LoadedAnswerer.Outputs, BatchTimes).self) { group in
                for (index, row) in rows.enumerated() {
                    group.addTask { [isWanted = context.isWanted] in
                        let question = LoadedAnswerer.Question(input: row, device: nil, isWanted: isWanted)
                        let (answer, times) = try await answerer.batcher.answer(question)
                        return (index, answer, times)
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            // The request is done when its last row is.
            guard let last = answers.max(by: { $0.2.finished < $1.2.finished }) else {
                preconditionFailure("a request has rows")
            }
            context.note(since: reading, last.2)
            return answers.sorted { $0.0 < $1.0 }.flatMap(\.1.values)
        } catch let error as BatchError {
            throw ProblemResponse(error)
        } catch is LoadedAnswerer.NotFinite {
            throw ProblemResponse.notFiniteOutputs("inputs[0].data")
        }
    }
}
