import Foundation

/// DuckDB's command line, which runs queries over files that are larger than memory.
package struct DuckDB: Sendable {
    private let program: URL

    /// Finds the program on the PATH, or else where set-up has put it.
    ///
    /// - Throws: ``DataError`` where it is in neither.
    package init(environment: [String: String], executable: URL?) throws(DataError) {
        let folders = (environment["PATH"] ?? "").split(separator: ":").map { URL(fileURLWithPath: String($0)) }
        let places =
            folders.map { $0.appendingPathComponent("duckdb") }
            + [SetUpFile.find("duckdb/duckdb", dependencies: environment["METANETWORK_DEPS"], executable: executable)]
            .compactMap(\.self)
        guard let program = places.first(where: { FileManager.default.isExecutableFile(atPath: $0.path) }) else {
            throw DataError(
                "there is no duckdb on the PATH, nor in .deps; run `make setup`, or install DuckDB's command line (`python3 -m pip install "
                    + "duckdb-cli`)"
            )
        }
        self.program = program
    }

    /// Runs a query.
    ///
    /// - Parameter folder: Where there is room for the query, which is removed again.
    /// - Returns: Its results as CSV without headers.
    /// - Throws: ``DataError`` with DuckDB's reason.
    @discardableResult
    func run(_ query: String, in folder: URL) throws -> String {
        let file = folder.appendingPathComponent("query.sql")
        try AtomicFile.write(Data(query.utf8), to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let process = Process()
        process.executableURL = program
        // What a user's own start file says must not change what is prepared.
        process.arguments = ["-init", "/dev/null", "-bail", "-csv", "-noheader", "-f", file.path]
        let (output, errors) = (Pipe(), Pipe())
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = errors
        do {
            try process.run()
        } catch {
            throw DataError("\(program.path) cannot be started: \(error.localizedDescription)")
        }
        // One after the other: it writes less to its errors than a pipe holds.
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        let message = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            let lines = message.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
            let reason = lines.filter { !$0.isEmpty && !$0.hasPrefix("LINE ") && !$0.hasPrefix("^") }.prefix(3)
            let fix = message.contains("Out of Memory") ? "; give more --memory, or more --parts" : ""
            throw DataError("DuckDB: \(reason.joined(separator: " "))\(fix)")
        }
        return text
    }
}
