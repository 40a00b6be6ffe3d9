import Foundation
import MetaNetwork
import MetaNetworkExperiments
import Testing

extension CommandTests {
    private var log: [String] {
        [
            "--data", "log.csv", "--user-column", "who", "--item-column", "what", "--time-column", "when", "--k-core",
            "1",
            "--width", "8", "--epochs", "2", "--batch", "128", "--threads", "1",
        ]
    }

    @Test(
        "a small form is trained after its base, measured at ages, and published with its graph and how long it helps"
    )
    func smallForm() throws {
        let trained = try run(
            ["train"] + log + ["--generator", "vector", "--rank", "4", "--ages", "3", "--out", "small", "--json"]
        )
        #expect(trained.status == 0, "\(trained.error)")
        struct Result: Decodable { let run: Run }
        let run = try JSONDecoder().decode(Result.self, from: Data(trained.out.utf8)).run
        #expect(run.method.name == "vector" && run.cost["bytesDown"] == 8)
        #expect(run.metrics["age-1"]?["ndcg@10"] != nil && run.metrics["age-50"]?["ndcg@10"] != nil)
        let manifest = try JSONDecoder().decode(
            BundleManifest.self,
            from: Data(self.run("inspect", "small", "--json").out.utf8)
        )
        #expect(manifest.generator?.form == "vector" && manifest.generator?.helps != nil)
        #expect(manifest.architecture.nodes.contains { $0.operation == .personal(width: 4) })
        let left = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter {
            $0.hasSuffix(".checkpoint.base")
        }
        #expect(left == ["small.checkpoint.base"])
        let measured = try self.run(["evaluate", "small"] + log.prefix(10) + ["--json", "--threads", "1"])
        let again = try JSONDecoder().decode(Run.self, from: Data(measured.out.utf8))
        for (name, value) in try #require(run.metrics["full"]) {
            #expect(abs(value - (again.metrics["full"]?[name] ?? .nan)) < 1e-4, "\(name)")
        }
    }

    @Test("an encoder with a table of its own ranks first, is published with its graph, and is checked and shown")
    func encoder() throws {
        let trained = try run(
            ["train"] + log + [
                "--generator", "vector", "--rank", "4", "--encoder", "transformer", "--encoder-epochs", "2",
                "--generator-window", "12", "--generator-width", "8", "--ages", "3", "--out", "large", "--json",
            ]
        )
        #expect(trained.status == 0, "\(trained.error)")
        let left = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        #expect(left.contains("large.checkpoint.encoder") && left.contains("large.checkpoint.base"))
        let inspected = try run("inspect", "large")
        #expect(inspected.out.contains("window 12, width 8, rank 4, encoder transformer"))
        #expect(try run("export", "large", "--onnx", "large.onnx").status == 0)
        let shown = try run("model", "show", "transformer", "--encoder")
        #expect(shown.status == 0 && shown.out.contains("selfAttention"))
        #expect(try run("model", "check", "set-spread", "--encoder").status == 0)
        let refused = try run("train", "--data", "log.csv", "--encoder", "lstm", "--out", "none")
        #expect(refused.status == 2 && refused.error.contains("encoder 'lstm' is not known"))
    }

    @Test("a blind generator is not published, and a form that the model cannot take says what fits, before training")
    func refusedForms() throws {
        func refused(_ arguments: [String], _ words: String) throws {
            let output = try run(["train"] + log + ["--out", "refused"] + arguments)
            #expect(output.status == 2 && output.error.contains(words), "\(arguments): \(output.error)")
        }
        try refused(["--generator", "vector", "--blind"], "control")
        try refused(["--generator", "vector", "--model", "din"], "inner product")
        #expect(!FileManager.default.fileExists(atPath: folder.appendingPathComponent("refused").path))
        #expect(!FileManager.default.fileExists(atPath: folder.appendingPathComponent("refused.checkpoint.base").path))
    }
}
