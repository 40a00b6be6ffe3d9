import MetaNetwork

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
        for size in [1, batchSize] {
            let values = try provider.generate([DeviceSamples](repeating: provider.exampleSamples, count: size))
            guard values.count == size * each, values.allSatisfy(\.isFinite) else {
                throw RegistryError("version \(provider.manifest.version) generates values that are not finite")
            }
        }
    }
}
