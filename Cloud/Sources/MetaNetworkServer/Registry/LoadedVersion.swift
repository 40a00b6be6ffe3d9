import Dispatch
import Foundation
import MetaNetwork
import Metrics

/// A version that is served: its provider behind a batcher, and its files.
///
/// Requests hold the version that they began with, so one that is no longer listed lives until its last request is answered.
final class LoadedVersion: Sendable {
    let manifest: BundleManifest
    let provider: any ParameterProvider
    let batcher: RequestBatcher
    /// `manifest.json` as it is sent, and its signature's header.
    let manifestBody: [UInt8]
    let manifestSignature: String
    let folder: URL

    /// Loads a version and warms it up with the smallest and the largest batch.
    ///
    /// - Throws: What the loader throws, or a generator that makes other than finite numbers.
    init(_ folder: URL, _ load: ProviderLoader, _ configuration: RequestBatcher.Configuration, _ key: SigningKey) throws
    {
        let provider = try load(folder)
        self.folder = folder
        self.provider = provider
        manifest = provider.manifest
        let template = SafeTensorsTemplate(provider.tensors.map { ($0.name, $0.shape) })
        manifestBody = [UInt8](try Data(contentsOf: folder.appendingPathComponent("manifest.json")))
        manifestSignature = try key.sign(manifestBody, .manifest).headerValue
        for size in [1, configuration.batchSize] {
            let values = try provider.generate([DeviceSamples](repeating: provider.anySamples, count: size))
            guard values.count == size * template.valueCount, values.allSatisfy(\.isFinite) else {
                throw RegistryError("version \(provider.manifest.version) generates numbers that are not finite")
            }
        }
        let answers = Counter(.answers, [("model", manifest.name), ("version", manifest.version)])
        batcher = RequestBatcher(configuration) { batch in
            Self.record(batch)
            answers.increment(by: batch.size)
        } answer: {
            try Self.answer($0, provider, template, key)
        }
    }

    /// Generates for several devices, and encodes and signs what each of them gets. One whose numbers do not fit its format fails alone.
    private static func answer(
        _ requests: [GenerationRequest],
        _ provider: any ParameterProvider,
        _ template: SafeTensorsTemplate,
        _ key: SigningKey
    ) throws -> [Result<GenerationAnswer, any Error>] {
        let values = try provider.generate(requests.map(\.samples))
        let each = values.count / requests.count
        let bodies = requests.enumerated().map { place, request in
            Result {
                let own = values[place * each..<(place + 1) * each]
                return try template.encode(own, metadata: request.metadata.strings, as: request.format.elementType)
            }
        }
        var signatures = try key.sign(all: bodies.compactMap { try? $0.get() }, .parameters)[...]
        return bodies.map { body in
            body.map { GenerationAnswer(body: $0, signature: signatures.removeFirst().headerValue) }
        }
    }

    private static let batchSizes = Recorder(.batchSize)
    private static let queueSeconds = Metrics.Timer(.queueSeconds)
    private static let computeSeconds = Metrics.Timer(.computeSeconds)
    private static let batches = Dictionary(
        uniqueKeysWithValues: RequestBatcher.Reason.allCases.map { ($0, Counter(.batches, [("reason", $0.rawValue)])) }
    )

    private static func record(_ batch: RequestBatcher.Observation) {
        batchSizes.record(batch.size)
        batches[batch.reason]?.increment()
        queueSeconds.record(duration: batch.queued)
        computeSeconds.record(duration: batch.computed)
    }
}
