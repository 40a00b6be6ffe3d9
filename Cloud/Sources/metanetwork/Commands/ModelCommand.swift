import ArgumentParser
import Foundation
import MetaNetwork
import MetaNetworkData
import MetaNetworkExperiments
import MetaNetworkReports
import MetaNetworkSettings

/// `metanetwork model`: architectures of one's own.
struct ModelCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "model",
        abstract: "Check and draw device models.",
        subcommands: [Check.self, Show.self, Schema.self]
    )

    /// What `check` and `show` are given.
    struct Source: ParsableArguments {
        @Argument(help: "A JSON file, the folder of a bundle, or a shipped model: sasrec, gru4rec, din, cnn.")
        var model: String

        @Flag(help: "It is a generator's head encoder: a JSON file, or gru, attention, transformer, set or set-spread.")
        var encoder = false

        @Option(help: "Items to count the weights for; a bundle has its own (default: 10000).")
        var items: Int?

        func graph() throws -> ModelGraph {
            let items = items ?? 10_000
            guard (1...Int(Int32.max) - 1).contains(items) else {
                throw ConfigurationError("'items' is \(items); it must be from 1 to \(Int32.max - 1)")
            }
            do {
                return encoder
                    ? try EncoderSource(model).graph(items: items) : try ArchitectureSource(model).graph(items: items)
            } catch let error as ArchitectureError {
                throw ConfigurationError("\(model): \(error)")
            }
        }
    }

    /// `metanetwork model check`.
    struct Check: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Check an architecture: every name, key and shape.",
            discussion: """
                Exit status 2 where something does not fit; the message names the node, what it got and what it expects.

                Examples:
                  metanetwork model check tiny.json
                  metanetwork model check tiny.json --items 1682 --json
                  metanetwork model check causal.json --encoder
                """
        )

        @OptionGroup var source: Source
        @OptionGroup var output: OutputOptions

        func run() throws {
            let summary = ArchitectureSummary(try source.graph())
            if output.json { return try output.printJSON(summary) }
            if !output.quiet { print(ModelCommand.verdict(summary)) }
        }
    }

    /// `metanetwork model show`.
    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show an architecture's nodes, or draw them.",
            discussion: """
                Examples:
                  metanetwork model show sasrec
                  metanetwork model show tiny.json --svg tiny.svg
                  metanetwork model show transformer --encoder
                """
        )

        @OptionGroup var source: Source
        @OptionGroup var output: OutputOptions

        @Option(help: ArgumentHelp("Draw the graph into this file, which browsers show.", valueName: "file"))
        var svg: String?

        func run() throws {
            let summary = ArchitectureSummary(try source.graph())
            if let svg {
                try AtomicFile.write(
                    Data(ArchitectureDrawing(summary).svg.utf8),
                    to: URL(fileURLWithPath: svg)
                )
            }
            if output.json { return try output.printJSON(summary) }
            if output.quiet { return }
            print(svg.map { "drawn: \($0)" } ?? ModelCommand.table(summary))
            let card = URL(fileURLWithPath: source.model).appendingPathComponent(BundleLayout.card)
            if FileManager.default.fileExists(atPath: card.path) { print("model card: \(card.path)") }
        }
    }

    /// `metanetwork model schema`.
    struct Schema: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print the JSON Schema of architectures, for editors that complete and check.",
            discussion: "Example:\n  metanetwork model schema > architecture.schema.json"
        )

        func run() { print(ArchitectureSource.schema, terminator: "") }
    }

    private static func verdict(_ summary: ArchitectureSummary) -> String {
        let counted = summary.items > 0 ? " with \(summary.items) items" : ""
        return "\(summary.name): ok, \(summary.nodes.count) nodes, \(summary.parameters.static) static and "
            + "\(summary.parameters.dynamic) dynamic weights\(counted), "
            + "\(summary.refreshBytes["f16"] ?? 0) bytes a refresh in half precision"
    }

    private static func table(_ summary: ArchitectureSummary) -> String {
        let rows = summary.nodes.map { node in
            [ArchitectureSummary.line(node), node.settings, node.weights > 0 ? "\(node.weights)" : ""]
        }
        return
            ([verdict(summary)] + summary.inputs.map { "  \($0.name): \($0.shape)" }
            + TextTable.aligned([["  node", "settings", "weights"]] + rows, right: [2])
            + ["  * dynamic: its weights come from the generator"]).joined(separator: "\n")
    }
}
