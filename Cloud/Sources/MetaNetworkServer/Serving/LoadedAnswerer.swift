import Foundation
import MetaNetwork
import Metrics

/// A larger model that answers devices' inputs, behind a batcher.
final class LoadedAnswerer: Sendable {
    let id: BundleID
    let manifest: BundleManifest
    let inputCount: Int
    let batcher: RequestBatcher<Question>
    private let answers: Counter

    /// An input as it waits for a batch.
    struct Question: BatchedRequest {
        /// Finite values, as many as ``LoadedAnswerer/inputCount``.
        let input: [Float]
        /// The version that the device runs.
        let version: String
        let nonce: String
        /// How the answer is signed.
        let label: WireLabel
        let isWanted: @Sendable () -> Bool
    }

    /// The model makes no finite numbers of an input.
    struct NotFinite: Error {}

    /// Warms a model up with the smallest and the largest batch.
    ///
    /// - Throws: ``RegistryError`` where the bundle names no outputs or gives values that are not finite, or what the provider throws.
    init(
        _ id: BundleID,
        _ provider: any AnswerProvider,
        _ batching: ServerConfiguration.Batching,
        _ key: SigningKey
    ) throws {
        self.id = id
        (manifest, inputCount) = (provider.manifest, provider.inputCount)
        try WarmUp.run(provider, batchSize: batching.batchSize)
        let answers = Counter(.answers, [("model", manifest.name), ("version", manifest.version)])
        self.answers = answers
        batcher = RequestBatcher(batching) { batch in
            batch.record()
            answers.increment(by: batch.size)
        } answer: {
            try Self.answer($0, provider, key)
        }
    }

    /// Ends the version's own metric.
    func retire() { answers.destroy() }

    private static func answer(
        _ questions: [Question],
        _ provider: any AnswerProvider,
        _ key: SigningKey
    ) throws -> [Result<SignedAnswer, any Error>] {
        let values = try provider.outputs(of: questions.map(\.input))
        let (each, manifest) = (values.count / questions.count, provider.manifest)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        let bodies = questions.enumerated().map { index, question in
            Result {
                let outputs = Array(values[index * each..<(index + 1) * each])
                guard outputs.allSatisfy(\.isFinite) else { throw NotFinite() }
                let answer = CloudAnswer(
                    model: manifest.name,
                    version: question.version,
                    cloudVersion: manifest.version,
                    nonce: question.nonce,
                    outputs: outputs
                )
                return [UInt8](try encoder.encode(answer))
            }
        }
        return try key.signed(bodies, questions.map(\.label), .answer)
    }
}
