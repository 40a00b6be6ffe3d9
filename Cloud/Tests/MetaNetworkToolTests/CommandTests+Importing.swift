import Foundation
import MetaNetwork
import Testing

/// A model that was trained elsewhere, as a user of the tool imports it: the SASRec of RecBole's class that the fixtures of training have.
extension CommandTests {
    private static let fixtures = URL(fileURLWithPath: #filePath)
        .appendingPathComponent("../../MetaNetworkTrainingTests/Fixtures/recbole").standardized

    private struct FixtureScores: Decodable {
        let histories: [[Int]]
        let scores: [[Float]]
    }

    private struct RankedFilms: Decodable {
        struct Item: Decodable {
            let item: String
            let score: Float
        }
        let base: [Item]
    }

    /// Imports the fixture's model, with files of the test's folder in place of its own where they are named.
    private func importing(
        tensors: String? = nil,
        names: String? = nil,
        architecture: String? = nil,
        vocabulary: String = "items.txt",
        to out: String = "runs/films"
    ) throws -> Output {
        func path(_ own: String?, _ name: String) -> String { own ?? Self.fixtures.appendingPathComponent(name).path }
        return try run(
            "import",
            path(tensors, "sasrec.safetensors"),
            "--architecture",
            path(architecture, "architecture.json"),
            "--names",
            path(names, "names.json"),
            "--vocabulary",
            vocabulary,
            "--out",
            out
        )
    }

    private func writeItems(_ count: Int, as name: String = "items.txt") throws {
        let text = (1...count).map { "film-\($0)\n" }.joined()
        try Data(text.utf8).write(to: folder.appendingPathComponent(name))
    }

    /// Writes a changed copy of a file of the fixture.
    private func write(_ name: String, as copy: String, replacing old: String, with new: String) throws {
        let text = try String(contentsOf: Self.fixtures.appendingPathComponent(name), encoding: .utf8)
        try #require(text.contains(old))
        try Data(text.replacingOccurrences(of: old, with: new).utf8).write(to: folder.appendingPathComponent(copy))
    }

    @Test("a SASRec of RecBole is imported, ranks and predicts with RecBole's scores to 1e-5, and has a model card")
    func imported() throws {
        try writeItems(20)
        let made = try importing()
        #expect(made.status == 0, "\(made.error)")
        #expect(made.out.contains("not used: trm_encoder.layer.0.multi_head_attention.key.bias"), "\(made.out)")
        let card = folder.appendingPathComponent("runs/films/MODEL_CARD.md")
        #expect(try String(contentsOf: card, encoding: .utf8).contains("imported from `sasrec.safetensors`"))
        #expect(try run("inspect", "runs/films").status == 0)
        let scores = Self.fixtures.appendingPathComponent("scores.json")
        let expected = try JSONDecoder().decode(FixtureScores.self, from: Data(contentsOf: scores))
        var log = "who,what,when\n"
        for (user, (history, scores)) in zip(expected.histories, expected.scores).enumerated() {
            let films = history.map { "film-\($0)" }
            for (time, film) in films.enumerated() { log += "\(user),\(film),\(time)\n" }
            let ranked = try run(
                "rank",
                "runs/films",
                "--history",
                films.joined(separator: ","),
                "--top",
                "20",
                "--json"
            )
            #expect(ranked.status == 0, "\(ranked.error)")
            let items = try JSONDecoder().decode(RankedFilms.self, from: Data(ranked.out.utf8)).base
            #expect(items.count == 20 - Set(history).count)
            for item in items {
                let index = try #require(Int(item.item.dropFirst("film-".count)))
                #expect(abs(item.score - scores[index - 1]) < 1e-5, "\(history): \(item)")
            }
        }
        try Data(log.utf8).write(to: folder.appendingPathComponent("own.csv"))
        try checkPredictions(expected)
    }

    private func checkPredictions(_ expected: FixtureScores) throws {
        let predicted = try run(
            ["predict", "runs/films", "--top", "3", "--out", "top.csv", "--data", "own.csv", "--user-column", "who"]
                + ["--item-column", "what", "--time-column", "when"]
        )
        #expect(predicted.status == 0, "\(predicted.error)")
        let text = try String(contentsOf: folder.appendingPathComponent("top.csv"), encoding: .utf8)
        let rows = text.split(whereSeparator: \.isNewline).dropFirst().map { $0.split(separator: ",") }
        #expect(rows.count == 3 * expected.histories.count)
        for (user, (history, scores)) in zip(expected.histories, expected.scores).enumerated() {
            let best = scores.indices.filter { !history.contains($0 + 1) }.sorted { scores[$0] > scores[$1] }.prefix(3)
            let own = rows.filter { $0[0] == "\(user)" }
            #expect(own.map { String($0[2]) } == best.map { "film-\($0 + 1)" })
            for (row, index) in zip(own, best) { #expect(abs((Float(row[3]) ?? .nan) - scores[index]) < 1e-5) }
        }
    }

    @Test("what cannot be imported is refused by name with a status of its own, and nothing is written")
    func refusedImports() throws {
        try writeItems(20)
        try writeItems(19, as: "fewer.txt")
        try Data("film-1\n\nfilm-3\n".utf8).write(to: folder.appendingPathComponent("gap.txt"))
        try Data("no tensors".utf8).write(to: folder.appendingPathComponent("broken.safetensors"))
        try write("architecture.json", as: "wide.json", replacing: ": 8", with: ": 10")
        try write("architecture.json", as: "gelu.json", replacing: #""relu""#, with: #""gelu""#)
        try write("architecture.json", as: "zero.json", replacing: #""epsilon": 1e-12"#, with: #""epsilon": 0"#)
        try write("names.json", as: "gone.json", replacing: #""LayerNorm.bias""#, with: #""gone""#)
        try write(
            "names.json",
            as: "other.json",
            replacing: #""LayerNorm.bias""#,
            with: #""item_embedding.weight""#
        )
        try write("names.json", as: "cut.json", replacing: "{", with: "[")
        func refuse(_ output: Output, _ reason: String, status: Int32 = 2) {
            #expect(output.status == status && output.error.contains(reason), "\(output.status) \(output.error)")
        }
        refuse(try importing(vocabulary: "fewer.txt"), "has shape [21, 8] as made of 'item_embedding.weight'")
        refuse(try importing(names: "other.json"), "'rows 0.bias' has shape [21, 8]")
        refuse(try importing(names: "gone.json"), "'rows 0.bias' is to be made of 'gone', and the file has no")
        refuse(try importing(architecture: "wide.json"), "needs [21, 10]")
        refuse(try importing(architecture: "gelu.json"), "'gelu' is not known; train the model with one of identity")
        refuse(try importing(architecture: "zero.json"), "epsilon is 0.0; it must be from 1e-30 to 1")
        refuse(try importing(tensors: "broken.safetensors"), "broken.safetensors")
        refuse(try importing(tensors: "none.safetensors"), "cannot read", status: 1)
        refuse(try importing(names: "cut.json"), "cut.json")
        refuse(try importing(vocabulary: "gap.txt"), "line 2 is empty")
        #expect(!FileManager.default.fileExists(atPath: folder.appendingPathComponent("runs").path))
        // A bundle that is there stays as it is.
        #expect(try importing().status == 0)
        let manifest = folder.appendingPathComponent("runs/films/manifest.json")
        let before = try Data(contentsOf: manifest)
        refuse(try importing(names: "gone.json"), "'gone'")
        #expect(try Data(contentsOf: manifest) == before)
        let left = try FileManager.default.contentsOfDirectory(atPath: folder.appendingPathComponent("runs").path)
        #expect(left == ["films"])
    }
}
