import Foundation
import MetaNetwork
import MetaNetworkWire
import Metrics

/// A larger model that answers devices' inputs, behind a batcher.
final class LoadedAnswerer: Sendable {
    let id: BundleID
    let manifest: BundleManifest
    let inputCount: Int
    /// Values of an answer.
    let outputCount: Int
    let batcher: RequestBatcher<Question>
    private let answers: Counter

    /// An input as it waits for a batch.
    struct Question: BatchedRequest {
        /// Finite values, as many as ``LoadedAnswerer/inputCount``.
        let input: [Float]
        /// What a device's answer says besides, which is then signed; `nil` where the outputs are all that is asked for.
        let device: Device?
        let isWanted: @Sendable () -> Bool

        /// What a device's answer repeats.
        struct Device {
            /// The version that the device runs.
            let version: String
            let nonce: String
            /// How the answer is signed.
            let label: WireLabel
        }
        typealias Answer = Outputs
    }

    /// What the model makes of an input.
    struct Outputs {
        /// Finite values.
        let values: [Float]
        /// The answer to a device; `nil` where the question was none of a device.
        let signed: SignedAnswer?
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
        outputCount = try WarmUp.run(provider, batchSize: batching.batchSize)
        let answers = Counter(.answers, [("model", manifest.name), ("version", manifest.version)])
        self.answers = answers
        batcher = RequestBatcher(batching) { batch in
            batch.record()
            answers.increment(by: batch.size)
        } infer: {
            try provider.outputs(of: $0.map(\.input))
        } encode: { [manifest] in
            try Self.answers(to: $0, $1, manifest, key)
        }
    }

    /// Ends the version's own metric.
    func retire() { answers.destroy() }

    private static func answers(
        to questions: [Question],
        _ values: [Float],
        _ manifest: BundleManifest,
        _ key: SigningKey
    ) throws -> [Result<Outputs, any Error>] {
        let each = values.count / questions.count
        let outputs = questions.indices.map { index in
            Result {
                let own = Array(values[index * each..<(index + 1) * each])
                guard own.allSatisfy(\.isFinite) else { throw NotFinite() }
                return own
            }
        }
        let signed = try signed(questions, outputs, manifest, key)
        return outputs.enumerated().map { index, own in
            own.flatMap { values in
                guard let answer = signed[index] else { return .success(Outputs(values: values, signed: nil)) }
                return answer.map { Outputs(values: values, signed: $0) }
            }
        }
    }

    /// The answers to devices, by the place of their question.
    private static func signed(
        _ questions: [Question],
        _ outputs: [Result<[Float], any Error>],
        _ manifest: BundleManifest,
        _ key: SigningKey
    ) throws -> [Int: Result<SignedAnswer, any Error>] {
        let devices = questions.enumerated().compactMap { index, question in question.device.map { (index, $0) } }
        guard !devices.isEmpty else { return [:] }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        let bodies = devices.map { index, device in
            Result {
                let answer = CloudAnswer(
                    model: manifest.name,
                    version: device.version,
                    cloudVersion: manifest.version,
                    nonce: device.nonce,
                    outputs: try outputs[index].get()
                )
                return [UInt8](try encoder.encode(answer))
            }
        }
        let answers = try key.signed(bodies, devices.map(\.1.label), .answer)
        return Dictionary(uniqueKeysWithValues: zip(devices.map(\.0), answers))
    }
}
