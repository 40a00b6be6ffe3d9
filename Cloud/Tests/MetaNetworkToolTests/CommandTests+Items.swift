import Foundation
import MetaNetwork
import Testing

/// Items that nobody chose yet, as a user of the tool adds them.
extension CommandTests {
    private func writeVectors(_ name: String, _ items: Range<Int>, width: Int = 2) throws {
        let header = ["item_id"] + (0..<width).map { "x\($0)" }
        let lines = items.map { item in
            (["film-\(item)"] + (0..<width).map { "\(Double(item * ($0 + 3) % 17) / 17)" }).joined(separator: ",")
        }
        try Data(([header.joined(separator: ",")] + lines).joined(separator: "\n").utf8)
            .write(to: folder.appendingPathComponent(name))
    }

    private struct Lists: Decodable {
        struct Item: Decodable { let item: String }
        let personal: [Item]
    }

    private func ranked(_ bundle: String) throws -> Set<String> {
        let output = try run("rank", bundle, "--history", "film-1,film-2", "--top", "1000", "--json")
        #expect(output.status == 0, "\(output.error)")
        return Set(try JSONDecoder().decode(Lists.self, from: Data(output.out.utf8)).personal.map(\.item))
    }

    @Test("items with a vector and no interaction are ranked after training, and others after they were added")
    func newItems() throws {
        try writeVectors("films.csv", 0..<150)
        try writeVectors("more.csv", 100..<160)
        try writeVectors("wide.csv", 150..<151, width: 3)
        try Data("item_id:token\ttitle:token\tx0:float\tx1:float\nfilm-170\tHeat\t0.5\t1\n".utf8)
            .write(to: folder.appendingPathComponent("titled.item"))
        let data = ["--data", "log.csv", "--user-column", "who", "--item-column", "what", "--time-column", "when"]
        let train =
            ["train"] + data + [
                "--k-core", "1", "--width", "8", "--epochs", "1", "--threads", "1", "--out", "runs/films",
            ]
        let trained = try run(train + ["--item-vectors", "films.csv"])
        #expect(trained.status == 0, "\(trained.error)")
        #expect(trained.error.contains("items have a vector and no interaction: they are in the bundle all the same"))
        #expect(try ranked("runs/films").contains("film-149"))
        let added = try run("items", "add", "runs/films", "--item-vectors", "more.csv", "--out", "more/films", "--json")
        #expect(added.status == 0, "\(added.error)")
        struct Summary: Decodable { let items, added: Int }
        let summary = try JSONDecoder().decode(Summary.self, from: Data(added.out.utf8))
        #expect(summary.added == 10)
        let all = try ranked("more/films")
        #expect(all.count == summary.items - 2 && all.contains("film-159"))
        let titled = try run("items", "add", "more/films", "--item-vectors", "titled.item", "--out", "titled/films")
        #expect(titled.status == 0 && titled.error.contains("passed over the columns of texts"), "\(titled.error)")
        #expect(titled.error.contains(": 'title'") && titled.out.contains("1 items added"), "\(titled.out)")
        let inspected = try run("inspect", "more/films", "--json")
        let manifest = try JSONDecoder().decode(BundleManifest.self, from: Data(inspected.out.utf8))
        #expect(manifest.items == summary.items && manifest.files["content.safetensors"]?.role?.rawValue == "content")
        for (arguments, reason) in [
            (["runs/films", "--item-vectors", "wide.csv", "--out", "x/films"], "reads vectors of 2 values"),
            (["more/films", "--item-vectors", "more.csv", "--out", "x/films"], "has all of these 60 items"),
            (["runs/films", "--item-vectors", "log.csv", "--out", "x/films"], "call that of the ids item_id"),
            (["runs/films", "--item-vectors", "none.csv", "--out", "x/films"], "none.csv"),
        ] {
            let refused = try run(["items", "add"] + arguments)
            #expect(refused.status == 2 && refused.error.contains(reason), "\(refused.error)")
        }
        let renamed = try run("items", "add", "runs/films", "--item-vectors", "more.csv", "--out", "x/movies")
        #expect(renamed.status == 64 && renamed.error.contains("end the path with that name"), "\(renamed.error)")
        let tables = try run(train + ["--item-vectors", "log.csv"])
        #expect(tables.status == 2 && tables.error.contains("call that of the ids item_id"), "\(tables.error)")
        #expect(!FileManager.default.fileExists(atPath: folder.appendingPathComponent("x").path))
    }
}
