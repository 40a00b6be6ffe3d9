import Foundation
import HTTPTypes
import Hummingbird
import MetaNetwork
import MetaNetworkWire

/// `POST /v1/models/{model}/parameters`: samples in, the weights of the dynamic layers out.
struct ParametersController {
    let models: ServedModels
    let nonces: NonceCache
    let limits: ServerConfiguration.Limits
    let lifetime: Duration
    /// The devices that get the base weights.
    let holdOut: HoldOut

    func addRoutes(to group: RouterGroup<ServerContext>) {
        group.post("models/:model/parameters") { request, context in try await generate(request, context) }
    }

    private func generate(_ http: Request, _ context: ServerContext) async throws -> Response {
        // Before the body, which a model that is not there need not wait for.
        _ = try models.requestedModel(context)
        let body = try await http.bytes(upTo: limits.bodyBytes)
        let reading = ContinuousClock.now
        let request: ParametersRequest
        do {
            request = try await Request.message(in: body) { [limits] bytes throws(MessageError) in
                try ParametersRequest(parsing: bytes, sampleLimit: limits.samples)
            }
        } catch {
            throw ProblemResponse(error)
        }
        let version = try await models.requestedVersion(request.version, context)
        guard !version.provider.tensors.isEmpty else {
            throw ProblemResponse(
                .unprocessableContent,
                "no-generator",
                "version '\(version.manifest.version)' has no generator, so no weights are made of samples",
                field: "version",
                fix: "keep the base model; the operator may publish a version that was trained with a generator"
            )
        }
        try checkCounts(of: request)
        let samples = try Self.samples(request, version)
        try nonces.use(request.nonce, of: context.device)
        let now = Int(Date().timeIntervalSince1970)
        let metadata = ParametersMetadata(
            model: version.manifest.name,
            version: version.manifest.version,
            nonce: request.nonce,
            samples: min(request.sampleCount, version.provider.window),
            generated: now,
            expires: now + Int(lifetime.components.seconds)
        )
        let generation = GenerationRequest(
            samples: samples,
            metadata: metadata,
            format: request.format ?? .float16,
            label: context.label,
            device: context.device,
            isWanted: context.isWanted
        )
        let answer = try await self.answer(
            generation,
            request.nonce,
            version.batcher(isHeldOut: holdOut.includes(context.device)),
            since: reading,
            context
        )
        let headers: HTTPFields = [.cacheControl: "no-store", .responseSignature: answer.signature]
        return .bytes(answer.body, "application/octet-stream", headers: headers)
    }

    private func answer(
        _ request: GenerationRequest,
        _ nonce: String,
        _ batcher: RequestBatcher<GenerationRequest>,
        since reading: ContinuousClock.Instant,
        _ context: ServerContext
    ) async throws -> SignedAnswer {
        do {
            return try await nonces.answer(request, nonce, batcher, since: reading, context)
        } catch SafeTensorsError.notRepresentable(_, _, let value, let type) {
            guard let problem = Self.notRepresentable(value, type, request.samples) else {
                throw RegistryError("the version generates values that are not finite")
            }
            throw problem
        }
    }

    /// A problem with what the device sent or asked for; `nil` where the version is at fault.
    private static func notRepresentable(
        _ value: Float,
        _ type: SafeTensors.ElementType,
        _ samples: DeviceSamples
    ) -> ProblemResponse? {
        if value.isFinite {
            return ProblemResponse(
                .unprocessableContent,
                "not-representable",
                "a weight made of these samples is too large for \(type.rawValue)",
                field: "format",
                fix: "ask for \"f32\", or keep the base model"
            )
        }
        guard case .embeddings = samples else { return nil }
        return ProblemResponse(
            .unprocessableContent,
            "not-representable",
            "the weights made of these embeddings are no finite numbers",
            field: "embeddings",
            fix: "send what the model makes of samples as they were seen in training, or keep the base model"
        )
    }

    /// Counts go with embeddings, and stand for no more samples than a request may have.
    private func checkCounts(of request: ParametersRequest) throws {
        guard let counts = request.counts else { return }
        let embeddings = request.embeddings?.count ?? 0
        guard counts.count == embeddings, counts.reduce(0, +) <= limits.samples else {
            throw ProblemResponse(
                .unprocessableContent,
                "wrong-counts",
                "there are \(counts.count) counts of \(counts.reduce(0, +)) samples for \(embeddings) embeddings",
                field: "counts",
                fix: "send one for each embedding, for \(limits.samples) samples together at most, or leave them out"
            )
        }
    }

    /// Items that the version does not know are left out, as on the device; none that it knows is a problem.
    private static func samples(_ request: ParametersRequest, _ version: LoadedVersion) throws -> DeviceSamples {
        let provider = version.provider
        if let samples = request.samples {
            guard provider.manifest.items > 0 else {
                throw ProblemResponse(
                    .unprocessableContent,
                    "no-items",
                    "the model reads vectors and knows no items",
                    field: "samples",
                    fix: "send \"embeddings\": the outputs of the architecture's sample node for each input"
                )
            }
            let read = samples.suffix(provider.window)
            let items = read.compactMap { provider.index(ofItem: $0) }
            version.metrics.read(known: items.count, of: read.count)
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
        guard let embeddings = request.embeddings else { preconditionFailure("a parsed request has samples") }
        if let fault = provider.embeddingsFault {
            throw ProblemResponse(
                .unprocessableContent,
                "no-embeddings",
                fault,
                field: "embeddings",
                fix: "send \"samples\": raw ids of the vocabulary"
            )
        }
        // One that stands for several samples is as good as all of these.
        let all = request.counts.map { zip(embeddings, $0).flatMap { Array(repeating: $0, count: $1) } } ?? embeddings
        let rows = all.suffix(provider.window)
        if let index = embeddings.firstIndex(where: { $0.count != provider.sampleWidth }) {
            throw ProblemResponse(
                .unprocessableContent,
                "wrong-width",
                "the embedding has \(embeddings[index].count) values, the model's have \(provider.sampleWidth)",
                field: "embeddings[\(index)]",
                fix: provider.exampleSamples.embeddingFix
            )
        }
        return .embeddings(rows.flatMap { $0 })
    }
}

extension DeviceSamples {
    /// Which embeddings to send where these samples would do.
    fileprivate var embeddingFix: String {
        switch self {
        case .items: "send rows of the model's history table"
        case .embeddings: "send the outputs of the architecture's sample node"
        }
    }
}

extension ParametersRequest {
    /// Samples that the device sent, of whichever kind, or that what it sent stands for.
    fileprivate var sampleCount: Int {
        guard let count = samples?.count ?? counts?.reduce(0, +) ?? embeddings?.count else {
            preconditionFailure("a parsed request has samples")
        }
        return count
    }
}
