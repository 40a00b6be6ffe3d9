import Foundation

/// The rows of a Parquet file as CSV with a header, piece by piece: Python's pyarrow reads the file and writes to a pipe.
///
/// Columns of lists and structures are left out. Memory: some 65,536 rows.
final class ParquetText {
    private let file: String
    private let python: PythonScript.Running

    private static let script = """
        import sys
        try:
            import pyarrow as pa, pyarrow.csv as csv, pyarrow.parquet as pq
        except ModuleNotFoundError:
            sys.exit(5)
        try:
            file = pq.ParquetFile(sys.argv[1])
            flat = pa.schema([field for field in file.schema_arrow if not pa.types.is_nested(field.type)])
            if not flat.names:
                sys.exit("ERROR it has no column of single values")
            plain = lambda type: pa.string() if pa.types.is_binary(type) or pa.types.is_large_binary(type) else (
                type.value_type if pa.types.is_dictionary(type) else type)
            schema = pa.schema([field.with_type(plain(field.type)) for field in flat])
            with csv.CSVWriter(sys.stdout.buffer, schema) as writer:
                for batch in file.iter_batches(columns=flat.names):
                    writer.write_table(pa.Table.from_batches([batch]).select(flat.names).cast(schema))
        except (pa.ArrowException, OSError) as error:
            sys.exit("ERROR " + str(error).splitlines()[0])
        """

    /// Whether a file begins as those of Parquet do.
    static func isParquet(_ start: some Collection<UInt8>) -> Bool { start.starts(with: Array("PAR1".utf8)) }

    /// - Throws: ``DataError`` where the file is a pipe, or there is no python3.
    init(_ url: URL) throws(DataError) {
        file = DataInput.name(url)
        let kind = try? FileManager.default.attributesOfItem(atPath: url.path)[.type] as? FileAttributeType
        guard kind == .typeRegular || kind == .typeSymbolicLink, url.path != DataInput.standardInput.path else {
            throw DataError(
                "\(file) is a file of Parquet, which is read from its end; give the file itself and no pipe"
            )
        }
        python = try PythonTable.script(Self.script).start([url.path])
    }

    deinit {
        if python.process.isRunning { python.process.terminate() }
    }

    /// The next bytes, at most so many; `nil` at the end.
    ///
    /// - Throws: ``DataError`` where the file is damaged, or pyarrow is missing.
    func next(upTo count: Int) throws(DataError) -> Data? {
        let piece: Data?
        do { piece = try python.output.fileHandleForReading.read(upToCount: count) } catch {
            throw DataError("\(file) cannot be read: \(error.localizedDescription)")
        }
        if let piece, !piece.isEmpty { return piece }
        let end = python.end()
        guard end.status == 0 else { throw PythonTable.error(file, end) }
        return nil
    }
}

/// What reading and writing Parquet takes: a python3 on the PATH, and pyarrow for it.
public enum ParquetSupport {
    /// Why Parquet can be neither read nor written.
    public struct Problem: Equatable, Sendable {
        /// What is missing.
        public let reason: String
        /// What to do.
        public let fix: String
    }

    /// What is missing; `nil` where Parquet can be read and written.
    ///
    /// - Complexity: Starts python3, which loads pyarrow: a second or so.
    public static func problem() -> Problem? {
        let script = "import sys\ntry:\n    import pyarrow.parquet\nexcept ModuleNotFoundError:\n    sys.exit(5)"
        guard let running = try? PythonTable.script(script).start([]) else {
            return Problem(reason: "python3 cannot be started", fix: "install python3 with pip, and run `make parquet`")
        }
        _ = running.output.fileHandleForReading.readDataToEndOfFile()
        let end = running.end()
        guard end.status != 0 else { return nil }
        return PythonTable.problem(end)
            ?? Problem(
                reason: "pyarrow cannot be loaded: \(end.reason)",
                fix: "run `python3 -m pip install --upgrade pyarrow`"
            )
    }
}

/// Scripts that read or write tables with pyarrow, and what to say when they cannot.
enum PythonTable {
    /// The packages of `make parquet`.
    private static var packages: URL? {
        let own = ProcessInfo.processInfo.environment["METANETWORK_DEPS"]
        return SetUpFile.find("pyarrow", dependencies: own, executable: Bundle.main.executableURL)
    }

    /// A script that finds the pyarrow of the user, or else that of `make parquet`.
    static func script(_ text: String) -> PythonScript { PythonScript(text: text, packages: packages) }

    private static var hasPackages: Bool {
        packages.map { FileManager.default.fileExists(atPath: $0.path) } ?? false
    }

    /// What a script that ended was lacking; `nil` where that is something else.
    static func problem(_ failure: PythonScript.Failure) -> ParquetSupport.Problem? {
        switch failure.status {
        case 127:
            .init(reason: "there is no python3 on the PATH", fix: "install python3 with pip, and run `make parquet`")
        case 5 where hasPackages:
            .init(
                reason: "python3 on the PATH has no pyarrow, and that of `make parquet` is for another Python",
                fix: "run `PYTHON=python3 make parquet`"
            )
        case 5:
            .init(
                reason: "python3 on the PATH has no pyarrow",
                fix: "run `make parquet`, or `python3 -m pip install pyarrow`"
            )
        default: nil
        }
    }

    static func error(_ file: String, _ failure: PythonScript.Failure) -> DataError {
        problem(failure).map { error(file, $0) }
            ?? DataError("\(file): pyarrow cannot read or write it: \(failure.reason.trimmingPrefix("ERROR "))")
    }

    static func error(_ file: String, _ problem: ParquetSupport.Problem) -> DataError {
        DataError("\(file): Parquet needs Python's pyarrow: \(problem.reason); \(problem.fix), or use CSV")
    }
}
