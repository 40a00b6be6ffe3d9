import MetaNetwork
import MetaNetworkWire
import Synchronization

/// A version that is served: its provider behind a batcher, and its manifest as it is sent.
///
/// Requests hold the version that they began with, so one that is no longer listed lives until its last request is answered.
final class LoadedVersion: Sendable {
    let id: BundleID
    let manifest: BundleManifest
    let provider: any ParameterProvider
    private let generating: RequestBatcher<GenerationRequest>
    /// Answers devices that are held out; `nil` where none are.
    private let heldOut: RequestBatcher<GenerationRequest>?
    let metrics: VersionMetrics
    /// Ranks for clients that cannot run the model; `nil` where nothing does.
    let ranking: LoadedRanking?
    /// How generation goes while the version is a candidate.
    let record = CandidateRecord()
    /// Values of an input of a model over vectors; `nil` for one that ranks items.
    let inputCount: Int?
    /// `manifest.json` as it is sent.
    let manifestBody: [UInt8]
    /// The same as gzip; `nil` where that saves too little.
    let compressedManifest: CompressedBody?
    /// The files that devices fetch which are worth packing, by name.
    let compressedFiles: [String: CompressedBody]
    /// The files that devices fetch, their names by the SHA-256 of their contents.
    let fileNames: [String: String]
    private let manifestSignatures: [WireLabel: String]
    private let used = Mutex<ContinuousClock.Instant?>(nil)

    /// Warms a provider up with the smallest and the largest batch.
    ///
    /// - Parameters:
    ///   - id: Where its files are in the registry.
    ///   - provider: What generates the weights.
    ///   - ranking: What ranks for clients that cannot run the model; `nil` where nothing does.
    ///   - base: What devices get that are held out, and how long weights may be that they take; `nil` where nobody needs them.
    ///   - manifestBody: `manifest.json`.
    ///   - compressed: The files that are worth packing, by name.
    ///   - batching: How requests are gathered.
    ///   - key: Signs manifest and answers.
    /// - Throws: ``RegistryError`` where the generator or the ranking gives values that are not finite, `ArchitectureError` where the model's input has
    ///   no size, or what the provider throws.
    init(
        _ id: BundleID,
        _ provider: any ParameterProvider,
        ranking: (any RankingProvider)? = nil,
        base: (weights: BaseWeights, bounds: LayerBounds?)? = nil,
        manifestBody: [UInt8],
        compressed: [String: CompressedBody],
        _ batching: ServerConfiguration.Batching,
        _ key: SigningKey
    ) throws {
        self.id = id
        self.provider = provider
        manifest = provider.manifest
        inputCount = try manifest.architecture.inputCount()
        let template = SafeTensorsTemplate(provider.tensors.map { ($0.name, $0.shape) })
        self.manifestBody = manifestBody
        compressedManifest = CompressedBody(of: manifestBody)
        compressedFiles = compressed
        let names = Self.deviceFiles.compactMap { name in provider.manifest.files[name].map { ($0.sha256, name) } }
        fileNames = Dictionary(names) { first, _ in first }
        let labels = WireLabel.allCases
        let signatures = try key.sign(all: labels.map { .init(body: manifestBody, label: $0) }, .manifest)
        manifestSignatures = Dictionary(uniqueKeysWithValues: zip(labels, signatures.map(\.headerValue)))
        try WarmUp.run(provider, batchSize: batching.batchSize)
        if let ranking { try WarmUp.run(ranking, id) }
        let metrics = VersionMetrics(id)
        self.metrics = metrics
        self.ranking = ranking.map { LoadedRanking(id, $0, batching, metrics) }
        let watch = GenerationWatch(metrics: metrics, record: record, bounds: base?.bounds)
        func batcher(_ provider: any ParameterProvider, _ watch: GenerationWatch?) -> RequestBatcher<GenerationRequest>
        {
            RequestBatcher(batching) { batch in
                batch.record()
                metrics.answered(batch.size)
            } infer: { requests in
                do {
                    return try provider.generate(requests.map(\.samples))
                } catch {
                    watch?.failed(requests)
                    throw error
                }
            } encode: {
                try Self.answers(to: $0, $1, template, key, watch)
            }
        }
        generating = batcher(provider, watch)
        heldOut = base.map { batcher($0.weights, nil) }
    }

    /// The names of the files that devices fetch; the generator stays here.
    static let deviceFiles = [
        BundleLayout.device, BundleLayout.vocabulary, BundleLayout.gate, BundleLayout.switcher, BundleLayout.prompt,
        BundleLayout.basis, BundleLayout.onnx,
    ]

    /// What answers devices, those that are held out or the others.
    func batcher(isHeldOut: Bool) -> RequestBatcher<GenerationRequest> {
        guard isHeldOut else { return generating }
        guard let heldOut else {
            preconditionFailure("devices are held out, and the version was loaded without base weights")
        }
        return heldOut
    }

    /// When a device asked for it last; `nil` where none did.
    var lastUse: ContinuousClock.Instant? { used.withLock { $0 } }

    /// Takes note that a device asks for it.
    func use(at time: ContinuousClock.Instant) { used.withLock { $0 = time } }

    /// Devices that wait.
    var queueLength: Int { generating.queueLength + (heldOut?.queueLength ?? 0) }

    /// The header with the manifest's signature.
    func manifestSignature(_ label: WireLabel) -> String {
        guard let signature = manifestSignatures[label] else { preconditionFailure("every label is signed") }
        return signature
    }

    /// Ends the version's own metrics.
    func retire() {
        metrics.retire()
        ranking?.retire()
    }

    /// Encodes and signs each device's weights. An answer whose values do not fit its format fails alone.
    private static func answers(
        to requests: [GenerationRequest],
        _ values: [Float],
        _ template: SafeTensorsTemplate,
        _ key: SigningKey,
        _ watch: GenerationWatch?
    ) throws -> [Result<SignedAnswer, any Error>] {
        let each = values.count / requests.count
        let bodies = requests.enumerated().map { index, request in
            let own = values[index * each..<(index + 1) * each]
            let body = Result {
                try template.encode(own, metadata: request.metadata.strings, as: request.format.elementType)
            }
            watch?.note(own, for: request, isEncoded: (try? body.get()) != nil)
            return body
        }
        return try key.signed(bodies, requests.map(\.label), .parameters)
    }
}
