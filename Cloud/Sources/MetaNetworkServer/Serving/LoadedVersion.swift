import MetaNetwork
import Metrics

/// A version that is served: its provider behind a batcher, and its manifest as it is sent.
///
/// Requests hold the version that they began with, so one that is no longer listed lives until its last request is answered.
final class LoadedVersion: Sendable {
    let id: BundleID
    let manifest: BundleManifest
    let provider: any ParameterProvider
    let batcher: RequestBatcher<GenerationRequest>
    /// Values of an input of a model over vectors; `nil` for one that ranks items.
    let inputCount: Int?
    /// `manifest.json` as it is sent.
    let manifestBody: [UInt8]
    /// The files that devices fetch, their names by the SHA-256 of their contents.
    let fileNames: [String: String]
    private let manifestSignatures: [WireLabel: String]
    private let answers: Counter

    /// Warms a provider up with the smallest and the largest batch.
    ///
    /// - Parameters:
    ///   - id: Where its files are in the registry.
    ///   - provider: What generates the weights.
    ///   - manifestBody: `manifest.json`.
    ///   - batching: How requests are gathered.
    ///   - key: Signs manifest and answers.
    /// - Throws: ``RegistryError`` where the generator gives values that are not finite, `ArchitectureError` where the model's input has
    ///   no size, or what the provider throws.
    init(
        _ id: BundleID,
        _ provider: any ParameterProvider,
        manifestBody: [UInt8],
        _ batching: ServerConfiguration.Batching,
        _ key: SigningKey
    ) throws {
        self.id = id
        self.provider = provider
        manifest = provider.manifest
        inputCount = try manifest.architecture.inputCount()
        let template = SafeTensorsTemplate(provider.tensors.map { ($0.name, $0.shape) })
        self.manifestBody = manifestBody
        let names = Self.deviceFiles.compactMap { name in provider.manifest.files[name].map { ($0.sha256, name) } }
        fileNames = Dictionary(names) { first, _ in first }
        let labels = WireLabel.allCases
        let signatures = try key.sign(all: labels.map { .init(body: manifestBody, label: $0) }, .manifest)
        manifestSignatures = Dictionary(uniqueKeysWithValues: zip(labels, signatures.map(\.headerValue)))
        try WarmUp.run(provider, batchSize: batching.batchSize)
        let answers = Counter(.answers, [("model", manifest.name), ("version", manifest.version)])
        self.answers = answers
        batcher = RequestBatcher(batching) { batch in
            batch.record()
            answers.increment(by: batch.size)
        } infer: {
            try provider.generate($0.map(\.samples))
        } encode: {
            try Self.answers(to: $0, $1, template, key)
        }
    }

    /// The names of the files that devices fetch; the generator stays here.
    static let deviceFiles = [
        BundleLayout.device, BundleLayout.vocabulary, BundleLayout.gate, BundleLayout.switcher, BundleLayout.prompt,
        BundleLayout.basis,
    ]

    /// The header with the manifest's signature.
    func manifestSignature(_ label: WireLabel) -> String {
        guard let signature = manifestSignatures[label] else { preconditionFailure("every label is signed") }
        return signature
    }

    /// Ends the version's own metric: versions come and go, and their labels with them.
    func retire() { answers.destroy() }

    /// Encodes and signs each device's weights. An answer whose values do not fit its format fails alone.
    private static func answers(
        to requests: [GenerationRequest],
        _ values: [Float],
        _ template: SafeTensorsTemplate,
        _ key: SigningKey
    ) throws -> [Result<SignedAnswer, any Error>] {
        let each = values.count / requests.count
        let bodies = requests.enumerated().map { index, request in
            Result {
                let own = values[index * each..<(index + 1) * each]
                return try template.encode(own, metadata: request.metadata.strings, as: request.format.elementType)
            }
        }
        return try key.signed(bodies, requests.map(\.label), .parameters)
    }
}
