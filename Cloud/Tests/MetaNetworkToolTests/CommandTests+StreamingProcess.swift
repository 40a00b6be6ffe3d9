import Foundation
import Testing

/// The process of Python's that reads parts for `train --stream`.
extension CommandTests {
    private static let packages = URL(fileURLWithPath: #filePath)
        .appendingPathComponent("../../../../.deps/python").standardized
    private static let canPrepare = FileManager.default.fileExists(atPath: packages.path)

    private var starts: URL { folder.appendingPathComponent("starts") }

    /// An environment in which python3 notes each of its starts.
    private func noted() throws -> [String: String] {
        let place = folder.appendingPathComponent("bin")
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
        let path = ProcessInfo.processInfo.environment["PATH", default: ""]
        let script = "#!/bin/sh\necho $$ >> '\(starts.path)'\nPATH='\(path)' exec python3 \"$@\"\n"
        let python = place.appendingPathComponent("python3")
        try Data(script.utf8).write(to: python)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: python.path)
        return ["PATH": "\(place.path):\(path)", "PYTHONPATH": Self.packages.path]
    }

    private func startedPythons() throws -> [pid_t] {
        try String(contentsOf: starts, encoding: .utf8).split(separator: "\n").compactMap { pid_t($0) }
    }

    /// Whether a process runs; one that has ended and that nobody waited for does not.
    private func isRunning(_ process: pid_t) -> Bool {
        guard kill(process, 0) == 0 else { return false }
        guard let text = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8) else {
            return !FileManager.default.fileExists(atPath: "/proc/self/stat")
        }
        return text.split(separator: ")").last?.hasPrefix(" Z") == false
    }

    private func waitUntilNoPythonRuns() throws {
        let end = ContinuousClock.now + .seconds(20)
        while try startedPythons().contains(where: isRunning), ContinuousClock.now < end {
            Thread.sleep(forTimeInterval: 0.02)
        }
        #expect(try !startedPythons().contains(where: isRunning))
    }

    private func prepareLog() throws {
        let done = try run(
            ["data", "prepare", "log.csv", "--user-column", "who", "--item-column", "what", "--time-column", "when"]
                + ["--least-events", "1", "--parts", "3", "--threads", "1", "--memory", "1", "--out", "prepared"]
        )
        #expect(done.status == 0, "\(done.error)")
    }

    private func streaming(_ epochs: Int, _ more: String...) -> [String] {
        [
            "train", "--data", "prepared:prepared", "--stream", "--k-core", "1", "--generator", "none", "--width", "4",
            "--patience", "0", "--epochs", "\(epochs)", "--threads", "1", "--out", "films",
        ] + more
    }

    @Test(
        "streams with one start of Python, which is gone after the end, Ctrl-C to all of a terminal's processes, and kill -9",
        .enabled(if: canPrepare, "scripts/setup --tests")
    )
    func oneReader() throws {
        try prepareLog()
        let environment = try noted()
        let whole = try run(streaming(3), environment: environment)
        #expect(try whole.status == 0 && startedPythons().count == 1, "\(whole.error)")
        try waitUntilNoPythonRuns()
        let log = folder.appendingPathComponent("films.log.jsonl")
        for isKilled in [false, true] {
            try? FileManager.default.removeItem(at: starts)
            try? FileManager.default.removeItem(at: log)
            let (process, _, error) = try start(streaming(100_000, "--quiet"), environment: environment)
            while (try? Data(contentsOf: log).isEmpty) != false {
                try #require(process.isRunning)
                Thread.sleep(forTimeInterval: 0.02)
            }
            let python = try #require(try startedPythons().first)
            #expect(isRunning(python))
            if isKilled {
                kill(process.processIdentifier, SIGKILL)
            } else {
                for one in [python, process.processIdentifier] { kill(one, SIGINT) }
            }
            let text = String(decoding: error.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            process.waitUntilExit()
            #expect(process.terminationStatus == (isKilled ? SIGKILL : 130), "\(text)")
            try waitUntilNoPythonRuns()
            #expect(try startedPythons() == [python])
        }
    }

    @Test(
        "streams nothing without Python or pyarrow, and says how to get them",
        .enabled(if: canPrepare, "scripts/setup --tests")
    )
    func noReader() throws {
        try prepareLog()
        let empty = folder.appendingPathComponent("empty")
        try FileManager.default.createDirectory(at: empty, withIntermediateDirectories: true)
        let none = try run(streaming(1), environment: ["PATH": empty.path])
        #expect(none.status == 2 && none.error.contains("there is no python3 on the PATH"), "\(none.error)")
        #expect(none.error.contains("prepared/items.parquet: "), "\(none.error)")
        let python = empty.appendingPathComponent("python3")
        try Data("#!/bin/sh\nexit 5\n".utf8).write(to: python)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: python.path)
        let missing = try run(streaming(1), environment: ["PATH": empty.path])
        #expect(missing.status == 2 && missing.error.contains("python3 -m pip install pyarrow"), "\(missing.error)")
    }
}
