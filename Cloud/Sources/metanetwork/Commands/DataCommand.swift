import ArgumentParser
import Foundation
import MetaNetworkData
import MetaNetworkExperiments
import MetaNetworkMarkup
import MetaNetworkSettings

/// `metanetwork data`: named data sets, and a user's own file.
struct DataCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "data",
        abstract: "Fetch, check, convert, prepare and list data.",
        subcommands: [Fetch.self, Check.self, Convert.self, Prepare.self, List.self]
    )

    /// `metanetwork data fetch`.
    struct Fetch: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Fetch a public data set, digest checked.",
            discussion: "Example:\n  metanetwork data fetch ml-100k"
        )

        @Argument(help: "Name of the data set; see `metanetwork data list`.")
        var name: String

        @Option(
            help: ArgumentHelp("Folder for data (default: $METANETWORK_DATA, else ./data).", valueName: "directory")
        )
        var to: String?

        @OptionGroup var output: OutputOptions

        private struct Result: Encodable {
            let name: String
            let file: String
        }

        func run() throws {
            let directory = to.map { URL(fileURLWithPath: $0) } ?? DataCatalog.defaultDirectory
            let progress = output.progress
            progress.message("fetching \(name)")
            let file = try DataCatalog.fetch(name, to: directory) { error in
                progress.message("the profiles of \(name) could not be fetched, all else is there: \(error)")
            }
            if output.json { return try output.printJSON(Result(name: name, file: file.path)) }
            if !output.quiet { print("\(name): \(file.path)") }
        }
    }

    /// `metanetwork data list`.
    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the data sets that can be fetched by name.")

        @OptionGroup var output: OutputOptions

        private struct Entry: Encodable {
            let name: String
            let summary: String
            let license: String
            let source: String
            let directory: String?
            let isPresent: Bool
        }

        func run() throws {
            let entries = DataCatalog.all.map { entry in
                let directory = DataCatalog.directory(of: entry)
                return Entry(
                    name: entry.name,
                    summary: entry.summary,
                    license: entry.license,
                    source: entry.source,
                    directory: directory?.path,
                    isPresent: directory != nil
                )
            }
            if output.json { return try output.printJSON(entries) }
            for entry in entries {
                let place = entry.directory.map { "in \($0)" } ?? "metanetwork data fetch \(entry.name)"
                print("\(entry.name)  \(entry.summary)\n    \(entry.license)\n    \(entry.source)\n    \(place)")
            }
        }
    }
}
