import MetaNetwork

/// Answers devices with the base model's own weights: all of them, the switch against a generator that does harm, or those that are
/// held out.
///
/// The answers are such as devices read already, so each that asks runs the base model from then on, and personal weights again
/// once it is answered otherwise.
struct BaseWeights: ParameterProvider {
    let manifest: BundleManifest
    let tensors: [GeneratedTensor]
    let window: Int
    let sampleWidth: Int
    let codeCount: Int?
    private let generated: any ParameterProvider
    private let values: [Float]

    /// Takes the place of a provider.
    ///
    /// - Parameters:
    ///   - generated: What devices would get otherwise; it says which items there are.
    ///   - weights: The bundle's static weights.
    /// - Throws: ``RegistryError`` where they lack a tensor that is generated.
    init(insteadOf generated: any ParameterProvider, static weights: Weights) throws {
        values = try generated.tensors.flatMap { tensor in
            guard let base = weights[tensor.name], base.shape == tensor.shape else {
                throw RegistryError(
                    "\(BundleLayout.device) has no base weights of '\(tensor.name)'; publish the bundle again"
                )
            }
            return base.values
        }
        self.generated = generated
        manifest = generated.manifest
        tensors = generated.tensors
        window = generated.window
        sampleWidth = generated.sampleWidth
        codeCount = generated.codeCount
    }

    func index(ofItem rawID: String) -> Int32? { generated.index(ofItem: rawID) }

    func generate(_ devices: [DeviceSamples]) -> [Float] { devices.flatMap { _ in values } }
}
