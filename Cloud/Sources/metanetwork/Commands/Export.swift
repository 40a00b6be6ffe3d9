import ArgumentParser
import Foundation
import MetaNetwork
import MetaNetworkBundles
import MetaNetworkExperiments
import MetaNetworkPublishing
import MetaNetworkSettings

/// `metanetwork export`: a bundle for another runtime.
struct Export: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write a bundle as ONNX: the device model and, in a second file, the generator.",
        discussion: """
            The dynamic weights are inputs of the device model, named as in the bundle (user.weight, user.bias); where they \
            are not fed it runs as the base model. The generator reads recent samples of one device and gives the weights \
            under the same names. Its file has `.generator` before the extension: movies.generator.onnx.

            Examples:
              metanetwork export runs/movies --onnx runs/movies.onnx
              metanetwork export runs/movies --onnx runs/movies.onnx --json
            """
    )

    @Argument(help: "Folder of the bundle.")
    var bundle: String

    @Option(help: ArgumentHelp("File of the device model; its folder is made.", valueName: "file"))
    var onnx: String

    @OptionGroup var output: OutputOptions

    /// What `--json` prints.
    private struct Exported: Encodable {
        let model: String
        let version: String
        let files: [ONNXExport.File]
    }

    func validate() throws {
        let name = onnx.split(separator: "/", omittingEmptySubsequences: false).last.map(String.init) ?? ""
        guard !["", ".", "..", ".onnx"].contains(name) else {
            throw ValidationError("--onnx '\(onnx)' names no file; give one, for example movies.onnx")
        }
    }

    func run() throws {
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
