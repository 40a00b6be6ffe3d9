/// The bounds of what a manifest may say: the one list that publishing, loading and devices check, so that none of them takes
/// what another refuses.
public enum BundleLimits {
    /// Bytes of a model's name; see ``BundleLayout/isModelName(_:)``.
    public static let nameBytes = 1...64
    /// Items of a catalogue; 0 where the model reads vectors.
    public static let items = 0...Int(Int32.max) - 1
    /// Nodes of an architecture.
    public static let nodes = 1...1024
    /// Samples that a generator reads.
    public static let generatorWindow = 1...10_000
    /// Width of a generator's encoder.
    public static let generatorWidth = 1...4096
    /// Width of a generator's codes.
    public static let generatorRank = 1...4096
    /// Values of a code, and rows of the basis that makes weights of it.
    public static let basisRank = 1...64
    /// Samples, or seconds, up to which a generator's weights help.
    public static let generatorHelps = 0...Int(Int32.max)
    /// Bytes of the name of a generator's form.
    public static let formBytes = 1...64
    /// Values that a model over vectors names.
    public static let outputs = 1...65_536
    /// Bytes of the name of such a value.
    public static let outputNameBytes = 0...1024
    /// Files of a bundle.
    public static let files = 1...64
    /// Bytes of a file.
    public static let fileBytes = 0...1 << 40
}

extension BundleManifest {
    /// Checks every field against ``BundleLimits``: what needs neither the files nor the manifest's bytes.
    ///
    /// - Throws: ``BundleManifestError/field(_:reason:)``, which names the field.
    public func checkFields() throws(BundleManifestError) {
        guard BundleLayout.isModelName(name) else {
            throw .field("name", reason: "is '\(name.prefix(80))'; \(BundleLayout.modelNameFix)")
        }
        try check(items, "items", BundleLimits.items)
        guard items > 0 || outputs != nil else {
            throw .field("items", reason: "is 0, which only a model over vectors may have; publish the bundle again")
        }
        try check(architecture.nodes.count, "the number of architecture.nodes", BundleLimits.nodes)
        if let generator { try check(generator) }
        if let outputs { try check(outputs) }
        try check(files.count, "the number of files", BundleLimits.files)
        for name in Array(files.keys).ascending() {
            guard let file = files[name] else { continue }
            try check(file.bytes, "files.\(name.prefix(80)).bytes", BundleLimits.fileBytes)
        }
    }

    private func check(_ generator: Generator) throws(BundleManifestError) {
        try check(generator.form.utf8.count, "the number of bytes of generator.form", BundleLimits.formBytes)
        try check(generator.window, "generator.window", BundleLimits.generatorWindow)
        try check(generator.width, "generator.width", BundleLimits.generatorWidth)
        try check(generator.rank, "generator.rank", BundleLimits.generatorRank)
        guard let helps = generator.helps else { return }
        try check(helps.samples, "generator.helps.samples", BundleLimits.generatorHelps)
        if let seconds = helps.seconds {
            try check(seconds, "generator.helps.seconds", BundleLimits.generatorHelps)
        }
    }

    private func check(_ outputs: Outputs) throws(BundleManifestError) {
        try check(outputs.names.count, "the number of outputs.names", BundleLimits.outputs)
        for (place, name) in outputs.names.enumerated() {
            try check(
                name.utf8.count,
                "the number of bytes of outputs.names[\(place)]",
                BundleLimits.outputNameBytes
            )
        }
        do throws(VocabularyFileError) {
            _ = try VocabularyIndex(outputs.names)
        } catch {
            guard case .repeated(let number) = error else { return }
            throw .field(
                "outputs.names[\(number - 1)]",
                reason: "is there already; give every output a name of its own"
            )
        }
    }

    private func check(
        _ value: Int,
        _ field: String,
        _ range: ClosedRange<Int>
    ) throws(BundleManifestError) {
        guard !range.contains(value) else { return }
        throw .field(field, reason: "is \(value); it must be from \(range.lowerBound) to \(range.upperBound)")
    }
}
