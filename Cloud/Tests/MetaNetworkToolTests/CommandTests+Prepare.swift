import Foundation
import MetaNetwork
import MetaNetworkBundles
import MetaNetworkData
import Testing

extension CommandTests {
    private static let packages = URL(fileURLWithPath: #filePath)
        .appendingPathComponent("../../../../.deps/python").standardized
    private static let python = ["PYTHONPATH": packages.path]
    private static let canPrepare = FileManager.default.fileExists(atPath: packages.path)
    private static let columns = ["--user-column", "who", "--item-column", "what", "--time-column", "when"]

    private func prepare(_ file: String, _ more: String...) throws -> Output {
        try run(
            ["data", "prepare", file, "--threads", "1", "--memory", "1"] + Self.columns + more,
            environment: Self.python
        )
    }

    @Test(
        "prepared data train the same model as their file, in whatever order the parts lie, and are refused where a byte is another",
        .enabled(if: canPrepare, "scripts/setup --tests")
    )
    func prepared() throws {
        // Users with too few events, rare items, names that CSV must quote, and events of one user in the same second.
        var lines = "what,who,when\n"
        for step in 0..<900 {
            let item = step % 7 == 0 ? "\"film, \(step % 11)\"" : "film-\((step * step) % 37)"
            lines += "\(item),user '\(step % 31)',\(step / 40)\n"
        }
        for step in 0..<3 { lines += "film-1,rare-\(step),2001-02-03 04:05:06\n" }
        try Data(lines.utf8).write(to: folder.appendingPathComponent("clicks.csv"))
        let done = try prepare("clicks.csv", "--least-events", "3", "--parts", "4", "--out", "prepared", "--json")
        #expect(done.status == 0, "\(done.error)")
        let options = ["--k-core", "4", "--width", "8", "--epochs", "1", "--threads", "1", "--quiet", "--out"]
        var bundles: [ModelBundle] = []
        for (data, out) in [(["clicks.csv"] + Self.columns, "plain"), (["prepared:prepared"], "next")] {
            let trained = try run(["train", "--data"] + data + options + [out], environment: Self.python)
            #expect(trained.status == 0, "\(trained.error)")
            bundles.append(try ModelBundle(contentsOf: folder.appendingPathComponent(out)))
        }
        #expect(bundles[0].itemNames == bundles[1].itemNames)
        #expect(bundles[0].manifest.files["device.safetensors"] == bundles[1].manifest.files["device.safetensors"])
        let digests = bundles.map { $0.provenance.training[ModelBundle.dataDigest] }
        #expect(digests[0] == digests[1] && digests[0] != nil)

        // Times are kept, what users did is not.
        for (data, out) in [(["clicks.csv"] + Self.columns, "told"), (["prepared:prepared"], "told-next")] {
            let told = try run(
                ["train", "--event-context", "gap,hour", "--data"] + data + options + [out],
                environment: Self.python
            )
            #expect(told.status == 0, "\(told.error)")
            bundles.append(try ModelBundle(contentsOf: folder.appendingPathComponent(out)))
        }
        #expect(bundles[2].manifest.files["device.safetensors"] == bundles[3].manifest.files["device.safetensors"])
        #expect(bundles[2].manifest.files["device.safetensors"] != bundles[0].manifest.files["device.safetensors"])
        let mute = try run(
            ["train", "--event-context", "previous", "--data", "prepared:prepared"] + options + ["x"],
            environment: Self.python
        )
        #expect(mute.status == 2 && mute.error.contains("'event-context previous'"), "\(mute.error)")

        let part = folder.appendingPathComponent("prepared/histories/part-0001.parquet")
        var bytes = try Data(contentsOf: part)
        bytes[bytes.count / 2] ^= 1
        try bytes.write(to: part)
        let damaged = try run("train", "--data", "prepared:prepared", "--out", "x", environment: Self.python)
        #expect(damaged.status == 2 && damaged.error.contains("part-0001.parquet is another than was prepared"))
        let unfinished = try run("train", "--data", "prepared:.", "--out", "x", environment: Self.python)
        #expect(unfinished.status == 2 && unfinished.error.contains("has no manifest.json"))
    }

    @Test(
        "ids and times of JSON Lines are prepared as training reads them from the file, in whatever time zone",
        .enabled(if: canPrepare, "scripts/setup --tests")
    )
    func preparedText() throws {
        // UUIDs as iOS writes them, ids like dates, times in several units, and an hour that Berlin has twice.
        var lines = ""
        for step in 0..<240 {
            let instant = 1_729_987_200 + 60 * ((step * 7) % 240)
            let hour = (instant - 1_729_987_200) / 3600
            let (minutes, seconds) = (instant / 60 % 60, instant % 60)
            let date = String(format: "2024-10-27T%02d:%02d:%02dZ", hour, minutes, seconds)
            let time = ["\(instant)", "\(instant)000", "\"\(date)\""][step % 3]
            let day = 10 + (step / 8 % 5 + 2 * (step % 8)) % 19
            lines += "{\"who\": \"5B8C2F0A-0000-0000-0000-00000000000\(step % 8)\", "
            lines += "\"what\": \"2020-01-\(day)T00:00:00Z\", \"when\": \(time)}\n"
        }
        try Data(lines.utf8).write(to: folder.appendingPathComponent("clicks.jsonl"))
        let environment = Self.python.merging(["TZ": "Europe/Berlin"]) { $1 }
        let prepare = ["data", "prepare", "clicks.jsonl", "--least-events", "1", "--threads", "1", "--out", "lines"]
        let done = try run(prepare + Self.columns, environment: environment)
        #expect(done.status == 0, "\(done.error)")
        let options = ["--k-core", "1", "--width", "4", "--epochs", "1", "--threads", "1", "--quiet", "--out"]
        let digests = try [(["clicks.jsonl"] + Self.columns, "own"), (["prepared:lines"], "made")].map { data, out in
            let trained = try run(["train", "--data"] + data + options + [out], environment: environment)
            #expect(trained.status == 0, "\(trained.error)")
            let bundle = try ModelBundle(contentsOf: folder.appendingPathComponent(out))
            #expect(bundle.itemNames.contains("2020-01-10T00:00:00Z"))
            return try #require(bundle.provenance.training[ModelBundle.dataDigest])
        }
        #expect(digests[0] == digests[1])
        let filtered = try run("train", "--data", "prepared:lines", "--min-rating", "4", "--out", "x", "--quiet")
        #expect(filtered.status == 2 && filtered.error.contains("give the file itself"), "\(filtered.error)")
    }

    @Test("preparing says what is wrong, leaves nothing half-made, and prints its query for two engines")
    func preparing() throws {
        #expect(try prepare("log.csv", "--out", "prepared").status == 0)
        let again = try prepare("log.csv", "--out", "prepared")
        #expect(again.status == 2 && again.error.contains("is there already; remove it"), "\(again.error)")
        let missing = try run("data", "prepare", "log.csv", "--out", "other")
        #expect(missing.status == 2 && missing.error.contains("user_id"), "\(missing.error)")
        try Data("who,what,when\na,b,1\na,,2\n".utf8).write(to: folder.appendingPathComponent("bad.csv"))
        let bad = try prepare("bad.csv", "--out", "other")
        #expect(bad.status == 2 && bad.error.contains("1 lines lack a user, an item, or a time"), "\(bad.error)")
        let foreign = try prepare("log.xlsx", "--out", "other")
        #expect(foreign.status == 2 && foreign.error.contains("metanetwork data convert"))
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        #expect(!names.contains { $0.hasPrefix("other") || $0.contains("partial") })
        for (engine, word) in [("duckdb", "read_csv("), ("spark", "USING csv")] {
            let printed = try prepare("it's.csv", "--out", "other", "--print-sql", engine)
            #expect(printed.status == 0 && printed.out.contains(word) && printed.out.contains("it''s.csv"))
            #expect(!printed.out.contains("{") && printed.out.contains("who"))
        }
    }

    @Test("what another engine has written is counted and sealed")
    func sealing() throws {
        #expect(try prepare("log.csv", "--least-events", "1", "--out", "prepared").status == 0)
        let manifest = folder.appendingPathComponent("prepared/manifest.json")
        let before = try Data(contentsOf: manifest)
        try FileManager.default.removeItem(at: manifest)
        // As Spark leaves it: a folder for each table.
        for name in ["items.parquet", "users.parquet"] {
            let place = folder.appendingPathComponent("prepared/\(name)")
            let moved = folder.appendingPathComponent("prepared/moved")
            try FileManager.default.moveItem(at: place, to: moved)
            try FileManager.default.createDirectory(at: place, withIntermediateDirectories: false)
            try FileManager.default.moveItem(at: moved, to: place.appendingPathComponent("part-00000.parquet"))
            try Data().write(to: place.appendingPathComponent("_SUCCESS"))
        }
        let sealed = try run("data", "prepare", "--seal", "prepared")
        #expect(sealed.status == 0 && sealed.out.contains("600 interactions of 30 users"), "\(sealed.error)")
        func manifests(_ data: Data) throws -> PreparedManifest {
            try JSONDecoder().decode(PreparedManifest.self, from: data)
        }
        let (made, other) = (try manifests(before), try manifests(Data(contentsOf: manifest)))
        #expect(other.leastEvents == 1 && other.users == made.users && other.items == made.items)
        #expect(Set(other.files.values.map(\.sha256)) == Set(made.files.values.map(\.sha256)))
        #expect(other.files.keys.contains("users.parquet/part-00000.parquet"))
        #expect(try run("data", "prepare", "--seal", "prepared", "--least-events", "2").status == 64)
        #expect(try run("data", "prepare", "--seal", "nowhere").status == 1)
        #expect(try run("data", "prepare", "log.csv").status == 64)
    }
}
