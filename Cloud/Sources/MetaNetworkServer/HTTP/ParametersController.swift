import Foundation
import HTTPTypes
import Hummingbird
import MetaNetwork
import NIOCore

/// `POST /v1/models/{model}/parameters`: samples in, the weights of the dynamic layers out.
struct ParametersController {
    let models: ServedModels
    let nonces: NonceCache
    let limits: ServerConfiguration.Limits
    let lifetime: Duration

    /// Checked once, not for each answer.
    private static let signature = HTTPField.Name(ResponseSignature.header)

    func addRoutes(to group: RouterGroup<ServerContext>) {
        group.post("models/:model/parameters") { request, context in try await generate(request, context) }
    }

    private func generate(_ http: Request, _ context: ServerContext) async throws -> Response {
        let model = try ModelController.model(models, context)
        let body = try await http.bytes(upTo: limits.bodyBytes)
        let request: ParametersRequest
        do {
            request = try ParametersRequest(parsing: body, sampleLimit: limits.samples)
        } catch {
            throw ProblemResponse(error)
        }
        let version = try ModelController.version(request.version, of: model, for: context.device)
        let samples = try Self.samples(request, version.provider)
        guard nonces.insert(request.nonce, of: context.device) else {
            throw ProblemResponse(
                .unprocessableContent,
                "replayed-nonce",
                "the nonce was used before",
                field: "nonce",
                fix: "make a new one for every request"
            )
        }
        let now = Int(Date().timeIntervalSince1970)
        let metadata = ParametersMetadata(
            model: version.manifest.name,
            version: version.manifest.version,
            nonce: request.nonce,
            samples: min(request.samples?.count ?? request.embeddings?.count ?? 0, version.provider.window),
            generated: now,
            expires: now + Int(lifetime.components.seconds)
        )
        let answer = try await Self.answer(
            GenerationRequest(samples: samples, metadata: metadata, format: request.format ?? .float16),
            version.batcher
        )
        var headers: HTTPFields = [.contentType: "application/octet-stream", .cacheControl: "no-store"]
        if let name = Self.signature { headers[name] = answer.signature }
        return Response(status: .ok, headers: headers, body: .init(byteBuffer: ByteBuffer(bytes: answer.body)))
    }

    private static func answer(_ request: GenerationRequest, _ batcher: RequestBatcher) async throws -> GenerationAnswer
    {
        do {
            return try await batcher.answer(request)
        } catch is RequestBatcher.Full {
            throw ProblemResponse(
                .tooManyRequests,
                "queue-full",
                "too many requests are waiting",
                fix: "wait as Retry-After says; the operator may raise the queue limit",
                retryAfter: 1
            )
        }
    }

    /// Items that the version does not know are left out, as on the device; none that it knows is a problem.
    private static func samples(_ request: ParametersRequest, _ provider: any ParameterProvider) throws -> DeviceSamples
    {
        if let samples = request.samples {
            guard provider.ranksItems else {
                throw ProblemResponse(
                    .unprocessableContent,
                    "no-items",
                    "the model reads vectors and knows no items",
                    field: "samples",
                    fix: "send \"embeddings\": what the architecture's sample node makes of each input"
                )
            }
            let items = samples.suffix(provider.window).compactMap { provider.index(ofItem: $0) }
            guard !items.isEmpty else {
                throw ProblemResponse(
                    .unprocessableContent,
                    "unknown-samples",
                    "none of the recent samples is in the model's vocabulary",
                    field: "samples",
                    fix: "send raw ids of the vocabulary, or keep the base model"
                )
            }
            return .items(items)
        }
        let rows = (request.embeddings ?? []).suffix(provider.window)
        if let place = rows.firstIndex(where: { $0.count != provider.sampleWidth }) {
            throw ProblemResponse(
                .unprocessableContent,
                "wrong-width",
                "the embedding has \(rows[place].count) numbers, the model's have \(provider.sampleWidth)",
                field: "embeddings[\(place)]",
                fix: provider.ranksItems
                    ? "send rows of the model's history table" : "send what the architecture's sample node gives"
            )
        }
        return .embeddings(rows.flatMap { $0 })
    }
}
