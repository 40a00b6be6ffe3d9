import Foundation
import MetaNetwork
import MetaNetworkServing
import Testing

@testable import MetaNetworkServer

/// The tool as a user runs it: the built executable, on a small made-up log.
@Suite("The tool", .serialized)
final class CommandTests {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)

    init() throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        var lines = "who,what,when\n"
        for user in 0..<30 {
            for step in 0..<20 { lines += "user \(user),film-\((user * 7 + step * (1 + user % 3)) % 140),\(step)\n" }
        }
        try Data(lines.utf8).write(to: folder.appendingPathComponent("log.csv"))
        try PublisherKey().write(to: folder.appendingPathComponent("publisher"))
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    struct Output {
        let status: Int32
        let out: String
        let error: String
    }

    /// The tool lies beside the test bundle.
    static let tool: URL = {
        #if os(macOS)
        let products = Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") }?.bundleURL
            .deletingLastPathComponent()
        return (products ?? URL(fileURLWithPath: ".")).appendingPathComponent("metanetwork")
        #else
        return URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent().appendingPathComponent(
            "metanetwork"
        )
        #endif
    }()

    func start(
        _ arguments: [String],
        environment: [String: String] = [:],
        out: Pipe = Pipe()
    ) throws -> (Process, Pipe, Pipe) {
        let process = Process()
        process.executableURL = Self.tool
        process.arguments = arguments
        process.currentDirectoryURL = folder
        // What is published is signed, as everywhere where devices are told models from forged ones.
        process.environment = ProcessInfo.processInfo.environment.merging(["METANETWORK_PUBLISHER_KEY": "publisher"]) {
            $1
        }
        .merging(environment) { $1 }
        let error = Pipe()
        process.standardOutput = out
        process.standardError = error
        try process.run()
        // A tool that hangs fails its test and not all others with it.
        DispatchQueue.global().asyncAfter(deadline: .now() + 180) {
            if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        }
        return (process, out, error)
    }

    func run(_ arguments: String..., environment: [String: String] = [:]) throws -> Output {
        try run(arguments, environment: environment)
    }

    func run(_ arguments: [String], environment: [String: String] = [:]) throws -> Output {
        let (process, out, error) = try start(arguments, environment: environment)
        let text = String(decoding: out.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        let complaint = String(decoding: error.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return Output(status: process.terminationStatus, out: text, error: complaint)
    }

    /// Where users, items and times stand in the made-up log.
    let data = [
        "--data", "log.csv", "--user-column", "who", "--item-column", "what", "--time-column", "when", "--k-core", "1",
    ]

    @Test("an architecture file, a configuration file and the environment set what flags do not")
    func layers() throws {
        let tiny = Architecture(
            name: "tiny",
            inputs: [.init(name: "history", kind: .items, length: 5), .init(name: "candidate", kind: .item)],
            nodes: [
                .init("items", .embedding(table: "items", width: 8), "history"),
                .init("recent", .last, "items"),
                .init("user", .dense(units: 8, dynamic: true), "recent"),
                .init("target", .embedding(table: "items", width: 8), "candidate"),
                .init("score", .dot, "user", "target"),
            ],
            output: "score"
        )
        try JSONEncoder().encode(tiny).write(to: folder.appendingPathComponent("tiny.json"))
        let settings = "model: tiny.json\nepochs: 7\nbatch: 64\ndata: log.csv\nuser-column: who\nitem-column: what\n"
        try Data((settings + "time-column: when\nk-core: 1\n").utf8).write(to: folder.appendingPathComponent("c.yaml"))
        let output = try run(
            "train",
            "--config",
            "c.yaml",
            "--generator",
            "residual",
            "--batch",
            "128",
            "--out",
            "b",
            "--quiet",
            "--threads",
            "1",
            environment: ["METANETWORK_EPOCHS": "1", "METANETWORK_BATCH": "32"]
        )
        #expect(output.status == 0, "\(output.error)")
        let manifest = try JSONDecoder().decode(
            BundleManifest.self,
            from: Data(contentsOf: folder.appendingPathComponent("b/manifest.json"))
        )
        #expect(manifest.architecture == tiny)
        let provenance = try JSONDecoder().decode(
            BundleProvenance.self,
            from: Data(contentsOf: folder.appendingPathComponent("b/provenance.json"))
        )
        #expect(provenance.training["epochs"] == "1" && provenance.training["batch"] == "128")
    }

    @Test("Ctrl-C saves a checkpoint and exits 130; --resume goes on to the end")
    func interrupt() throws {
        let arguments =
            ["train"] + data + ["--width", "8", "--epochs", "400", "--patience", "0", "--threads", "1", "--out", "b"]
        let (process, _, error) = try start(arguments)
        // The first epoch's line says that training is under way.
        let first = error.fileHandleForReading.availableData
        #expect(!first.isEmpty)
        process.interrupt()
        let rest = String(decoding: error.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 130)
        #expect(rest.contains("go on with --resume"))
        // Of the base, which is trained first.
        let checkpoint = folder.appendingPathComponent("b.checkpoint.base")
        #expect(FileManager.default.fileExists(atPath: checkpoint.path))
        #expect(!FileManager.default.fileExists(atPath: folder.appendingPathComponent("b").path))
        let resumed = try start(arguments + ["--resume", "--epochs", "3"]).0
        resumed.waitUntilExit()
        #expect(resumed.terminationStatus == 0)
    }

    @Test("bad data and configuration exit 2, failures 1, usage 64; nothing is left behind")
    func statuses() throws {
        #expect(try run("train", "--data", "missing.csv", "--out", "b").status == 2)
        #expect(try run("train", "--data", "log.csv", "--out", "b").status == 2)
        #expect(try run("train", "--data", "log.csv", "--out", "b", "--window", "0").status == 2)
        #expect(try run("train", "--epochs", "many").status == 64)
        #expect(try run("nonsense").status == 64)
        let near = try run("data", "chek", "log.csv")
        #expect(near.status == 64 && near.error.contains("did you mean 'data check'?"), "\(near.error)")
        let begun = try run()
        let next = "Next:  \(Self.tool.path) data fetch ml-100k\n"
        #expect(begun.status == 0 && begun.out.contains(next), "\(begun.out)")
        #expect(try run("evaluate", ".", "--data", "log.csv").status == 2)
        #expect(try run("--version").out == "\(Release.text)\n")
        let (process, _, _) = try start(["train"] + data + ["--epochs", "1", "--out", "/proc/nowhere/b"])
        process.waitUntilExit()
        #expect(process.terminationStatus == 1)
        #expect(try Set(FileManager.default.contentsOfDirectory(atPath: folder.path)) == ["log.csv", "publisher"])
    }

    @Test("a check lists every malformed line on standard output and exits 2")
    func check() throws {
        try Data("user,item,time\na,b,x\na,c,1\na,,2\n".utf8).write(to: folder.appendingPathComponent("bad.csv"))
        let output = try run("data", "check", "bad.csv")
        #expect(output.status == 2)
        #expect(output.out.contains("line 2, column 3") && output.out.contains("line 4, column 2"))
    }
}
