import Foundation

/// Interactions grouped by user in files of Parquet, by a query that DuckDB runs on one machine, or Spark on many.
package struct Preparation: Sendable {
    /// Where the query runs.
    package enum Engine: String, CaseIterable, Sendable { case duckdb, spark }

    /// The file, or files as `clicks/*.parquet`: Parquet, CSV with a header, or JSON Lines; packed or not.
    package var source: String
    /// Names of the columns.
    package var user = "user_id"
    package var item = "item_id"
    package var time = "timestamp"
    /// Fewest events of a user, and then of an item, that are kept, counted once each.
    package var leastEvents = 5
    /// Number of parts that users are dealt to.
    package var parts = 16
    /// GiB that DuckDB may use; what does not fit goes to the disk.
    package var memory = 4
    /// Threads that DuckDB may use.
    package var threads = 2

    /// Prepares a source.
    package init(_ source: String) { self.source = source }

    /// The query.
    ///
    /// - Parameters:
    ///   - engine: In whose words.
    ///   - place: Where its results go: the path of a folder, or an address that the engine knows.
    /// - Throws: ``DataError`` where the source is of no format that it reads.
    package func query(_ engine: Engine, to place: String) throws(DataError) -> String {
        let name = { Self.quoted($0, engine == .duckdb ? "\"" : "`") }
        let path = { (file: String) in Self.quoted("\(place)/\(file)", "'") }
        let values = [
            "source": try engine == .duckdb ? duckDBSource : sparkSource,
            "user": name(user), "item": name(item), "time": name(time), "least": "\(leastEvents)", "parts": "\(parts)",
            "memory": Self.quoted("\(memory)GiB", "'"), "threads": "\(threads)", "temporary": path("temporary"),
            "items": path(PreparedManifest.itemsFile), "users": path(PreparedManifest.usersFile),
            "histories": path(PreparedManifest.historiesFolder),
            "types": engine == .duckdb ? Self.duckDBTypes : Self.sparkTypes,
        ]
        guard engine == .duckdb else { return Self.filled(EmbeddedTexts.spark_sql, values) }
        return (0..<parts).reduce(Self.filled(EmbeddedTexts.duckdb_sql, values)) { query, part in
            let digits = String(part)
            let number = String(repeating: "0", count: max(0, 4 - digits.count)) + digits
            let file = path("\(PreparedManifest.historiesFolder)/part-\(number).parquet")
            return query + Self.filled(EmbeddedTexts.duckdb_part_sql, ["part": digits, "history": file])
        }
    }

    /// Types of ids that are the same text everywhere, as regular expressions.
    private static let duckDBTypes = "VARCHAR|UUID|U?(TINY|SMALL|BIG|HUGE)INT|U?INTEGER|ENUM.*"
    private static let sparkTypes = "string|tinyint|smallint|int|bigint"

    /// A query with values in its places.
    private static func filled(_ query: String, _ values: [String: String]) -> String {
        query.replacing(/\{([a-z]+)\}/) { match in
            guard let value = values[String(match.output.1)] else {
                preconditionFailure("the query has a place without a value: \(match.output.1)")
            }
            return value
        }
    }

    /// Runs the query in DuckDB.
    ///
    /// - Parameters:
    ///   - folder: Where the results go; it must not be there yet. They are beside it until they are whole.
    ///   - duckDB: The program.
    /// - Returns: What was prepared.
    /// - Throws: ``DataError`` with DuckDB's reason, ``FileError`` where there is no room.
    package func run(to folder: URL, with duckDB: DuckDB) throws -> PreparedManifest {
        guard !FileManager.default.fileExists(atPath: folder.path) else {
            throw DataError("\(folder.path) is there already; remove it, or name another folder")
        }
        // Two that prepare to one folder must not take each other's files.
        let partial = folder.deletingLastPathComponent()
            .appendingPathComponent(".\(folder.lastPathComponent).partial-\(UUID().uuidString)")
        do {
            try FileManager.default.createDirectory(
                at: partial.appendingPathComponent(PreparedManifest.historiesFolder),
                withIntermediateDirectories: true
            )
        } catch {
            throw FileError(path: partial.path, action: "write", underlying: error)
        }
        defer { try? FileManager.default.removeItem(at: partial) }
        try duckDB.run(query(.duckdb, to: partial.path), in: partial)
        try? FileManager.default.removeItem(at: partial.appendingPathComponent("temporary"))
        let manifest = try Self.seal(partial, with: duckDB)
        do {
            try FileManager.default.moveItem(at: partial, to: folder)
        } catch {
            throw FileError(path: folder.path, action: "write", underlying: error)
        }
        return manifest
    }

    /// Counts what a query wrote to a folder, and writes the manifest, last.
    ///
    /// - Throws: ``DataError`` where the folder lacks a file, or DuckDB cannot read one.
    package static func seal(_ folder: URL, with duckDB: DuckDB) throws -> PreparedManifest {
        let files = try PreparedManifest.files(in: folder)
        let table: (String) -> String = { name in
            let paths = PreparedManifest.files(of: name, among: files)
                .map { quoted(folder.appendingPathComponent($0).path, "'") }
            return "read_parquet([\(paths.joined(separator: ", "))])"
        }
        let counts = try duckDB.run(
            """
            SELECT count(*), coalesce(sum(len(items)), 0), (SELECT count(*) FROM \(table(PreparedManifest.itemsFile))),
                (SELECT max(least_events) FROM \(table(PreparedManifest.usersFile)))
            FROM \(table(PreparedManifest.historiesFolder));
            """,
            in: folder
        ).split(separator: "\n").last?.split(separator: ",").compactMap { Int($0) }
        guard let counts, counts.count == 4 else {
            throw DataError("\(folder.path) has no histories and items that DuckDB can count; prepare it again")
        }
        let manifest = PreparedManifest(
            users: counts[0],
            items: counts[2],
            interactions: counts[1],
            leastEvents: counts[3],
            files: files
        )
        try manifest.write(to: folder)
        return manifest
    }

    private var duckDBSource: String {
        get throws(DataError) {
            let text = Self.quoted(source, "'")
            return switch try format {
            case .parquet: "read_parquet(\(text))"
            case .csv: "read_csv(\(text), header = true, all_varchar = true)"
            // As they are written: DuckDB would take ids for dates and UUIDs, and write them otherwise.
            case .json:
                "read_json(\(text), format = 'newline_delimited', columns = {\(textColumns)})"
            }
        }
    }

    private var sparkSource: String {
        get throws(DataError) {
            let path = "path \(Self.quoted(source, "'"))"
            return switch try format {
            case .parquet: "USING parquet OPTIONS (\(path))"
            case .csv: "USING csv OPTIONS (\(path), header 'true')"
            case .json: "USING json OPTIONS (\(path), primitivesAsString 'true')"
            }
        }
    }

    private var textColumns: String {
        [user, item, time].map { "\(Self.quoted($0, "'")): 'VARCHAR'" }.joined(separator: ", ")
    }

    private enum Format { case parquet, csv, json }

    private var format: Format {
        get throws(DataError) {
            var name = source.lowercased()
            for suffix in [".gz", ".zst"] where name.hasSuffix(suffix) { name.removeLast(suffix.count) }
            for (suffix, format) in Self.formats where name.hasSuffix(suffix) { return format }
            throw DataError(
                "\(source) is neither .parquet nor .csv, .tsv or .jsonl (.gz and .zst too); `metanetwork data convert` makes one of other formats"
            )
        }
    }

    private static let formats: [(String, Format)] = [
        (".parquet", .parquet), (".csv", .csv), (".tsv", .csv), (".jsonl", .json), (".ndjson", .json),
    ]

    private static func quoted(_ text: String, _ quote: String) -> String {
        quote + text.replacing(quote, with: quote + quote) + quote
    }
}
