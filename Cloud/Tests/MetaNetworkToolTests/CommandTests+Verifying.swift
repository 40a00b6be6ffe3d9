import Foundation
import MetaNetwork
import Testing

/// Whether a bundle is what its training gives, as a user of the tool asks.
extension CommandTests {
    private struct Verified: Decodable {
        struct Differences: Decodable {
            struct File: Decodable {
                struct Tensors: Decodable {
                    let count, differing: Int
                    let largestDifference: Double?
                }
                let name: String
                let tensors: Tensors?
            }
            struct Metric: Decodable {
                let set, metric: String
                let value, valueAgain: Double?
            }
            let files: [File]
            let fields: [String]
            let metrics: [Metric]
        }
        struct Cause: Decodable {
            let name: String
            let value, valueAgain: String?
        }
        let version, versionAgain: String
        let same: Bool
        let differences: Differences
        let causes: [Cause]
    }

    private var small: [String] {
        ["train"] + data + ["--width", "8", "--epochs", "1", "--threads", "1", "--quiet"]
    }

    private func verify(
        _ arguments: String...,
        environment: [String: String] = [:]
    ) throws -> (verified: Verified, status: Int32) {
        let output = try run(["verify"] + arguments + ["--json"], environment: environment)
        return (try JSONDecoder().decode(Verified.self, from: Data(output.out.utf8)), output.status)
    }

    /// Changes a bundle's provenance, which no version covers.
    private func rewrite(_ bundle: String, _ change: (inout BundleProvenance) -> Void) throws {
        let url = folder.appendingPathComponent("\(bundle)/provenance.json")
        var provenance = try JSONDecoder().decode(BundleProvenance.self, from: Data(contentsOf: url))
        change(&provenance)
        try JSONEncoder().encode(provenance).write(to: url)
    }

    @Test("a bundle is verified by training it again, whatever the environment says; other data are refused before")
    func verifying() throws {
        #expect(try run(small + ["--out", "runs/films"]).status == 0)
        let files = FileManager.default
        let before = try Set(files.subpathsOfDirectory(atPath: folder.path))
        let (verified, status) = try verify(
            "runs/films",
            "--data",
            "log.csv",
            environment: ["METANETWORK_EPOCHS": "2", "METANETWORK_PIECES": "3"]
        )
        #expect(status == 0 && verified.same && verified.version == verified.versionAgain)
        #expect(verified.differences.files.isEmpty && verified.differences.metrics.isEmpty && verified.causes.isEmpty)
        #expect(try Set(files.subpathsOfDirectory(atPath: folder.path)) == before, "something is left behind")
        let log = try String(contentsOf: folder.appendingPathComponent("log.csv"), encoding: .utf8)
        try Data((log + "user 0,film-1,99\n").utf8).write(to: folder.appendingPathComponent("more.csv"))
        let other = try run("verify", "runs/films", "--data", "more.csv")
        #expect(other.status == 2 && other.error.contains("these are not the data that runs/films"), "\(other.error)")
        #expect(other.out.isEmpty && !other.error.contains("epoch"))
        try rewrite("runs/films") { $0.metrics["full"]?["ndcg@10"] = 0.99 }
        let claimed = try run("verify", "runs/films", "--data", "log.csv", "--quiet")
        #expect(claimed.status == 0 && claimed.out.hasPrefix("the same bytes: version "), "\(claimed.error)")
        #expect(claimed.out.contains("but the bundle claims otherwise: full ndcg@10: 0.990000, "), "\(claimed.out)")
    }

    @Test("what differs after training again is named with how much, and with what may have caused it; the status is 1")
    func verifyingAnother() throws {
        #expect(try run(small + ["--out", "runs/films"]).status == 0)
        try rewrite("runs/films") {
            $0.training["seed"] = "2"
            $0.training["tool"] = "0.0.1"
            $0.training["threads"] = "4"
            $0.training["tensorboard"] = "board"
        }
        let (verified, status) = try verify("runs/films", "--data", "log.csv")
        #expect(status == 1 && !verified.same && verified.version != verified.versionAgain)
        let device = try #require(verified.differences.files.first { $0.name == "device.safetensors" })
        let tensors = try #require(device.tensors)
        #expect(tensors.differing > 0 && tensors.differing <= tensors.count)
        #expect(try #require(tensors.largestDifference) > 0)
        #expect(!verified.differences.files.contains { $0.name == "vocabulary.tsv" })
        let metric = try #require(verified.differences.metrics.first { $0.set == "full" })
        #expect(metric.value != metric.valueAgain)
        #expect(!verified.differences.metrics.contains { $0.set == "training" })
        #expect(verified.causes.map(\.name) == ["tool", "threads", "processor"])
        #expect(verified.causes[0].value == "0.0.1" && verified.causes[1].value == "4")
        #expect(verified.causes[1].valueAgain == "1")
        #expect(!FileManager.default.fileExists(atPath: folder.appendingPathComponent("board").path))
        let text = try run("verify", "runs/films", "--data", "log.csv", "--quiet")
        #expect(text.status == 1 && text.error.isEmpty, "\(text.error)")
        for part in ["not the same bytes: version", "tensors differ, by ", "  tool: 0.0.1, ", "  threads: 4, 1 again"] {
            #expect(text.out.contains(part), "\(text.out)")
        }
    }

    @Test("pieces are trained again in one process, and an architecture is found where it lies now")
    func verifyingPieces() throws {
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
        let file = folder.appendingPathComponent("tiny.json")
        try JSONEncoder().encode(tiny).write(to: file)
        // A form that the bundle's own architecture shows rewritten.
        let form = ["--generator", "vector", "--model", "tiny.json", "--pieces", "2"]
        let trained = try run(small + form + ["--out", "runs/tiny"])
        #expect(trained.status == 0, "\(trained.error)")
        try FileManager.default.moveItem(at: file, to: folder.appendingPathComponent("moved.json"))
        let missing = try run("verify", "runs/tiny", "--data", "log.csv")
        #expect(missing.status == 2 && missing.error.contains("say with --model where it lies now"), "\(missing.error)")
        let (verified, status) = try verify("runs/tiny", "--data", "log.csv", "--model", "moved.json")
        #expect(status == 0 && verified.same)
    }

    @Test("a bundle that does not say how it was trained, or was changed afterwards, is refused")
    func unverifiable() throws {
        #expect(try run(small + ["--out", "runs/films"]).status == 0)
        let cases: [(change: (inout BundleProvenance) -> Void, reason: String)] = [
            ({ $0.training["adapted-from"] = "abc" }, "was changed after it was trained (adapted-from abc)"),
            ({ $0.training = ["imported-from": "a.safetensors"] }, "was imported (from a.safetensors)"),
            ({ $0.training["rounds"] = "3" }, "has settings that `train` of this release does not (rounds)"),
            ({ $0.training["seed"] = nil }, "its provenance lacks seed"),
            ({ $0.training["epochs"] = "many" }, "'epochs' is 'many' (from the bundle)"),
        ]
        let url = folder.appendingPathComponent("runs/films/provenance.json")
        let written = try Data(contentsOf: url)
        for (change, reason) in cases {
            try written.write(to: url)
            try rewrite("runs/films", change)
            let output = try run("verify", "runs/films", "--data", "log.csv")
            #expect(output.status == 2 && output.error.contains(reason), "\(output.error)")
        }
        #expect(try run("verify", "runs/films").status == 64)
        #expect(try run("verify", "runs/films", "--data", "-").status == 64)
        #expect(try run("verify", "runs/films", "--data", "log.csv", "--threads", "0").status == 64)
    }
}
