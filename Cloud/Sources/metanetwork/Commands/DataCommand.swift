import ArgumentParser
import Foundation
import MetaNetworkData
import MetaNetworkExperiments
import MetaNetworkMarkup
import MetaNetworkSettings

/// `metanetwork data`: named data sets and the check of a user's own file.
struct DataCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "data",
        abstract: "Fetch, check and list data.",
        subcommands: [Fetch.self, Check.self, List.self]
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

    /// `metanetwork data check`.
    struct Check: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Count what a file holds and list every malformed line with its fix.",
            discussion: """
                Exit status 2 where a line is malformed.

                Examples:
                  metanetwork data check clicks.csv --user-column visitor --item-column page
                  metanetwork data check data/ml-100k/ml-100k.inter
                """
        )

        @Argument(help: "The file: .inter, .csv, .tsv, or \"user item\" lines.")
        var file: String

        @OptionGroup var columns: ColumnOptions
        @OptionGroup var output: OutputOptions

        func run() throws {
            let progress = output.progress
            let url = try DataCatalog.resolve(file)
            let check = try DataCheck(
                url,
                mapping: .init(
                    user: columns.userColumn?.text,
                    item: columns.itemColumn?.text,
                    time: columns.timeColumn?.text
                ),
                progress: progress.reading(url)
            )
            progress.finish()
            if output.json { try output.printJSON(check) } else { print(Self.text(check, url).printable) }
            if check.problemCount > 0 { throw ExitStatus.badData }
        }

        private static func text(_ check: DataCheck, _ url: URL) -> String {
            var lines = [
                "\(url.path): \(check.lines) lines",
                "  interactions  \(check.interactions)  (\(check.repeats) repeats of a user's earlier item)",
                "  users         \(check.users)",
                "  items         \(check.items)",
            ]
            if let span = check.timeSpan {
                let dates = span.map { Date(timeIntervalSince1970: $0).formatted(.iso8601) }
                lines.append("  time          \(dates[0]) to \(dates[1])")
            } else {
                lines.append("  time          none: lines are taken in their order, all of them; no split by time")
            }
            if let share = check.sameTime {
                lines.append(
                    "  same time     \((100 * share).formatted(digits: 1)) % of a user's neighbouring "
                        + "interactions; their order is the file's"
                )
            }
            lines += check.cores.map { core in
                "  \(core.k)-core".padding(toLength: 16, withPad: " ", startingAt: 0)
                    + "\(core.users) users, \(core.items) items, \(core.interactions) interactions"
            }
            lines.append(check.problemCount == 0 ? "no malformed line" : "\(check.problemCount) malformed line(s):")
            lines += check.problems.map { "  \($0)" }
            if check.problemCount > check.problems.count {
                lines.append("  … the first \(check.problems.count) of them")
            }
            return lines.joined(separator: "\n")
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
