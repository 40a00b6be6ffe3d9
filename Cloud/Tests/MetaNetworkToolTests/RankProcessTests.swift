import Foundation
import MetaNetwork
import Testing

/// Commands on several ranks, started as a launcher starts them: the built executable, once a rank, with variables that number them.
@Suite("The tool on ranks", .serialized)
final class RankProcessTests {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)

    init() throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for (name, stride) in [("log.csv", 7), ("other.csv", 9)] {
            var lines = "who,what,when\n"
            for user in 0..<24 {
                for step in 0..<16 { lines += "u\(user),f\((user * stride + step * (1 + user % 3)) % 60),\(step)\n" }
            }
            try Data(lines.utf8).write(to: folder.appendingPathComponent(name))
        }
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    struct Rank {
        let process: Process
        let pid: pid_t
        let error: Pipe

        init(_ process: Process, _ error: Pipe) {
            (self.process, self.error) = (process, error)
            // That of a process that has ended is 0, which to kill is everybody.
            pid = process.processIdentifier
        }

        /// How it ended, and what it said.
        func end() -> (status: Int32, text: String) {
            let text = String(decoding: error.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            process.waitUntilExit()
            return (process.terminationStatus, text)
        }
    }

    let small = [
        "train", "--user-column", "who", "--item-column", "what", "--time-column", "when", "--k-core", "1",
        "--generator", "residual",
        "--width", "4", "--batch", "64", "--patience", "0", "--decays", "0", "--threads", "1",
    ]

    /// A port of this process's own, below those that systems give to connections.
    private static let port = 30_000 + Int(ProcessInfo.processInfo.processIdentifier) % 2_000

    /// Starts ranks that train, with what is different for one.
    func start(
        _ size: Int,
        _ arguments: [String],
        data: String = "log.csv",
        options: [Int: [String]] = [:]
    ) throws -> [Rank] {
        try launch(size) { self.small + arguments + options[$0, default: ["--data", data]] }
    }

    /// Starts ranks of any command.
    ///
    /// - Parameters:
    ///   - starter: The command that starts each rank, before the tool's path; none unless told otherwise.
    ///   - arguments: Those of each rank.
    func launch(
        _ size: Int,
        environment: [String: String] = [:],
        by starter: (Int) -> [String] = { _ in [] },
        _ arguments: (Int) -> [String]
    ) throws -> [Rank] {
        try (0..<size).map { rank in
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            process.arguments = starter(rank) + [CommandTests.tool.path] + arguments(rank)
            process.currentDirectoryURL = folder
            let own = [
                "RANK": "\(rank)", "WORLD_SIZE": "\(size)", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "\(Self.port)",
            ]
            process.environment = ProcessInfo.processInfo.environment.merging(own) { $1 }.merging(environment) { $1 }
            process.standardOutput = FileHandle.nullDevice
            let error = Pipe()
            process.standardError = error
            try process.run()
            // A rank that hangs fails its test and not all others with it.
            let started = Rank(process, error)
            DispatchQueue.global().asyncAfter(deadline: .now() + 120) {
                if process.isRunning { kill(started.pid, SIGKILL) }
            }
            return started
        }
    }

    /// Trains to the end on some ranks.
    ///
    /// - Parameter run: The run's folder; the name of the model is the same in all.
    /// - Returns: The version of the bundle.
    func version(_ size: Int, _ run: String, data: String = "log.csv", _ arguments: [String]) throws -> String {
        let out = "\(run)/films"
        for (rank, one) in try start(size, arguments + ["--out", out], data: data).enumerated() {
            let (status, text) = one.end()
            #expect(status == 0, "rank \(rank): \(text)")
            #expect(rank == 0 || text.isEmpty, "rank \(rank) reports: \(text)")
        }
        let manifest = try Data(contentsOf: folder.appendingPathComponent("\(out)/manifest.json"))
        return try JSONDecoder().decode(BundleManifest.self, from: manifest).version
    }

    private func version(_ size: Int, _ run: String, _ arguments: String...) throws -> String {
        try version(size, run, arguments)
    }

    /// Waits until rank 0 has finished more epochs.
    func wait(_ first: Rank, until run: String, hasMoreThan epochs: Int) throws {
        while try self.epochs(run) <= epochs {
            try #require(first.process.isRunning, "training ended before it was disturbed")
            Thread.sleep(forTimeInterval: 0.02)
        }
    }

    func epochs(_ run: String) throws -> Int {
        let log = folder.appendingPathComponent("\(run)/films.log.jsonl")
        guard FileManager.default.fileExists(atPath: log.path) else { return 0 }
        return try String(contentsOf: log, encoding: .utf8).split(separator: "\n").count
    }

    @Test("writes the same version of four pieces on 1, 2 and 4 ranks, and another of one piece")
    func sameVersion() throws {
        let one = try version(1, "one", "--pieces", "4", "--epochs", "1")
        #expect(try version(2, "two", "--pieces", "4", "--epochs", "1") == one)
        #expect(try version(4, "four", "--epochs", "1") == one, "as many pieces as ranks, unless told otherwise")
        let plain = try version(1, "plain", "--epochs", "1")
        #expect(plain != one)
        #expect(
            try version(2, "idle", "--pieces", "1", "--epochs", "1") == plain,
            "one piece is what one rank alone trains"
        )
    }

    @Test(
        "ends with 75 where a rank is killed, and goes on with fewer ranks to the version of a run that nobody disturbed"
    )
    func killed() throws {
        let endless = ["--epochs", "100000", "--out", "broken/films"]
        let ranks = try start(3, endless)
        try wait(ranks[0], until: "broken", hasMoreThan: 0)
        kill(ranks[0].pid, SIGKILL)
        for (rank, one) in ranks.enumerated().dropFirst() {
            let (status, text) = one.end()
            #expect(status == 75 && text.contains("rank \(rank) lost "), "\(text)")
        }
        let again = try start(2, endless + ["--resume"])
        try wait(again[0], until: "broken", hasMoreThan: epochs("broken"))
        kill(again[1].pid, SIGKILL)
        let (status, text) = again[0].end()
        #expect(status == 75 && text.contains("rank 0 lost rank 1 (127.0.0.1): "), "\(text)")
        #expect(text.contains("broken/films.checkpoint; start all ranks again with --resume-if-there"), "\(text)")
        let last = "\(try epochs("broken") + 1)"
        let resumed = try version(1, "broken", "--epochs", last, "--resume-if-there")
        #expect(try resumed == version(1, "whole", "--pieces", "3", "--epochs", last, "--resume-if-there"))
    }

    @Test("stops on all ranks at the same step where one is asked to")
    func stopped() throws {
        let ranks = try start(2, ["--epochs", "100000", "--out", "stopped/films"])
        try wait(ranks[0], until: "stopped", hasMoreThan: 0)
        kill(ranks[1].pid, SIGTERM)
        for one in ranks {
            let (status, text) = one.end()
            #expect(status == 130 && text.contains("interrupted"), "\(text)")
        }
        let last = "\(try epochs("stopped") + 1)"
        let resumed = try version(2, "stopped", "--epochs", last, "--resume")
        #expect(try resumed == version(1, "whole", "--pieces", "2", "--epochs", last))
    }

    @Test("ends where a rank is silent for longer than it is told to wait")
    func silent() throws {
        let ranks = try start(2, ["--epochs", "100000", "--out", "silent/films", "--rank-timeout", "2"])
        try wait(ranks[0], until: "silent", hasMoreThan: 0)
        kill(ranks[1].pid, SIGSTOP)
        let (status, text) = ranks[0].end()
        kill(ranks[1].pid, SIGKILL)
        #expect(status == 75 && text.contains("Timed out waiting 2000ms"), "\(text)")
    }

    @Test("refuses ranks that differ in settings or data on all of them, and names the rank and what differs")
    func different() throws {
        for (options, message) in [
            (
                ["--data", "log.csv", "--learning-rate", "0.002"],
                "rank 1 has learning-rate 0.002, and rank 0 has 0.001"
            ),
            (["--data", "other.csv"], "rank 1 has data of digest "),
        ] {
            for one in try start(2, ["--epochs", "1", "--out", "refused"], options: [1: options]) {
                let (status, text) = one.end()
                #expect(status == 2 && text.contains(message), "\(text)")
            }
        }
        #expect(!FileManager.default.fileExists(atPath: folder.appendingPathComponent("refused").path))
    }

    @Test("waits for what the others read, and hears where one of them cannot")
    func unreadable() throws {
        let ranks = try start(2, ["--epochs", "1", "--out", "refused"], options: [1: ["--data", "nothing.csv"]])
        let ends = ranks.map { $0.end() }
        #expect(ends[0].status == 75, "\(ends[0].text)")
        #expect(ends[0].text.contains("rank 0 lost rank 1, which failed and says why"), "\(ends[0].text)")
        #expect(ends[1].status == 2 && ends[1].text.contains("nothing.csv"), "\(ends[1].text)")
    }

    @Test("refuses half an environment by the name of what is missing")
    func half() throws {
        let process = Process()
        process.executableURL = CommandTests.tool
        process.arguments = ["train", "--data", "log.csv", "--out", "half"]
        process.environment = ProcessInfo.processInfo.environment.merging(["RANK": "0"]) { $1 }
        let error = Pipe()
        process.standardError = error
        try process.run()
        let (status, text) = Rank(process, error).end()
        #expect(status == 2 && text.contains("WORLD_SIZE is missing"), "\(text)")
    }
}
