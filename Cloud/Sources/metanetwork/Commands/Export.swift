import ArgumentParser
import Foundation
import MetaNetwork
import MetaNetworkBundles
import MetaNetworkData
import MetaNetworkExperiments
import MetaNetworkMarkup
import MetaNetworkPublishing
import MetaNetworkSettings

/// `metanetwork export`: a bundle for another runtime.
struct Export: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write a bundle as ONNX, or a user's personal layers as an adapter (LoRA).",
        discussion: """
            The dynamic weights are inputs of the device model, named as in the bundle (user.weight, user.bias); where they \
            are not fed it runs as the base model. The generator reads recent samples of one device and gives the weights \
            under the same names. Its file has `.generator` before the extension: movies.generator.onnx.

            A bundle that was trained with --generator lowrank has an adapter for each history, in the files that PEFT reads: \
            adapter_config.json and adapter_model.safetensors (docs/onnx.md).

            Examples:
              metanetwork export runs/movies --onnx runs/movies.onnx
              metanetwork export runs/movies --onnx runs/movies.onnx --json
              metanetwork export runs/movies --adapter runs/adapter --history 50,181,172
            """
    )

    @Argument(help: "Folder of the bundle.")
    var bundle: String

    @Option(help: ArgumentHelp("File of the device model; its folder is made.", valueName: "file"))
    var onnx: String?

    @Option(help: ArgumentHelp("Folder for the adapter of --history; what is there is replaced.", valueName: "folder"))
    var adapter: String?

    @Option(help: ArgumentHelp("Raw ids of recent items, oldest first, with commas between them.", valueName: "ids"))
    var history: String?

    @OptionGroup var output: OutputOptions

    /// What `--json` prints.
    private struct Exported: Encodable {
        let model: String
        let version: String
        let files: [ONNXExport.File]
    }

    func validate() throws {
        guard (onnx == nil) != (adapter == nil) else { throw ValidationError("give --onnx or --adapter") }
        guard (adapter == nil) == (history == nil) else {
            throw ValidationError("--adapter and --history belong together: an adapter is made of a history")
        }
        guard let onnx else { return }
        let name = onnx.split(separator: "/", omittingEmptySubsequences: false).last.map(String.init) ?? ""
        guard !["", ".", "..", ".onnx"].contains(name) else {
            throw ValidationError("--onnx '\(onnx)' names no file; give one, for example movies.onnx")
        }
    }

    func run() throws {
        if let onnx { try writeONNX(onnx) }
        if let adapter, let history { try writeAdapter(URL(fileURLWithPath: adapter), history) }
    }

    private func writeAdapter(_ folder: URL, _ history: String) throws {
        struct Summary: Encodable {
            let layers: [String]
            let rank: Int
            let files: [String]
        }
        let bundle = try ModelBundle(contentsOf: URL(fileURLWithPath: bundle))
        let items = history.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
        let adapter = try bundle.adapter(history: items)
        let files = try adapter.files(base: bundle.manifest.name)
        for (name, data) in files.sorted(by: { $0.key < $1.key }) {
            try AtomicFile.write(data, to: folder.appendingPathComponent(name))
        }
        if output.json {
            let paths = files.keys.sorted().map { folder.appendingPathComponent($0).path }
            return try output.printJSON(Summary(layers: adapter.layers, rank: adapter.rank, files: paths))
        }
        print("\(folder.path): adapter of rank \(adapter.rank) for \(adapter.layers.joined(separator: ", "))".printable)
    }

    private func writeONNX(_ onnx: String) throws {
        let url = URL(fileURLWithPath: onnx)
        var isFolder: ObjCBool = false
        if FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder), isFolder.boolValue {
            throw ConfigurationError("--onnx: \(onnx) is a folder; name a file in it, for example \(onnx)/movies.onnx")
        }
        let bundle = try ModelBundle(contentsOf: URL(fileURLWithPath: bundle))
        let files = try ONNXExport(bundle).write(to: url)
        let manifest = bundle.manifest
        if output.json {
            let exported = Exported(model: manifest.name, version: manifest.version, files: files)
            return try output.printJSON(exported)
        }
        print("\(manifest.name), version \(manifest.version)")
        for file in files { print(Self.text(file)) }
        if manifest.generator == nil { print("no generator: the bundle has none, so its devices run the base model") }
    }

    private static func text(_ file: ONNXExport.File) -> String {
        func list(_ values: [ONNXModel.Value]) -> String { values.map(\.description).joined(separator: ", ") }
        var lines = [
            "\(file.part.rawValue): \(file.path), \(file.bytes) bytes",
            "  reads     \(list(file.inputs.filter { !$0.isOptional }))",
        ]
        let optional = file.inputs.filter(\.isOptional)
        if !optional.isEmpty { lines.append("  may read  \(list(optional))") }
        lines.append("  gives     \(list(file.outputs))")
        return lines.joined(separator: "\n")
    }
}
