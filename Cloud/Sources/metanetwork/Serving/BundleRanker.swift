import MetaNetwork
import MetaNetworkData
import MetaNetworkDevice
import MetaNetworkTraining

/// A bundle as a device and its cloud use it together: the catalogue ranked by the base model and by the personal one.
struct BundleRanker: ~Copyable {
    let manifest: BundleManifest
    let vocabulary: Vocabulary
    /// `nil` where the bundle has no generator.
    let generator: ParameterGenerator?
    private var device: DeviceModel

    /// Prepares a bundle that was read and checked.
    ///
    /// - Throws: ``ConfigurationError`` where the model reads vectors.
    init(_ bundle: ModelBundle) throws {
        guard bundle.manifest.outputs == nil else {
            throw ConfigurationError(
                "'\(bundle.manifest.name)' reads vectors and ranks no items; `metanetwork evaluate` and `simulate` run it"
            )
        }
        let generator = try bundle.manifest.generator.map { _ in try ParameterGenerator(bundle) }
        let (architecture, items) = (bundle.manifest.architecture, bundle.manifest.items)
        device = try DeviceModel(architecture, itemCount: items, weights: bundle.deviceWeights)
        manifest = bundle.manifest
        vocabulary = Vocabulary(bundle.itemNames)
        self.generator = generator
    }

    /// The item id of a raw id, or `nil` where the bundle does not know it.
    func item(_ rawID: String) -> Int? { vocabulary.index(of: rawID).map { $0 + 1 } }

    /// The raw id of an item id.
    func rawID(_ item: Int) -> String { vocabulary[item - 1] }

    /// The best items that are not in the history.
    ///
    /// - Parameters:
    ///   - count: Most items.
    ///   - history: Item ids, oldest first.
    ///   - values: What the generator made of the history; `nil` ranks with the base model.
    mutating func topItems(_ count: Int, history: [Int], values: [Float]? = nil) throws -> [RankedItem] {
        device.depersonalize()
        if let generator, let values { try device.personalize(generator.weights(values[...])) }
        return device.topItems(count, history: history, excluding: Set(history))
    }
}
