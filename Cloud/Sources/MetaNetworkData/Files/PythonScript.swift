import Foundation

/// A script for the python3 on the PATH.
struct PythonScript {
    /// The script.
    let text: String
    /// Whether it sees neither the user's packages nor variables.
    var isIsolated = false
    /// A folder of packages, which it finds behind the user's own; one that is not there is passed over.
    var packages: URL?

    /// Stands before a script: modules of the working folder, which lie beside somebody's data, are not imported.
    private static let prologue = "import sys\nsys.path[:] = [place for place in sys.path if place]\n"
    /// Behind that, where there are packages; their folder is the first argument.
    private static let packagesPrologue = "sys.path.append(sys.argv.pop(1))\n"

    /// A python3 that runs the script.
    struct Running {
        let process: Process
        /// Its standard output.
        let output: Pipe
        fileprivate let errors: Pipe

        /// Waits for the end, once its output was read to the end.
        ///
        /// - Returns: How it ended; with status 0 well, and 127 where there is no python3.
        func end() -> Failure {
            // One after the other: a script writes less to its errors than a pipe holds.
            let message = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            process.waitUntilExit()
            let status = process.terminationStatus
            guard !message.isEmpty || process.terminationReason != .uncaughtSignal else {
                return Failure(status: status, reason: "python3 was ended by signal \(status)")
            }
            return Failure(status: status, reason: PythonScript.reason(message))
        }
    }

    /// How a script ended that did not give its outputs.
    struct Failure: Error {
        let status: Int32
        /// The line of its errors that says most.
        let reason: String
    }

    /// Starts the script.
    ///
    /// - Parameters:
    ///   - arguments: What it finds in `sys.argv`.
    ///   - input: Its standard input.
    ///   - environment: What it finds in its environment, the PATH that python3 is looked for in included; `nil` for this process's own.
    /// - Throws: ``DataError`` where nothing can be started.
    func start(
        _ arguments: [String],
        input: FileHandle = .nullDevice,
        environment: [String: String]? = nil
    ) throws(DataError) -> Running {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        let (begin, folder) = packages.map { (Self.prologue + Self.packagesPrologue, [$0.path]) } ?? (Self.prologue, [])
        process.arguments = ["python3"] + (isIsolated ? ["-I"] : []) + ["-B", "-c", begin + text] + folder + arguments
        if let environment { process.environment = environment }
        let (output, errors) = (Pipe(), Pipe())
        process.standardInput = input
        process.standardOutput = output
        process.standardError = errors
        do {
            try process.run()
        } catch {
            throw DataError("python3 cannot be started: \(error.localizedDescription); install python3 with pip")
        }
        return Running(process: process, output: output, errors: errors)
    }

    /// Runs the script, which writes each of its outputs after its length in 8 bytes, least significant first.
    ///
    /// - Parameters:
    ///   - arguments: What it finds in `sys.argv`.
    ///   - input: What it reads from standard input.
    ///   - count: How many outputs it gives.
    ///   - environment: What it finds in its environment, the PATH that python3 is looked for in included.
    /// - Throws: ``DataError`` where there is no python3, or no room for the input.
    func run(
        arguments: [String] = [],
        input: Data = Data(),
        outputs count: Int,
        environment: [String: String]
    ) throws(DataError) -> Result<[Data], Failure> {
        let running = try start(arguments, input: Self.handle(input), environment: environment)
        let data = running.output.fileHandleForReading.readDataToEndOfFile()
        let end = running.end()
        guard end.status != 127 else {
            throw DataError("there is no python3 on the PATH; install python3 with pip, then try again")
        }
        guard end.status == 0, let contents = Self.split(data, count) else { return .failure(end) }
        return .success(contents)
    }

    /// The input as a file without a name: a pipe to a script that ends early would end this process too.
    private static func handle(_ input: Data) throws(DataError) -> FileHandle {
        guard !input.isEmpty else { return FileHandle.nullDevice }
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("metanetwork-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: url) }
        do {
            try input.write(to: url)
            return try FileHandle(forReadingFrom: url)
        } catch {
            throw DataError(
                "\(url.path) cannot be written: \(error.localizedDescription); set TMPDIR to a folder with "
                    + "\((input.count >> 20) + 1) MiB free"
            )
        }
    }

    /// The line of a script's errors that says most.
    private static func reason(_ message: String) -> String {
        let lines = message.split(separator: "\n")
        return (lines.last { $0.hasPrefix("ERROR") } ?? lines.last).map(String.init) ?? "no reason was given"
    }

    /// Takes apart what the script wrote; `nil` where it was cut off.
    private static func split(_ data: Data, _ count: Int) -> [Data]? {
        var rest = data
        var contents: [Data] = []
        for _ in 0..<count {
            guard rest.count >= 8 else { return nil }
            let length = rest.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
            rest = rest.dropFirst(8)
            guard (0...rest.count).contains(length) else { return nil }
            contents.append(Data(rest.prefix(length)))
            rest = rest.dropFirst(length)
        }
        return rest.isEmpty ? contents : nil
    }
}
