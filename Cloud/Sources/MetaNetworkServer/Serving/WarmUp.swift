import MetaNetwork
import MetaNetworkWire

/// What a version must do before it is served: generate for one device and for a full batch.
public enum WarmUp {
    /// Generates for examples and looks at the values.
    ///
    /// - Parameters:
    ///   - provider: The version.
    ///   - batchSize: Devices of the largest batch.
    /// - Throws: ``RegistryError`` where there are too few values or one is not finite, or what the provider throws.
    public static func run(_ provider: any ParameterProvider, batchSize: Int) throws {
        let each = provider.tensors.reduce(0) { $0 + $1.count }
        // A version without a generator gives nothing but its files.
        guard each > 0 else { return }
        for size in [1, batchSize] {
            let values = try provider.generate([DeviceSamples](repeating: provider.exampleSamples, count: size))
            guard values.count == size * each, values.allSatisfy(\.isFinite) else {
                throw RegistryError("version \(provider.manifest.version) generates values that are not finite")
            }
        }
    }

    /// Ranks for an empty history and looks at the scores.
    ///
    /// - Parameters:
    ///   - provider: What ranks.
    ///   - id: The version.
    /// - Throws: ``RegistryError`` where there is no item or a score is not finite, or what the provider throws.
    static func run(_ provider: any RankingProvider, _ id: BundleID) throws {
        let items = try provider.rank(RankingQuestion(RankingRequest(history: []))).items
        guard !items.isEmpty, items.allSatisfy({ $0.score?.isFinite == true }) else {
            throw RegistryError("version \(id.version) scores items with values that are not finite")
        }
    }

    /// Answers examples and looks at the values.
    ///
    /// - Parameters:
    ///   - provider: The model.
    ///   - batchSize: Inputs of the largest batch.
    /// - Returns: Values of an answer.
    /// - Throws: ``RegistryError`` where it names no outputs, there are too few values or one is not finite, or what the provider throws.
    @discardableResult public static func run(_ provider: any AnswerProvider, batchSize: Int) throws -> Int {
        guard let outputs = provider.manifest.outputs else {
            throw RegistryError(
                "version \(provider.manifest.version) ranks items and answers no inputs; publish it without --cloud-model"
            )
        }
        let example = [Float](repeating: 0, count: provider.inputCount)
        for size in [1, batchSize] {
            let values = try provider.outputs(of: [[Float]](repeating: example, count: size))
            guard values.count == size * outputs.names.count, values.allSatisfy(\.isFinite) else {
                throw RegistryError("version \(provider.manifest.version) gives outputs that are not finite")
            }
        }
        return outputs.names.count
    }
}
