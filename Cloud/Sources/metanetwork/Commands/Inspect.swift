import ArgumentParser
import Foundation
import MetaNetwork
import MetaNetworkMarkup
import MetaNetworkPublishing
import MetaNetworkTraining
import MetaNetworkBundles
import MetaNetworkDevice
import MetaNetworkReports

/// `metanetwork inspect`: what a bundle holds.
struct Inspect: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show a bundle's model, sizes, metrics and settings; every digest and shape is checked.",
        discussion: "Example:\n  metanetwork inspect runs/movies"
    )

    @Argument(help: "Folder of the bundle.")
    var bundle: String

    @OptionGroup var output: OutputOptions

    func run() throws {
        let bundle = try ModelBundle(contentsOf: URL(fileURLWithPath: bundle))
        if output.json {
            return try output.printJSON(Inspected(manifest: bundle.manifest, provenance: bundle.provenance))
        }
        print(try Self.text(bundle).printable)
    }

    /// What `--json` prints: the members of the manifest and of the provenance side by side.
    private struct Inspected: Encodable {
        let manifest: BundleManifest
        let provenance: BundleProvenance

        func encode(to encoder: any Encoder) throws {
            try manifest.encode(to: encoder)
            try provenance.encode(to: encoder)
        }
    }

    private static func text(_ bundle: ModelBundle) throws -> String {
        let manifest = bundle.manifest
        let graph = try ModelGraph(manifest.architecture, itemCount: manifest.items)
        let trained = try bundle.trainedModel()
        let counts = trained.parameterCounts
        var lines = [
            "\(manifest.name), version \(manifest.version)",
            "  parameters     \(counts.fixed) static, \(counts.dynamic) dynamic, \(counts.generator) in the generator",
            "  one refresh    \(counts.dynamic * 2) bytes in half precision, \(counts.dynamic * 4) in single",
        ]
        let reads =
            if let outputs = manifest.outputs {
                [
                    "  reads          \(graph.inputDescription)",
                    "  gives          \(outputs.kind.rawValue): \(outputs.names.joined(separator: ", "))",
                ]
            } else {
                ["  items          \(manifest.items)", "  device window  \(graph.window)"]
                    + (graph.inputs.isEmpty ? [] : ["  reads          \(graph.inputDescription)"])
            }
        lines.insert(contentsOf: reads, at: 1)
        if let generator = manifest.generator {
            lines.append(
                "  generator      \(generator.form), window \(generator.window), width \(generator.width), "
                    + "rank \(generator.rank), encoder \(trained.encoderName ?? "none")"
            )
            if let help = generator.helps { lines.append("  help           \(help.text)") }
        }
        if let gate = bundle.gate {
            lines.append("  gate           intellectreq, \(gate.multiplyAdds) multiply-adds a decision")
        }
        if let switcher = bundle.switcher {
            lines.append("  switcher       dmd, \(switcher.multiplyAdds) multiply-adds a decision")
        }
        if let prompt = bundle.prompt { lines.append("  prompt         \(prompt.count) values, added to every input") }
        if let basis = bundle.basis {
            lines.append("  basis          of codes of \(basis.rank) values, which devices learn")
        }
        lines.append("architecture \(manifest.architecture.name)")
        lines += ArchitectureSummary(graph).nodes.map { "  \(ArchitectureSummary.line($0))" }
        lines.append("  * dynamic: its weights come from the generator")
        for (set, title) in [
            ("sampled", "sampled negatives"), ("full", "full catalogue"), ("devices", "held-out devices"),
            ("retrieval", "inputs found by their class"),
            ("test", "examples that no device has"), ("privacy", "privacy of a device"), ("training", "training"),
        ] {
            let values = bundle.provenance.metrics[set, default: [:]].sorted { $0.key < $1.key }
            guard !values.isEmpty else { continue }
            lines.append(title)
            lines += values.map { "  \($0.key)  \(Self.text($0.value))" }
        }
        lines.append("settings")
        lines += bundle.provenance.training.sorted { $0.key < $1.key }.map { "  \($0.key): \($0.value)" }
        lines.append("files")
        lines += manifest.files.sorted { $0.key < $1.key }.map { "  \($0.key)  \($0.value.bytes) bytes" }
        return lines.joined(separator: "\n")
    }

    /// Four digits, or as it is where they would say nothing.
    private static func text(_ value: Double) -> String {
        value != 0 && abs(value) < 0.001 ? "\(value)" : value.formatted(digits: 4)
    }
}
