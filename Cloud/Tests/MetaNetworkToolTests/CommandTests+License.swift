import Foundation
import MetaNetwork
import Testing

/// Under which terms a model may be used, as a user of the tool says it.
extension CommandTests {
    private func license(in bundle: URL) throws -> String? {
        let data = try Data(contentsOf: bundle.appendingPathComponent("provenance.json"))
        return try JSONDecoder().decode(BundleProvenance.self, from: data).training["license"]
    }

    private func card(in bundle: URL) throws -> String {
        try String(contentsOf: bundle.appendingPathComponent("MODEL_CARD.md"), encoding: .utf8)
    }

    @Test(
        "the terms of a model are in its provenance and on its card, said in training or when it is published; its version is the same"
    )
    func terms() throws {
        let small = ["train"] + data + ["--width", "8", "--epochs", "1", "--threads", "1", "--quiet"]
        #expect(try run(small + ["--out", "runs/films"]).status == 0)
        #expect(try run(small + ["--out", "free/films", "--license", "CC-BY-4.0"]).status == 0)
        let (plain, free) = (folder.appendingPathComponent("runs/films"), folder.appendingPathComponent("free/films"))
        #expect(try license(in: plain) == nil && !card(in: plain).contains("licence"))
        #expect(try license(in: free) == "CC-BY-4.0" && card(in: free).contains("| licence | CC-BY-4.0 |"))
        let manifest = "manifest.json"
        #expect(
            try Data(contentsOf: plain.appendingPathComponent(manifest))
                == Data(contentsOf: free.appendingPathComponent(manifest))
        )
        let published = try run("publish", "runs/films", "--registry", "registry", "--license", "For us alone")
        #expect(published.status == 0, "\(published.error)")
        let files = try #require(
            FileManager.default.enumerator(
                at: folder.appendingPathComponent("registry"),
                includingPropertiesForKeys: nil
            )
        )
        let stored = try #require(
            files.compactMap { $0 as? URL }.first { $0.lastPathComponent == "provenance.json" }
        ).deletingLastPathComponent()
        #expect(try license(in: stored) == "For us alone" && card(in: stored).contains("| licence | For us alone |"))
        #expect(
            try Data(contentsOf: plain.appendingPathComponent(manifest))
                == Data(contentsOf: stored.appendingPathComponent(manifest))
        )
        #expect(try run("publish", "runs/films", "--registry", "registry", "--license", "").status == 64)
    }
}
