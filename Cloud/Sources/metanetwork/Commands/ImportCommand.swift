import ArgumentParser
import Foundation
import MetaNetwork
import MetaNetworkBundles
import MetaNetworkData
import MetaNetworkExperiments
import MetaNetworkMarkup

/// `metanetwork import`: a base model that was trained elsewhere.
struct ImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Make a bundle of a base model that was trained elsewhere, for example with PyTorch.",
        discussion: """
            The architecture says what the model computes, the map how its tensors are made of those of the file: by name, rows, \
            transposed, scaled, multiplied, added (docs/bundle.md). A tensor without an entry is the file's of the same name. What is \
            missing or has another shape is named. The bundle has no generator: its devices run the base model.

            Examples:
              metanetwork import sasrec.safetensors --architecture sasrec.json --names map.json --vocabulary items.txt --out runs/films
              metanetwork import digits.safetensors --architecture cnn --classes 0,1,2,3,4,5,6,7,8,9 --out runs/digits
            """
    )

    @Argument(help: ArgumentHelp("The weights.", valueName: "file.safetensors"))
    var file: String

    @Option(help: ArgumentHelp("A JSON file, or a shipped model: bag, sasrec, gru4rec, din, cnn.", valueName: "model"))
    var architecture: String

    @Option(
        help: ArgumentHelp("How tensors are made of the file's, in JSON; leave it out where the names are the same.")
    )
    var names: String?

    @Option(
        help: ArgumentHelp(
            "Raw ids of the items in order of their rows from 1: one a line, or the vocabulary.tsv of a bundle.",
            valueName: "file"
        )
    )
    var vocabulary: String?

    @Option(help: ArgumentHelp("The classes that a model over vectors tells, with commas between them."))
    var classes: String?

    @Option(help: ArgumentHelp("What a model over vectors predicts, with commas between them.", valueName: "names"))
    var values: String?

    @Option(help: ArgumentHelp("Folder of the bundle to write; its name is the model's.", valueName: "folder"))
    var out: String

    @OptionGroup var output: OutputOptions

    /// What was made, as `--json` prints it.
    struct Summary: Encodable {
        let bundle: String
        let version: String
        let items: Int
        /// Tensors of the file that nothing was made of.
        let unused: [String]
    }

    func validate() throws {
        guard [vocabulary, classes, values].count(where: { $0 != nil }) == 1 else {
            throw ValidationError(
                "give one of --vocabulary (a model that ranks items), --classes and --values (models over vectors)"
            )
        }
    }

    func run() throws {
        let target = URL(fileURLWithPath: out)
        try ModelBundle.checkPlace(target)
        let source = try ArchitectureSource(architecture)
        let (manifest, files, unused) = try ModelBundle.imported(
            URL(fileURLWithPath: file),
            map(),
            as: source.architecture,
            itemNames: vocabulary.map { try ItemList.read(URL(fileURLWithPath: $0)) } ?? [],
            outputs: classes.map { BundleManifest.Outputs(kind: .classification, names: Self.list($0)) }
                ?? values.map { BundleManifest.Outputs(kind: .regression, names: Self.list($0)) },
            name: target.lastPathComponent
        )
        try BundleFolder.replace(target, with: files)
        let summary = Summary(bundle: out, version: manifest.version, items: manifest.items, unused: unused)
        if output.json { return try output.printJSON(summary) }
        guard !output.quiet else { return }
        if !unused.isEmpty { print("not used: \(unused.joined(separator: ", "))".printable) }
        print("bundle: \(out) (version \(manifest.version.prefix(12)))")
    }

    private func map() throws -> TensorMap {
        guard let names else { return TensorMap() }
        do {
            return try JSONDecoder().decode(TensorMap.self, from: AtomicFile.read(URL(fileURLWithPath: names)))
        } catch let error as DecodingError {
            throw DataError("\(names): \(error.message)")
        }
    }

    private static func list(_ text: String) -> [String] {
        text.split(separator: ",", omittingEmptySubsequences: false).map { $0.trimmingCharacters(in: .whitespaces) }
    }
}

/// The raw ids of a file in order.
enum ItemList {
    /// - Parameter url: A file with an id a line, or a bundle's vocabulary with the extension `tsv`.
    /// - Throws: `DataError` where it holds something else, or no id; `FileError`.
    static func read(_ url: URL) throws -> [String] {
        let data = try AtomicFile.read(url)
        let lines = String(decoding: data, as: UTF8.self).split(
            omittingEmptySubsequences: false,
            whereSeparator: \.isNewline
        )
        let count = lines.last?.isEmpty == true ? lines.count - 1 : lines.count
        guard count > 0 else { throw DataError("\(url.path) is empty; it needs the raw id of each item") }
        guard url.pathExtension.lowercased() != "tsv" else {
            do {
                return try data.withUnsafeBytes { try VocabularyFile.names(in: $0, count: count) }
            } catch let error as VocabularyFileError {
                throw DataError("\(url.path): \(error)")
            }
        }
        if let empty = lines.prefix(count).firstIndex(where: \.isEmpty) {
            throw DataError("\(url.path): line \(empty + 1) is empty; it needs the raw id of the item of that row")
        }
        return lines.prefix(count).map(String.init)
    }
}
