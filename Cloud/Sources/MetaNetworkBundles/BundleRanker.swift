import MetaNetwork
import MetaNetworkData
import MetaNetworkDevice

/// A bundle as a device and its cloud use it together: the catalogue ranked by the base model and by the personal one.
package struct BundleRanker: ~Copyable {
    package let manifest: BundleManifest
    package let vocabulary: Vocabulary
    /// `nil` where the bundle has no generator.
    package let generator: PublishedGenerator?
    private var device: DeviceModel

    /// Prepares a bundle that was read and checked.
    ///
    /// - Throws: ``BundleError`` where the bundle has no catalogue: its model reads vectors.
    package init(_ bundle: ModelBundle) throws {
        guard !bundle.itemNames.isEmpty else {
            throw BundleError(
                BundleLayout.manifest,
                "'\(bundle.manifest.name)' reads vectors and ranks no items; `metanetwork evaluate` and `simulate` run it"
            )
        }
        let generator = try bundle.publishedGenerator()
        device = try bundle.deviceModel()
        manifest = bundle.manifest
        vocabulary = Vocabulary(bundle.itemNames)
        self.generator = generator
    }

    /// The index of a raw id, or `nil` where the bundle does not know it.
    package func item(_ rawID: String) -> Int? { vocabulary.index(of: rawID).map { $0 + 1 } }

    /// The raw id of an index.
    package func rawID(_ item: Int) -> String { vocabulary[item - 1] }

    /// Has every ranking from now on read this of its user.
    ///
    /// - Parameter values: What is known beside the history, by the name of the model's input; inputs that are left out are missing.
    /// - Throws: `DeviceModelError` where the model cannot read them.
    package mutating func useContext(_ values: [String: InputValue]) throws {
        try device.useContext(values.isEmpty ? nil : device.row(of: values))
    }

    /// Has every ranking from now on read this.
    ///
    /// - Parameter row: As `DeviceModel.useContext(_:)` takes it; `nil` for nothing known.
    /// - Throws: `DeviceModelError` where the model cannot read it.
    package mutating func useContext(_ row: [Float]?) throws { try device.useContext(row) }

    /// The best items that are not in the history.
    ///
    /// - Parameters:
    ///   - count: Maximum number of items.
    ///   - history: Indices of items, oldest first.
    ///   - values: What the generator made of the history; `nil` ranks with the base model.
    package mutating func topItems(_ count: Int, history: [Int], values: [Float]? = nil) throws -> [RankedIndex] {
        try use(values)
        return device.topItems(count, history: history, excluding: Set(history))
    }

    /// The best of some candidates.
    ///
    /// - Parameters:
    ///   - candidates: Indices of items.
    ///   - count: Maximum number of items.
    ///   - history: Indices of items, oldest first.
    ///   - values: What the generator made of the history; `nil` ranks with the base model.
    package mutating func rank(
        _ candidates: [Int],
        count: Int,
        history: [Int],
        values: [Float]? = nil
    ) throws -> [RankedIndex] {
        try use(values)
        return device.rank(history: history, candidates: candidates, count: count)
    }

    private mutating func use(_ values: [Float]?) throws {
        device.depersonalize()
        if let generator, let values { try device.personalize(generator.weights(values[...])) }
    }
}
