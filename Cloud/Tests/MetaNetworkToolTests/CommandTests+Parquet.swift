import Foundation
import Testing

/// Parquet in and out, through Python's pyarrow.
extension CommandTests {
    private static let packages = URL(fileURLWithPath: #filePath)
        .appendingPathComponent("../../../../.deps/python").standardized
    static let hasPyarrow = FileManager.default.fileExists(atPath: packages.appendingPathComponent("pyarrow").path)
    private static let python = ["PYTHONPATH": packages.path]
    private static let columns = ["--user-column", "who", "--item-column", "what", "--time-column", "when"]

    /// Runs a script that reads or writes tables with pyarrow by itself.
    private func pyarrow(_ script: String) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", "-c", "import pyarrow as pa, pyarrow.parquet as pq\n" + script]
        process.currentDirectoryURL = folder
        process.environment = ProcessInfo.processInfo.environment.merging(Self.python) { $1 }
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
        return text
    }

    private func text(_ name: String) throws -> String {
        try String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)
    }

    @Test(
        "Parquet is converted there and back without loss, and read with the types that others write",
        .enabled(if: hasPyarrow, "make setup-tests")
    )
    func parquet() throws {
        for (from, to) in [("log.csv", "plain.csv"), ("log.csv", "log.parquet"), ("log.parquet", "back.csv")] {
            let named = from == "log.csv" ? Self.columns : []
            let converted = try run(["data", "convert", from, to] + named, environment: Self.python)
            #expect(converted.status == 0, "\(converted.error)")
        }
        #expect(try text("back.csv") == text("plain.csv"))
        // Ids that other readers take for nothing, and a module of that name beside the data.
        let words = "user_id,item_id,timestamp\nNA,nan,1\nnull,N/A,2\nu3,x,3\n"
        try Data(words.utf8).write(to: folder.appendingPathComponent("words.csv"))
        try Data("raise SystemExit(1)".utf8).write(to: folder.appendingPathComponent("json.py"))
        for (from, to) in [("words.csv", "words.parquet"), ("words.parquet", "again.csv")] {
            let converted = try run(["data", "convert", from, to], environment: Self.python)
            #expect(converted.status == 0, "\(converted.error)")
        }
        #expect(try text("again.csv") == words)
        try FileManager.default.removeItem(at: folder.appendingPathComponent("json.py"))
        let schema = try pyarrow("print(pq.read_schema('log.parquet').to_string())")
        #expect(schema.contains("user_id: string") && schema.contains("timestamp: double"))
        _ = try pyarrow(
            """
            import datetime as d
            pq.write_table(pa.table({
                "tags": pa.array([["a"], None, []]), "when": pa.array([d.datetime(2024, 5, 1, 12, 30, s) for s in range(3)]),
                "what": pa.array(["a,b", 'say "x"', "c"]).dictionary_encode(), "who": pa.array([1, 1, 2]),
                "rating": pa.array([5.0, None, 1.5])}), "others.parquet")
            """
        )
        let others = try run(
            ["data", "convert", "others.parquet", "others.csv"] + Self.columns,
            environment: Self.python
        )
        #expect(others.status == 0, "\(others.error)")
        let lines = try text("others.csv").split(separator: "\n")
        #expect(lines.map(String.init).prefix(2) == ["user_id,item_id,rating,timestamp", #"1,"a,b",5,1714566600"#])
        #expect(lines.count == 4 && lines[2] == #"1,"say ""x""",,1714566601"#)
    }

    @Test(
        "predictions are written as Parquet as they are as CSV",
        .enabled(if: hasPyarrow, "make setup-tests")
    )
    func parquetPredictions() throws {
        let data = ["--data", "log.csv"] + Self.columns
        let trained = try run(
            ["train"] + data + [
                "--k-core", "1", "--width", "8", "--epochs", "1", "--threads", "1", "--quiet", "--out", "table",
            ]
        )
        #expect(trained.status == 0, "\(trained.error)")
        for file in ["top.csv", "top.parquet"] {
            let written = try run(
                ["predict", "table", "--top", "2", "--out", file, "--quiet"] + data,
                environment: Self.python
            )
            #expect(written.status == 0, "\(written.error)")
        }
        let rows = try pyarrow(
            """
            table = pq.read_table("top.parquet")
            print(",".join(table.column_names))
            for row in table.to_pylist():
                print("%s,%d,%s,%r" % (row["user_id"], row["rank"], row["item_id"], row["score"]))
            """
        )
        let (ours, theirs) = (try text("top.csv").split(separator: "\n"), rows.split(separator: "\n"))
        #expect(ours.count == 61 && ours == theirs)
        #expect(try !FileManager.default.contentsOfDirectory(atPath: folder.path).contains { $0.hasPrefix(".top") })
    }

    @Test("what is wrong with Parquet is said: no Python, or no pyarrow")
    func parquetFaults() throws {
        try Data("PAR1 and nothing else".utf8).write(to: folder.appendingPathComponent("cut.parquet"))
        let empty = folder.appendingPathComponent("path")
        try FileManager.default.createDirectory(at: empty, withIntermediateDirectories: true)
        let none = try run("data", "check", "cut.parquet", environment: ["PATH": empty.path])
        #expect(none.status == 2 && none.error.contains("there is no python3 on the PATH"), "\(none.error)")
        let python = empty.appendingPathComponent("python3")
        try Data("#!/bin/sh\nexit 5\n".utf8).write(to: python)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: python.path)
        for arguments in [["check", "cut.parquet"], ["convert", "log.csv", "log.parquet"] + Self.columns] {
            let packages = folder.appendingPathComponent("deps/pyarrow")
            var environment = ["PATH": empty.path]
            environment["METANETWORK_DEPS"] = packages.deletingLastPathComponent().path
            let missing = try run(["data"] + arguments, environment: environment)
            #expect(missing.status == 2 && missing.error.contains("python3 -m pip install pyarrow"), "\(missing.error)")
            // Set up for a Python, and not for this one.
            try FileManager.default.createDirectory(at: packages, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(at: packages) }
            let other = try run(["data"] + arguments, environment: environment)
            #expect(other.status == 2 && other.error.contains("run `PYTHON=python3 make parquet`"), "\(other.error)")
            let doctor = try run("doctor", environment: environment)
            #expect(doctor.status == 0 && doctor.out.contains("absent  Parquet: python3 on the PATH has no pyarrow"))
        }
        #expect(!FileManager.default.fileExists(atPath: folder.appendingPathComponent("log.parquet").path))
    }

    @Test(
        "Parquet is read and written with the pyarrow of `make parquet` where the user has none",
        .enabled(if: hasPyarrow, "make setup-tests")
    )
    func parquetOfSetUp() throws {
        // A Python without the packages of its user.
        let program = try pyarrow("import sys; print(sys.executable)").trimmingCharacters(in: .whitespacesAndNewlines)
        let place = folder.appendingPathComponent("path")
        let dependencies = folder.appendingPathComponent("deps")
        for made in [place, dependencies] {
            try FileManager.default.createDirectory(at: made, withIntermediateDirectories: true)
        }
        let python = place.appendingPathComponent("python3")
        try Data("#!/bin/sh\nexec '\(program)' -S \"$@\"\n".utf8).write(to: python)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: python.path)
        let environment = ["PATH": place.path, "PYTHONPATH": "", "METANETWORK_DEPS": dependencies.path]
        let convert = ["data", "convert", "log.csv", "log.parquet"] + Self.columns
        let missing = try run(convert, environment: environment)
        #expect(missing.status == 2 && missing.error.contains("run `make parquet`"), "\(missing.error)")
        try FileManager.default.createSymbolicLink(
            at: dependencies.appendingPathComponent("pyarrow"),
            withDestinationURL: Self.packages
        )
        for arguments in [convert, ["data", "convert", "log.parquet", "back.csv"]] {
            let converted = try run(arguments, environment: environment)
            #expect(converted.status == 0, "\(converted.error)")
        }
        #expect(try text("back.csv").hasPrefix("user_id,item_id,timestamp\n"))
    }

    @Test("a damaged Parquet file is told as one", .enabled(if: hasPyarrow, "make setup-tests"))
    func damagedParquet() throws {
        try Data("PAR1 and nothing else".utf8).write(to: folder.appendingPathComponent("cut.parquet"))
        let cut = try run("data", "check", "cut.parquet", environment: Self.python)
        #expect(cut.status == 2 && cut.error.contains("pyarrow cannot read or write it"), "\(cut.error)")
    }
}
