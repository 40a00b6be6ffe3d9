import ArgumentParser
import Foundation
import MetaNetworkData
import MetaNetworkExperiments

extension DataCommand {
    /// `metanetwork data prepare`.
    struct Prepare: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract:
                "Group a large log by user once, with DuckDB or Spark, for trainings that read it again and again.",
            discussion: """
                The folder has the names of items, most frequent first, those of users, each user's history in one of --parts, all of \
                Parquet, and manifest.json with their digests. It is trained on with --data prepared:FOLDER as on the file itself with a \
                --k-core of --least-events or more. DuckDB takes what does not fit into --memory to the disk.

                Beyond one machine --print-sql spark prints the query, and --seal counts what it wrote and adds the manifest.

                Examples:
                  metanetwork data prepare 'clicks/*.parquet' --user-column visitor --item-column page --time-column moment --out prepared
                  metanetwork data prepare clicks.csv --out prepared --least-events 10 --memory 16
                  metanetwork data prepare 'clicks/*.parquet' --out /lake/prepared --print-sql spark > prepare.sql
                  metanetwork data prepare --seal /lake/prepared
                """
        )

        @Argument(
            help: "The files: Parquet, CSV or TSV with a header, or JSON Lines; .gz and .zst too. * stands for several."
        )
        var files: String?

        @Option(help: "Column of the users.") var userColumn = "user_id"
        @Option(help: "Column of the items.") var itemColumn = "item_id"
        @Option(help: "Column of the times, in seconds since 1970 or as dates.") var timeColumn = "timestamp"
        @Option(help: "Fewest events of a user, and then of an item, that are kept (default: 5).") var leastEvents: Int?
        @Option(help: "Number of parts that users are dealt to.") var parts = 16
        @Option(help: "GiB that DuckDB may use.") var memory = 4
        @Option(help: "Threads that DuckDB may use (default: all cores).") var threads: Int?
        @Option(help: ArgumentHelp("The folder to write.", valueName: "folder")) var out: String?
        @Option(help: "Print the query for an engine, duckdb or spark, and run nothing.") var printSql:
            Preparation.Engine?
        @Option(
            help: ArgumentHelp("Add the manifest to a folder that a printed query has written.", valueName: "folder")
        )
        var seal: String?

        @OptionGroup var output: OutputOptions

        func validate() throws {
            guard leastEvents.map({ $0 >= 1 }) ?? true, parts >= 1, memory >= 1, threads.map({ $0 >= 1 }) ?? true else {
                throw ValidationError("--least-events, --parts, --memory and --threads are 1 or more")
            }
            guard (seal == nil) == (files != nil && out != nil), seal == nil || leastEvents == nil else {
                throw ValidationError("give FILES and --out FOLDER, or --seal FOLDER alone")
            }
        }

        private struct Result: Encodable {
            let folder: String
            let users: Int
            let items: Int
            let interactions: Int
        }

        func run() throws {
            if let seal {
                let folder = URL(fileURLWithPath: seal)
                return try show(Preparation.seal(folder, with: duckDB()), folder)
            }
            guard let files, let out else { preconditionFailure("`validate` asks for both") }
            var preparation = Preparation(files)
            (preparation.user, preparation.item, preparation.time) = (userColumn, itemColumn, timeColumn)
            if let leastEvents { preparation.leastEvents = leastEvents }
            (preparation.parts, preparation.memory) = (parts, memory)
            preparation.threads = threads ?? ProcessInfo.processInfo.activeProcessorCount
            let folder = URL(fileURLWithPath: out)
            if let printSql { return print(try preparation.query(printSql, to: folder)) }
            output.progress.message("preparing with DuckDB")
            try show(preparation.run(to: folder, with: duckDB()), folder)
        }

        private func duckDB() throws -> DuckDB {
            try DuckDB(environment: ProcessInfo.processInfo.environment, executable: Bundle.main.executableURL)
        }

        private func show(_ manifest: PreparedManifest, _ folder: URL) throws {
            let result = Result(
                folder: folder.path,
                users: manifest.users,
                items: manifest.items,
                interactions: manifest.interactions
            )
            if output.json { return try output.printJSON(result) }
            guard !output.quiet else { return }
            print(
                "\(result.folder): \(result.interactions) interactions of \(result.users) users with \(result.items) items"
            )
        }
    }
}

extension Preparation.Engine: ExpressibleByArgument {}
