import Foundation
import MetaNetwork
import MetaNetworkBundles
import Testing

/// `train --stream`.
extension CommandTests {
    private static let packages = URL(fileURLWithPath: #filePath)
        .appendingPathComponent("../../../../.deps/python").standardized
    private static let python = ["PYTHONPATH": packages.path]
    private static let canPrepare = FileManager.default.fileExists(atPath: packages.path)

    private func streaming(_ more: String...) throws -> Output {
        try run(
            ["train", "--data", "prepared:prepared", "--stream", "--k-core", "1", "--width", "4", "--epochs", "1"]
                + ["--threads", "1", "--quiet", "--out", "runs/films"] + more,
            environment: Self.python
        )
    }

    private func prepareLog() throws {
        let done = try run(
            ["data", "prepare", "log.csv", "--user-column", "who", "--item-column", "what", "--time-column", "when"]
                + ["--least-events", "1", "--parts", "3", "--threads", "1", "--memory", "1", "--out", "prepared"],
            environment: Self.python
        )
        #expect(done.status == 0, "\(done.error)")
    }

    @Test(
        "trains from streamed data, says in the bundle that it did, and verifies it",
        .enabled(if: canPrepare, "scripts/setup --tests")
    )
    func streamed() throws {
        try prepareLog()
        for more in [[], ["--generator", "none"], ["--generator", "residual"]] {
            let trained = try run(
                ["train", "--data", "prepared:prepared", "--stream", "--k-core", "1", "--width", "4", "--epochs", "1"]
                    + ["--threads", "1", "--out", "runs/films"] + more,
                environment: Self.python
            )
            #expect(trained.status == 0 && trained.out.contains("full catalogue"), "\(trained.error)")
        }
        let bundle = try ModelBundle(contentsOf: folder.appendingPathComponent("runs/films"))
        #expect(bundle.provenance.training["stream"] == "true")
        let verified = try run(
            ["verify", "runs/films", "--data", "prepared:prepared", "--json"],
            environment: Self.python
        )
        #expect(verified.status == 0 && verified.out.contains("\"same\" : true"), "\(verified.error)\(verified.out)")
        let memory = try run(
            ["train", "--data", "prepared:prepared", "--k-core", "1", "--width", "4", "--epochs", "1", "--quiet"]
                + ["--out", "runs/memory"],
            environment: Self.python
        )
        #expect(memory.status == 0, "\(memory.error)")
        let other = try ModelBundle(contentsOf: folder.appendingPathComponent("runs/memory"))
        #expect(other.provenance.training["stream"] == nil)
    }

    @Test(
        "streams nothing that is not prepared, and with nothing that needs all interactions at once, which it names",
        .enabled(if: canPrepare, "scripts/setup --tests")
    )
    func streamedRefused() throws {
        let whole = try run("train", "--data", "log.csv", "--stream", "--out", "x")
        #expect(whole.status == 2 && whole.error.contains("--stream reads part by part"), "\(whole.error)")
        let compared = try run("compare", "--data", "prepared:prepared", "--stream", "--out", "x")
        #expect(compared.status == 64 && compared.error.contains("--stream"), "\(compared.error)")
        // The options are refused before anything is read: there are no data yet.
        for options in [
            ["--split", "global-time"], ["--min-rating", "3"], ["--parts", "activity"], ["--profiles", "users.csv"],
            ["--event-context", "gap"], ["--item-vectors", "vectors.csv"], ["--gate", "intellectreq"],
            ["--generator", "meta-patch"],
        ] {
            let refused = try run(
                ["train", "--data", "prepared:prepared", "--stream", "--out", "x"] + options,
                environment: Self.python
            )
            #expect(refused.status == 2 && refused.error.contains("needs all of them"), "\(options): \(refused.error)")
            #expect(refused.error.contains(options[0].dropFirst(2)), "\(refused.error)")
        }
        try prepareLog()
        let core = try streaming("--k-core", "2")
        #expect(core.status == 2 && core.error.contains("give --k-core 1"), "\(core.error)")
        let pieces = try streaming("--pieces", "4")
        #expect(pieces.status == 2 && pieces.error.contains("prepared in 3 parts"), "\(pieces.error)")
        try FileManager.default.removeItem(at: folder.appendingPathComponent("prepared/histories/part-0001.parquet"))
        let missing = try streaming()
        #expect(missing.status == 2 && missing.error.contains("part-0001.parquet is missing"), "\(missing.error)")
        #expect(!FileManager.default.fileExists(atPath: folder.appendingPathComponent("runs/films").path))
    }
}
