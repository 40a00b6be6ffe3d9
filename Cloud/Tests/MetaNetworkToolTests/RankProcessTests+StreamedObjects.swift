import Foundation
import MetaNetwork
import Testing

@testable import MetaNetworkServer

/// Ranks that stream prepared data of S3.
extension RankProcessTests {
    private static let packages = URL(fileURLWithPath: #filePath)
        .appendingPathComponent("../../../../.deps/python").standardized
    private static let place = "s3://models/logs/films"

    private func arguments(_ data: String, _ out: String, _ more: [String]) -> [String] {
        [
            "train", "--data", "prepared:\(data)", "--stream", "--k-core", "1", "--generator", "residual", "--width",
            "4", "--batch", "15", "--patience", "0", "--decays", "0", "--threads", "1", "--pieces", "3", "--epochs",
            "2", "--out", "\(out)/films",
        ] + more
    }

    private func version(_ out: String) throws -> String {
        let manifest = try Data(contentsOf: folder.appendingPathComponent("\(out)/films/manifest.json"))
        return try JSONDecoder().decode(BundleManifest.self, from: manifest).version
    }

    @Test(
        "streams from S3 to the version of a folder on any number of ranks, trains on while it is away, and goes on from a state in it",
        .enabled(if: canPrepare && SeaweedProcess.isInstalled, "scripts/setup --tests")
    )
    func streamedObjects() throws {
        try writeLongLog()
        try withSeaweed { server, environment in
            func own(_ cache: String) -> [String: String] {
                environment(cache).merging(["PYTHONPATH": Self.packages.path]) { $1 }
            }
            for out in ["prepared", Self.place] {
                let prepare = [
                    "data", "prepare", "long.csv", "--user-column", "who", "--item-column", "what", "--time-column",
                    "when", "--least-events", "1", "--parts", "5", "--threads", "1", "--memory", "1", "--out", out,
                ]
                expect(0, try launch(1, environment: own("one")) { _ in prepare })
            }
            func start(_ size: Int, _ data: String, _ out: String, _ more: String...) throws -> [Rank] {
                try launch(size, environment: own(out)) { _ in arguments(data, out, more) }
            }
            expect(0, try start(1, "prepared", "whole"))
            expect(0, try start(2, Self.place, "two"))
            #expect(try version("two") == version("whole"))

            // What is streamed lies on this machine: the store may go.
            let kept = ["--checkpoint", "s3://models/runs/films", "--checkpoint-every", "1s"]
            let store = try S3Store(S3Address("s3://models/runs/films"), environment: environment("look"))
            let broken = try launch(2, environment: own("broken")) { _ in arguments(Self.place, "broken", kept) }
            try wait(broken[0]) { try Waiting.run { try await store.get("state.json", unless: nil) } != .absent }
            kill(broken[0].pid, SIGKILL)
            #expect(try broken[1].end().status == 75 && epochs("broken") == 0)
            let alone = try start(1, Self.place, "alone")
            try wait(alone[0]) { isThere("alone/films.log.jsonl") }
            _ = try SeaweedProcess.run(["stop", server], in: folder)
            #expect(alone[0].process.isRunning)
            expect(0, alone)
            #expect(try version("alone") == version("whole"))
            let away = try start(1, Self.place, "away")[0].end()
            #expect(away.status == 1 && away.text.contains("cannot be reached"), "\(away.text)")

            _ = try SeaweedProcess.run(["start", server], in: folder)
            let resumed = try launch(1, environment: own("other")) { _ in
                arguments(Self.place, "other", kept + ["--resume"])
            }
            expect(0, resumed)
            #expect(try version("other") == version("whole"))
        }
    }
}
