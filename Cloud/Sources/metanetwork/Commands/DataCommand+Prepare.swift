import ArgumentParser
import Foundation
import MetaNetworkData
import MetaNetworkExperiments
import MetaNetworkServer

extension DataCommand {
    /// `metanetwork data prepare`.
    struct Prepare: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract:
                "Group a large log by user once, with DuckDB or Spark, for trainings that read it again and again.",
            discussion: """
                The folder has the names of items, most frequent first, those of users, each user's history in one of --parts, all of \
                Parquet, and manifest.json with their digests. It is trained on with --data prepared:FOLDER as on the file itself with a \
                --k-core of --least-events or more. DuckDB takes what does not fit into --memory to the disk.

                Beyond one machine --print-sql spark prints the query, and --seal counts what it wrote and adds the manifest.

                --out and --seal take s3://BUCKET/PREFIX too; what is prepared lies on this machine meanwhile.

                Examples:
                  metanetwork data prepare 'clicks/*.parquet' --user-column visitor --item-column page --time-column moment --out prepared
                  metanetwork data prepare clicks.csv --out prepared --least-events 10 --memory 16
                  metanetwork data prepare 'clicks/*.parquet' --out /lake/prepared --print-sql spark > prepare.sql
                  metanetwork data prepare --seal /lake/prepared
                  metanetwork data prepare clicks.csv --out s3://logs/movies
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
        @Option(help: ArgumentHelp("The folder to write, or s3://BUCKET/PREFIX.", valueName: "place")) var out: String?
        @Option(help: "Print the query for an engine, duckdb or spark, and run nothing.") var printSql:
            Preparation.Engine?
        @Option(
            help: ArgumentHelp("Add the manifest to what a printed query has written.", valueName: "place")
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
            // Its own files for what does not fit into memory are none that it could write there.
            guard printSql != .duckdb || out?.contains("://") != true else {
                throw ValidationError("DuckDB's query writes to a folder; give --out FOLDER, or --print-sql spark")
            }
        }

        private struct Result: Encodable {
            let folder: String
            let users: Int
            let items: Int
            let interactions: Int
        }

        func run() async throws {
            if let seal {
                let manifest =
                    if let objects = try objects(seal) { try await objects.seal(with: duckDB()) } else {
                        try Preparation.seal(URL(fileURLWithPath: seal), with: duckDB())
                    }
                return try show(manifest, seal)
            }
            guard let out else { preconditionFailure("`validate` asks for it") }
            let preparation = preparation
            if let printSql { return print(try preparation.query(printSql, to: Self.path(out))) }
            let objects = try objects(out)
            output.progress.message("preparing with DuckDB")
            let manifest =
                if let objects { try await objects.prepare(preparation, with: duckDB()) } else {
                    try preparation.run(to: URL(fileURLWithPath: out), with: duckDB())
                }
            try show(manifest, out)
        }

        private var preparation: Preparation {
            guard let files else { preconditionFailure("`validate` asks for them") }
            var preparation = Preparation(files)
            (preparation.user, preparation.item, preparation.time) = (userColumn, itemColumn, timeColumn)
            if let leastEvents { preparation.leastEvents = leastEvents }
            (preparation.parts, preparation.memory) = (parts, memory)
            preparation.threads = threads ?? ProcessInfo.processInfo.activeProcessorCount
            return preparation
        }

        /// The place, where it is none of this machine's.
        private func objects(_ text: String) throws -> PreparedObjects? {
            ObjectPlace.isAddress(text) ? PreparedObjects(try ObjectPlace(text), output.progress) : nil
        }

        /// What an engine is told of a place: the path, or the address as it is.
        private static func path(_ place: String) -> String {
            place.contains("://") ? place : URL(fileURLWithPath: place).path
        }

        private func duckDB() throws -> DuckDB {
            try DuckDB(environment: ProcessInfo.processInfo.environment, executable: Bundle.main.executableURL)
        }

        private func show(_ manifest: PreparedManifest, _ place: String) throws {
            let result = Result(
                folder: Self.path(place),
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
