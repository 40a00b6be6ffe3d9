import ArgumentParser
import Foundation
import MetaNetworkData
import MetaNetworkExperiments
import MetaNetworkMarkup

extension DataCommand {
    /// `metanetwork data check`.
    struct Check: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Count what a file holds and list every malformed line with its fix.",
            discussion: """
                Exit status 2 where a line is malformed.

                Examples:
                  metanetwork data check clicks.csv --user-column visitor --item-column page
                  metanetwork data check data/ml-100k/ml-100k.inter
                  metanetwork data check u.data --min-rating 4
                  zstd -dc events.csv.zst | metanetwork data check -
                """
        )

        @Argument(
            help: "The file, in one of the formats of docs/data.md; a folder of RecBole's; or - for standard input."
        )
        var file: String

        @OptionGroup var columns: ColumnOptions
        @OptionGroup var output: OutputOptions

        func run() throws {
            let progress = output.progress
            let url = try DataCatalog.resolve(file)
            let settings = try columns.settings()
            let check = try DataCheck(
                url,
                mapping: settings.mapping,
                filter: settings.filter,
                progress: progress.reading(url)
            )
            progress.finish()
            if output.json {
                try output.printJSON(check)
            } else {
                print(Self.text(check, file == "-" ? "standard input" : url.path).printable)
            }
            if check.problemCount > 0 { throw ExitStatus.badData }
        }

        private static func text(_ check: DataCheck, _ file: String) -> String {
            var lines = [
                "\(file): \(check.lines) lines",
                "  format        \(check.format)",
                "  columns       \(check.roles)",
                "  interactions  \(check.interactions)  (\(check.repeats) repeats of a user's earlier item)",
                "  users         \(check.users)",
                "  items         \(check.items)",
            ]
            if check.leftOut > 0 { lines.append("  left out      \(check.leftOut) by --min-rating or --event-types") }
            if !check.parts.isEmpty {
                let parts = Part.allCases.map { "\(check.parts[$0.rawValue, default: 0]) \($0.rawValue)" }
                lines.append("  split         \(parts.joined(separator: ", "))")
            }
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
}

extension DataCheck {
    /// What the columns hold, with their names.
    fileprivate var roles: String {
        ["user", "item", "time", "rating", "event"].compactMap { role in columns[role].map { "\(role) '\($0)'" } }
            .joined(separator: ", ")
    }
}
