import ArgumentParser
import Foundation
import MetaNetworkData
import MetaNetworkExperiments
import MetaNetworkMarkup

extension DataCommand {
    /// `metanetwork data convert`.
    struct Convert: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write the interactions of a file in another format.",
            discussion: """
                User, item, rating, event and time are kept, times as seconds since 1970. The extension of the second file says the \
                format: .inter (RecBole), .csv, .tsv, .jsonl, each with or without .gz.

                Examples:
                  metanetwork data convert ratings.dat ml-1m.inter
                  metanetwork data convert dataset/ml-100k.inter ratings.jsonl.gz --min-rating 4
                """
        )

        @Argument(help: "The file to read, in one of the formats of docs/data.md, or - for standard input.")
        var file: String

        @Argument(help: "The file to write.")
        var target: String

        @OptionGroup var columns: ColumnOptions
        @OptionGroup var output: OutputOptions

        func run() throws {
            let progress = output.progress
            let url = try DataCatalog.resolve(file)
            let settings = try columns.settings()
            let conversion = try InteractionConversion(
                url,
                mapping: settings.mapping,
                filter: settings.filter,
                to: URL(fileURLWithPath: target),
                progress: progress.reading(url)
            )
            progress.finish()
            if output.json { return try output.printJSON(conversion) }
            guard !output.quiet else { return }
            let left = conversion.leftOut > 0 ? ", \(conversion.leftOut) left out" : ""
            print("\(target): \(conversion.interactions) interactions of \(conversion.format)\(left)".printable)
        }
    }
}
