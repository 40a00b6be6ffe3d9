import ArgumentParser
import Foundation
import MetaNetwork
import MetaNetworkBundles
import MetaNetworkData
import MetaNetworkServer

/// `metanetwork items`: what a published model can rank.
struct ItemsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "items",
        abstract: "The items that a bundle ranks.",
        subcommands: [Add.self]
    )

    /// `metanetwork items add`: new items, without training anew.
    struct Add: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Add items that nobody chose yet to a bundle, by their content.",
            discussion: """
                The bundle was trained with --item-vectors, which taught it where an item ranks by its content. Vectors are made as those \
                were, and have the same width. Items that the bundle has already stay as they are; the others get its next indices. The \
                version changes; of the files only those that have a row for each item do.

                Examples:
                  metanetwork train --data ml-100k --item-vectors films.csv --out runs/movies
                  metanetwork items add runs/movies --item-vectors new.csv --out runs/more/movies
                  metanetwork publish runs/more/movies --registry registry --publisher-key keys/publisher
                """
        )

        @Argument(help: "Folder of the bundle.")
        var bundle: String

        @Option(
            help: ArgumentHelp(
                "Content of items: .safetensors with a tensor for each raw id, or .csv or .tsv with a header, an id and numbers.",
                valueName: "file"
            )
        )
        var itemVectors: String

        @Option(help: ArgumentHelp("Folder of the bundle to write; its name is the model's.", valueName: "folder"))
        var out: String

        @OptionGroup var output: OutputOptions

        /// What was done, as `--json` prints it.
        struct Summary: Encodable {
            let bundle: String
            let version: String
            let items: Int
            let added: Int
        }

        func run() throws {
            let target = URL(fileURLWithPath: out)
            try ModelBundle.checkPlace(target)
            let contents = try BundleContents(contentsOf: URL(fileURLWithPath: bundle))
            guard target.lastPathComponent == contents.manifest.name else {
                throw ValidationError(
                    "--out names the model '\(target.lastPathComponent)', the bundle is of '\(contents.manifest.name)'; end the path with that name"
                )
            }
            let vectors = try ItemVectors(contentsOf: URL(fileURLWithPath: itemVectors))
            if let note = vectors.note { output.progress.message(note) }
            let (manifest, files, added) = try ModelBundle.adding(vectors, to: contents.files)
            try BundleFolder.replace(target, with: files)
            let summary = Summary(bundle: out, version: manifest.version, items: manifest.items, added: added)
            if output.json { return try output.printJSON(summary) }
            guard !output.quiet else { return }
            print("\(out): \(added) items added, \(manifest.items) in all (version \(manifest.version.prefix(12)))")
        }
    }
}
