import Foundation

/// A Parquet file that Python's pyarrow makes of text that was written aside; there as a whole or not at all.
struct ParquetTarget {
    private let url: URL
    /// Where the text goes, as CSV with a header.
    let text: URL

    private static let script = """
        import json, sys
        try:
            import pyarrow as pa, pyarrow.csv as csv, pyarrow.parquet as pq
        except ModuleNotFoundError:
            sys.exit(5)
        source, target, types = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
        options = csv.ConvertOptions(column_types={name: pa.type_for_alias(type) for name, type in types.items()},
                                     null_values=[""], strings_can_be_null=True, quoted_strings_can_be_null=False)
        try:
            reader = csv.open_csv(source, parse_options=csv.ParseOptions(newlines_in_values=True), convert_options=options)
            with pq.ParquetWriter(target, reader.schema, compression="zstd") as writer:
                for batch in reader:
                    writer.write_batch(batch)
        except (pa.ArrowException, OSError) as error:
            sys.exit("ERROR " + str(error).splitlines()[0])
        """

    init(_ url: URL) {
        self.url = url
        text = url.deletingLastPathComponent().appendingPathComponent(
            ".\(url.lastPathComponent).\(UUID().uuidString).csv"
        )
    }

    /// Says that there is no pyarrow, before hours of work.
    ///
    /// - Throws: ``DataError``.
    func check() throws(DataError) {
        if let problem = ParquetSupport.problem() { throw PythonTable.error(url.path, problem) }
    }

    /// Makes the file of the text, and removes that.
    ///
    /// - Parameter types: Arrow's names of the columns' types.
    /// - Throws: ``DataError`` where it cannot be made, ``FileError`` where it cannot be put in its place.
    func finish(_ types: [String: String]) throws {
        let fresh = text.deletingPathExtension().appendingPathExtension("parquet")
        defer { for file in [text, fresh] { try? FileManager.default.removeItem(at: file) } }
        let names = String(decoding: try JSONEncoder().encode(types), as: UTF8.self)
        let outcome = try PythonTable.script(Self.script).run(
            arguments: [text.path, fresh.path, names],
            outputs: 0,
            environment: ProcessInfo.processInfo.environment
        )
        if case .failure(let failure) = outcome { throw PythonTable.error(url.path, failure) }
        guard rename(fresh.path, url.path) == 0 else {
            throw FileError(path: url.path, action: "write", reason: String(cString: strerror(errno)))
        }
    }
}
