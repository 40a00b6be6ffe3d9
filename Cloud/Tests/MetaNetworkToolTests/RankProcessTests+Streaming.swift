import Foundation
import MetaNetwork
import Testing

/// Ranks that stream prepared data, each the parts of its own pieces.
extension RankProcessTests {
    private static let packages = URL(fileURLWithPath: #filePath)
        .appendingPathComponent("../../../../.deps/python").standardized
    private static let python = ["PYTHONPATH": packages.path]
    static let canPrepare = FileManager.default.fileExists(atPath: packages.path)

    private var streamed: [String] {
        [
            "train", "--data", "prepared:prepared", "--stream", "--k-core", "1", "--generator", "residual",
            "--width", "4", "--batch", "64", "--patience", "0", "--decays", "0", "--threads", "1",
        ]
    }

    private func prepare(parts: Int) throws {
        let process = Process()
        process.executableURL = CommandTests.tool
        process.arguments = [
            "data", "prepare", "log.csv", "--user-column", "who", "--item-column", "what", "--time-column", "when",
            "--least-events", "1", "--parts", "\(parts)", "--threads", "1", "--memory", "1", "--out", "prepared",
            "--quiet",
        ]
        process.currentDirectoryURL = folder
        process.environment = ProcessInfo.processInfo.environment.merging(Self.python) { $1 }
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
    }

    private func startStreaming(_ size: Int, _ arguments: [String]) throws -> [Rank] {
        try launch(size, environment: Self.python) { _ in streamed + arguments }
    }

    /// The version that ranks write that stream to the end.
    private func streamedVersion(_ size: Int, _ run: String, _ arguments: String...) throws -> String {
        for (rank, one) in try startStreaming(size, arguments + ["--out", "\(run)/films"]).enumerated() {
            let (status, text) = one.end()
            #expect(status == 0, "rank \(rank): \(text)")
        }
        let manifest = try Data(contentsOf: folder.appendingPathComponent("\(run)/films/manifest.json"))
        return try JSONDecoder().decode(BundleManifest.self, from: manifest).version
    }

    @Test(
        "streams prepared data in four pieces to the same version on 1, 2 and 4 ranks, and in one piece on 1 and 2",
        .enabled(if: canPrepare, "scripts/setup --tests")
    )
    func streamedVersions() throws {
        try prepare(parts: 6)
        let one = try streamedVersion(1, "one", "--pieces", "4", "--epochs", "2")
        #expect(try streamedVersion(2, "two", "--pieces", "4", "--epochs", "2") == one)
        #expect(try streamedVersion(4, "four", "--epochs", "2") == one)
        let plain = try streamedVersion(1, "plain", "--epochs", "1")
        #expect(try streamedVersion(2, "idle", "--pieces", "1", "--epochs", "1") == plain)
    }

    @Test(
        "goes on streaming with fewer ranks after one was killed or stopped, to the version of a run that nobody disturbed",
        .enabled(if: canPrepare, "scripts/setup --tests")
    )
    func streamedResumed() throws {
        try prepare(parts: 5)
        let endless = ["--pieces", "3", "--epochs", "100000", "--out", "broken/films"]
        let ranks = try startStreaming(3, endless)
        try wait(ranks[0], until: "broken", hasMoreThan: 0)
        kill(ranks[1].pid, SIGKILL)
        for rank in [0, 2] {
            let (status, text) = ranks[rank].end()
            #expect(status == 75, "\(text)")
        }
        let again = try startStreaming(2, endless + ["--resume"])
        try wait(again[0], until: "broken", hasMoreThan: epochs("broken"))
        kill(again[1].pid, SIGTERM)
        for one in again {
            let (status, text) = one.end()
            #expect(status == 130 && text.contains("interrupted"), "\(text)")
        }
        let last = "\(try epochs("broken") + 1)"
        let resumed = try streamedVersion(1, "broken", "--epochs", last, "--resume-if-there")
        #expect(try resumed == streamedVersion(1, "whole", "--pieces", "3", "--epochs", last))
    }

    @Test(
        "ends on all ranks where there are more pieces than parts, or where only some stream",
        .enabled(if: canPrepare, "scripts/setup --tests")
    )
    func streamedRefused() throws {
        try prepare(parts: 2)
        for one in try startStreaming(3, ["--epochs", "1", "--out", "few/films"]) {
            let (status, text) = one.end()
            #expect(status == 2 && text.contains("prepared in 2 parts"), "\(text)")
        }
        let mixed = try launch(2, environment: Self.python) {
            streamed + ["--epochs", "1", "--out", "mixed/films"] + ($0 == 1 ? ["--stream=false"] : [])
        }
        for one in mixed {
            let (status, text) = one.end()
            #expect(status == 2 && text.contains("rank 1 has stream"), "\(text)")
        }
    }
}
